"""Variational estimates of mutual information with the optimal critic: exact variances (statement N5b).

For d pairs of coordinates (x, y), standard Gaussians of correlation ρ, I = −(d/2) log(1−ρ²) nats. The critic
f = log p(x,y)/p(x)p(y) is optimal, E f = I over joint pairs and E e^f = 1 over independent ones, and still

    n Var(mean of e^f over n independent pairs) = (1−ρ²)^{−d} − 1 = e^{2I} − 1,     n Var(mean of f) = dρ².
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, is_traced, positive, representable
from lingen.models.observables import CriticVariance

__all__ = ["information", "predict"]


@checked
@representable
def information(correlation: ArrayLike, dim: ArrayLike) -> Float[Array, "..."]:
    """I = −(d/2) log(1−ρ²), in nats.

    Args:
        correlation: −1 < ρ < 1, any shape.
        dim: d > 0; broadcasts with `correlation`.

    Raises:
        ValueError: if an argument is out of range.

    Source: classical.
    """
    rho = bounded("correlation", correlation, -1.0, 1.0)
    if not is_traced(rho) and np.any(np.abs(np.asarray(rho)) == 1.0):
        raise ValueError("correlation must be between -1 and 1, both excluded, got one of them")
    return -0.5 * positive("dim", dim) * jnp.log1p(-(rho**2))


@checked
@representable
def predict(correlation: ArrayLike, dim: ArrayLike) -> CriticVariance:
    """n Var of the partition function, e^{2I} − 1, and of the estimate of I, dρ² + e^{2I} − 1; at every n.

    The estimate is the mean of f over n joint pairs less that of e^f − 1 over n independent ones (Nguyen,
    Wainwright & Jordan 2010). Arguments and errors are those of `information`.

    Source: derived (docs/derivations, statement N5b); Song & Ermon 2020 bound it by e^I − 1 from below.
    """
    partition = jnp.expm1(2.0 * information(correlation, dim))
    return CriticVariance(
        partition, partition + jnp.asarray(dim, float) * jnp.asarray(correlation, float) ** 2
    )
