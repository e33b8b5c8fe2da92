"""Krylov draws have the same bits on one device and on two, several starting directions included."""

import json
import os
import subprocess
import sys

PROGRAM = """
import json
import jax
jax.config.update("jax_num_cpu_devices", 2)
import jax.random as jr
import numpy as np
from lingen.models import population
from lingen.sims import krylov
from lingen.sims.ensemble import ensemble
truth, dim = population.spiked([2.0]), 10**6
samplers = {
    "convergence": krylov.convergence_sampler(truth, dim, 1.5),
    "distances": krylov.distances_sampler(truth, dim, 1.5),
}
different = {}
for name, sampler in samplers.items():
    one = jax.tree.leaves(ensemble(sampler, jr.key(0), 70, devices=jax.devices()[:1]))
    two = jax.tree.leaves(ensemble(sampler, jr.key(0), 70))
    different[name] = [int(np.sum(a != b)) for a, b in zip(one, two, strict=True)]
print(json.dumps(different))
"""


def test_the_same_bits_on_one_device_and_on_two():
    as_users_compile = os.environ | {"XLA_FLAGS": ""}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=400, env=as_users_compile
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"convergence": [0], "distances": [0, 0]}
