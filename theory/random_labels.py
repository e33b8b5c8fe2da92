"""Least squares on labels that tell nothing of x: the training error is universal, the test error is not.

y of mean 0, independent of x; n points in d dimensions. The residual is the projection of y across the d
columns of X, so for every law of x and at every size

    E (1/n) Σ (y_i − β̂·x_i)² = (1 − d/n)_+ Var y,

while the error of a fresh point is Var y (n−1)/(n−d−1) for Gaussian x, n > d + 1, and depends on the law.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, is_traced, positive
from lingen.models.systems import LeastSquares

__all__ = ["generalisation_error", "predict", "training_error"]


@checked
def training_error(samples: ArrayLike, dim: ArrayLike, variance: ArrayLike = 1.0) -> Float[Array, "..."]:
    """(1 − d/n)_+ Var y, exact at every size and for every law of x with a density.

    Args:
        samples: n >= 1, any shape.
        dim: d >= 1; broadcasts.
        variance: Var y > 0; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: classical, the trace of a projection (docs/derivations, U2).
    """
    ratio = at_least("dim", dim, 1.0) / at_least("samples", samples, 1.0)
    return jnp.maximum(1.0 - ratio, 0.0) * positive("variance", variance)


@checked
def generalisation_error(
    samples: ArrayLike, dim: ArrayLike, variance: ArrayLike = 1.0
) -> Float[Array, "..."]:
    """Var y (n−1)/(n−d−1), exact for Gaussian x alone; arguments as for `training_error`.

    Raises:
        ValueError: for a number out of range, or n <= d + 1, where it is infinite.

    Source: classical (inverse Wishart moments).
    """
    n, d = at_least("samples", samples, 1.0), at_least("dim", dim, 1.0)
    if not is_traced((n, d)) and np.any(np.asarray(n) <= np.asarray(d) + 1.0):
        raise ValueError(f"samples must be above dim + 1, got samples = {np.min(n):g}, dim = {np.max(d):g}")
    return positive("variance", variance) * (n - 1.0) / (n - d - 1.0)


@checked
def predict(samples: ArrayLike, dim: ArrayLike, variance: ArrayLike = 1.0) -> LeastSquares:
    """Both errors; arguments and errors as for `generalisation_error`."""
    return LeastSquares(training_error(samples, dim, variance), generalisation_error(samples, dim, variance))
