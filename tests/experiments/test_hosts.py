"""Two processes on loopback draw what one process draws, bit for bit."""

import json
import os
import socket
import subprocess
import sys

import children
import pytest

from lingen.sims.engine import hosts

PROGRAM = """
import json, sys
import jax
jax.config.update("jax_num_cpu_devices", int(sys.argv[1]))
import lingen
from lingen.sims.engine import hosts
if len(sys.argv) > 2:
    hosts.join(sys.argv[2], 2, int(sys.argv[3]))
from lingen.models import population
from lingen.sims import convergence
from lingen.sims.krylov import extremes
from lingen.sims import ensemble
key = jax.random.key(3)
dense = ensemble(convergence.sampler(population.isotropic(), 16, 2.0), key, 13).convergence
edge = ensemble(extremes.sampler(population.spiked([1.0]), 4096, 1.0), key, 40, start=5).largest
agreed = hosts.agree(hosts.index() == 0)
from lingen.experiments import library
from lingen.experiments.cluster import host_cells as sweep_hosts
from lingen.experiments.grid.sweep import Sweep
grid = Sweep.of(library.get("convergence"), {"load": "0.5:4:5", "dim": 16, "method": "dense"}, 3)
sweep_hosts.ROUND = 2
cells = {}
for part in sweep_hosts.run_shared(grid, range(grid.size)):
    mean, error = part.observables["convergence"]
    cells |= {int(i): [m.hex(), e.hex()] for i, m, e in zip(part.cells, mean.tolist(), error.tolist())}
swept = [cells[i] for i in range(grid.size)]
print(json.dumps([[x.hex() for x in dense.tolist()], [x.hex() for x in edge.tolist()], swept, agreed]))
"""


def start(*arguments: str) -> subprocess.Popen:
    as_users = {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": "", "JAX_DISABLE_MOST_OPTIMIZATIONS": "0"}
    return children.start(
        [sys.executable, "-c", PROGRAM, *arguments], env=os.environ | as_users,
    )  # fmt: skip


def result(process: subprocess.Popen) -> list:
    done = children.result(process)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_two_processes_draw_what_one_draws():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    pair = [start("1", address, str(i)) for i in range(2)]
    alone = result(start("1"))
    both = [result(process) for process in pair]
    assert len(alone[0]) == 13
    assert len(alone[1]) == 40
    assert len(alone[2]) == 5
    assert both[0] == both[1] == alone


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(("h:1", 0, 0), "processes"), (("h:1", 2, 2), "process must be below"), (("h:1", 2, -1), "process")],
)
def test_bad_input(arguments, named):
    with pytest.raises(ValueError, match=named):
        hosts.join(*arguments)


def test_a_bad_variable_is_named(monkeypatch):
    monkeypatch.setenv("LINGEN_PROCESSES", "two")
    with pytest.raises(ValueError, match="LINGEN_PROCESSES must be a whole number"):
        hosts.join("h:1")


def test_alone_nothing_changes():
    assert (hosts.count(), hosts.index()) == (1, 0)
    assert hosts.gather({"a": 1}) == {"a": 1}
    assert hosts.agree(False) is False
