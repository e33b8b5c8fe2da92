"""Data of unknown mean: the load of the covariance that is left when the sample mean is taken away.

For n Gaussian samples of any mean, (n−1) S_c = Σ_i (x_i−x̄)(x_i−x̄)ᵀ has exactly the law of n−1 samples of
mean zero (Cochran). All of `lingen.theory`, where the mean is known to be zero, holds at n − 1 in the place
of n for the divisor n−1; for the divisor n, eigenvalues are smaller by (n−1)/n besides.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import integer, is_traced, positive

__all__ = ["centred_load"]


@checked
def centred_load(load: ArrayLike, dim: int) -> Float[Array, "..."]:
    """γ' = (n−1)/d = γ − 1/d, at which to ask for what n samples of unknown mean give.

    Args:
        load: γ = n/d, any shape.
        dim: d.

    Raises:
        ValueError: if a load is no more than 1/d: a single sample, centred, is 0.

    Source: classical (Cochran 1934).
    """
    gamma, dim = positive("load", load), integer("dim", dim, low=1)
    if not is_traced(gamma) and np.any(np.asarray(gamma) * dim <= 1.0):
        raise ValueError(f"load must be above 1/dim = {1 / dim:g} for an unknown mean, got {np.min(gamma):g}")
    return gamma - jnp.asarray(1.0 / dim)
