"""Verify theorems about generative models numerically.

Predictions live in `lingen.theory`, simulations in `lingen.sims`, the objects both speak of in
`lingen.models`, and the comparison of the two in `lingen.claims`. Importing lingen turns on
double precision in JAX.
"""

import jax

jax.config.update("jax_enable_x64", True)

__version__ = "0.1.0"
