"""Every dense topic draws the same bits on one device and on two."""

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
from lingen.sims import convergence, decoupling, denoising, distances, extremes, memorisation, recovery
from lingen.sims.ensemble import ensemble
truth, dim = population.spiked([2.0]), 16
samplers = {
    "convergence": convergence.sampler(truth, dim, 1.5),
    "gauge": convergence.gauge_sampler(truth, dim, 1.5),
    "recovery": recovery.sampler(truth, dim, 1.5),
    "decoupling": decoupling.sampler(truth, dim, 1.5),
    "memorisation": memorisation.sampler(truth, dim, 1.5),
    "thin": memorisation.sampler_thin(truth, dim, 5),
    "distances": distances.sampler(truth, dim, 2.5),
    "denoising": denoising.sampler(truth, dim, 1.5, noise=0.3),
    "extremes": extremes.sampler(truth, 2000, 1.0),
}
same = {}
for name, sampler in samplers.items():
    one = jax.tree.leaves(ensemble(sampler, jr.key(0), 5, devices=jax.devices()[:1]))
    two = jax.tree.leaves(ensemble(sampler, jr.key(0), 5))
    same[name] = [bool(np.array_equal(a, b)) for a, b in zip(one, two, strict=True)]
print(json.dumps(same))
"""


def test_the_same_bits_on_one_device_and_on_two():
    as_users_compile = os.environ | {"XLA_FLAGS": ""}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=400, env=as_users_compile
    )
    assert done.returncode == 0, done.stderr
    same = json.loads(done.stdout.splitlines()[-1])
    assert len(same) == 9
    assert {name: found for name, found in same.items() if not all(found)} == {}
