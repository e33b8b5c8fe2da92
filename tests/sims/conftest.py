"""Draws of one process on two devices, compared bit by bit."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

import children
import pytest

BEFORE = """
import json
import jax
jax.config.update("jax_num_cpu_devices", 2)
import jax.random as jr
import numpy as np
from lingen.sims import ensemble
rounded = ()  # names of samplers whose two programs may round a last bit differently
"""
AFTER = """
different = {}
for name, sampler in samplers.items():
    one = jax.tree.leaves(ensemble(sampler, jr.key(0), DRAWS, devices=jax.devices()[:1]))
    two = jax.tree.leaves(ensemble(sampler, jr.key(0), DRAWS))
    close = 2 * np.finfo(float).eps if name in rounded else 0.0
    off = [(a != b) & ~(np.abs(a - b) <= close * np.abs(a)) for a, b in zip(one, two, strict=True)]
    different[name] = [int(np.sum(one)) for one in off]
print(json.dumps(different))
"""


@pytest.fixture
def different_bits() -> Callable[[str, int], dict[str, list[int]]]:
    """For each of the `samplers` that a program defines, and each observable: how many of its draws differ.

    They are compared between one and two devices, in a process of its own, compiled as users compile.
    """

    def run(program: str, draws: int) -> dict[str, list[int]]:
        done = children.run(
            [sys.executable, "-c", BEFORE + program + AFTER.replace("DRAWS", str(draws))],
            env=os.environ | {"XLA_FLAGS": "", "JAX_DISABLE_MOST_OPTIMIZATIONS": "0"},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run
