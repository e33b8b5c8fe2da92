"""`--devices` and `--multihost`: several processes make one report, with the numbers of one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import children
import pytest

CLAIM = """
import jax
from lingen.claims import Claim
MEAN = Claim("mean", grid={"load": (1.0, 2.0)}, predict=lambda load: load, dims=(8,), exact=False,
             simulate=lambda key, dim, load: load + 0.1 * jax.random.normal(key),
             rivals={"more": lambda load: 1.5 * load})
"""


def pair(folder, *arguments: str) -> list[subprocess.CompletedProcess]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    started = []
    for process in range(2):
        environment = os.environ | {
            "JAX_PLATFORMS": "cpu", "LINGEN_COORDINATOR": address, "LINGEN_PROCESSES": "2",
            "LINGEN_PROCESS": str(process),
        }  # fmt: skip
        command = [sys.executable, "-m", "lingen", *arguments, "--multihost", "--devices", "1"]
        started.append(
            children.start(
                command,
                cwd=folder,
                env=environment,
            )
        )
    return [children.result(process) for process in started]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("multihost")
    (made / "mean.py").write_text(CLAIM)
    return made


def numbers(report) -> list:
    claims = json.loads((report / "verdicts.json").read_text())["claims"]
    return [(claim["outcome"], claim["points"]) for claim in claims]


def test_two_processes_verify_as_one_and_the_first_writes(lingen, folder):
    leader, other = pair(folder, "verify", "mean.py", "--report", "two")
    assert leader.returncode == other.returncode == 0, leader.stderr + other.stderr
    assert "1 hold" in leader.stdout
    assert "hold" not in other.stdout
    alone = lingen("verify", "mean.py", "--report", "one", "--devices", "1", cwd=folder)
    assert alone.returncode == 0, alone.stderr
    assert numbers(folder / "two") == numbers(folder / "one")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("verify", "mean.py", "--devices", "0"), "--devices must be"),
        (("sweep", "recovery", "--load", "1", "--devices", "-3"), "--devices must be"),
        (("verify", "mean.py", "--multihost"), "--multihost: "),
    ],
)
def test_bad_input_is_one_line(lingen, folder, arguments, told):
    done = lingen(*arguments, cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr
