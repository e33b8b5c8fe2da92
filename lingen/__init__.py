"""Verify theorems about generative models numerically.

Predictions live in `lingen.theory`, simulations in `lingen.sims`, the objects both speak of in
`lingen.models`, and the comparison of the two in `lingen.claims`. Importing lingen turns on
double precision in JAX.
"""

import os
import sys

if "jax" in sys.modules:
    sys.modules["jax"].config.update("jax_enable_x64", True)
else:  # read by JAX when it is imported, which takes longer than anything that `lingen --help` does
    os.environ["JAX_ENABLE_X64"] = "1"

__version__ = "0.1.0"
