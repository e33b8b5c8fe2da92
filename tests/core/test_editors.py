"""What an editor sees of the public names: pyright resolves all of them and knows their types."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import children
import pytest

from lingen.stubs import stubs

PROBE = """\
from typing import NamedTuple

import jax
import lingen as lg


class Draw(NamedTuple):
    mean: jax.Array


def draw(key: jax.Array) -> Draw:
    return Draw(jax.random.normal(key))


population = lg.population.spiked([2.0])
sampler = lg.sims.convergence.sampler(population, dim=100, load=0.5)
claim = lg.Claim("zero", predict=lambda: 0.0, simulate=lambda key, dim: 0.0)
data = lg.sweep(lg.experiments.recovery, load=[0.5, 1.0], dim=[64, 128], draws=2)
found = lg.infer(data, jax.random.key(0))
verdict = lg.check(claim)
answer = lg.forecast([[1.0, 2.0]], lg.filters.ridge(0.1))
reveal_type(population)
reveal_type(lg.theory.convergence.overlap(population, load=0.5))
reveal_type(sampler)
reveal_type(lg.ensemble(draw, jax.random.key(0), draws=8))
reveal_type(lg.experiments.recovery)
reveal_type(data)
reveal_type(found)
reveal_type(verdict)
reveal_type(answer)
reveal_type(lg.plot(verdict))
reveal_type(lg.real(above=0))
"""
TYPES = (
    *("Population", "Array", "Partial", "Draw", "Experiment", "Dataset", "Finding", "Verdict", "Forecast"),
    *("Axes", "Parameter"),
)
MISSING = "reportAttributeAccessIssue"


def pyright(folder: Path, program: str) -> list[dict[str, str]]:
    """What it says of a program, of which it knows nothing but this interpreter's packages."""
    if importlib.util.find_spec("basedpyright") is None:
        pytest.skip("basedpyright is not installed: the extra [dev] has it")
    (folder / "probe.py").write_text(program)
    (folder / "pyrightconfig.json").write_text('{"include": ["probe.py"], "typeCheckingMode": "standard"}')
    asked = ["-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    done = children.run([sys.executable, *asked])
    return json.loads(done.stdout)["generalDiagnostics"]


def test_every_public_name_has_its_type(tmp_path):
    told = pyright(tmp_path, PROBE)
    assert [one["message"] for one in told if one["severity"] != "information"] == []
    types = [one["message"].rpartition(' is "')[2].rstrip('"') for one in told]
    assert tuple(types) == TYPES


def test_a_name_that_is_not_there_is_told(tmp_path):
    rooms = ("theory.convergnce", "sims.convergnce", "experiments.recvery", "models.popul", "plt")
    told = pyright(tmp_path, "import lingen as lg\n" + "".join(f"print(lg.{name})\n" for name in rooms))
    errors = [one["message"] for one in told if one.get("rule") == MISSING]
    assert [name.rpartition(".")[2] in message for name, message in zip(rooms, errors, strict=True)] == [
        True
    ] * 5


@pytest.mark.parametrize("path", stubs(), ids=lambda path: path.parent.name)
def test_stubs_name_every_module(path):
    assert path.read_text("utf-8") == stubs()[path], "write it anew with `make format`"
