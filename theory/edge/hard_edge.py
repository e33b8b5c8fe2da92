"""The smallest eigenvalue of S at the hard edge, n = d and n = d + 1, for real data and any bulk.

    λ_min(S) ≈ x / (n d τ(Σ⁻¹)),    P(X > x) = e^{−x/2−√x} at n = d,    e^{−x/2} at n = d + 1.

Edelman's laws (1988) for Σ = I, the second one exact at every d and every Σ. For another Σ the eigenvector of
the smallest eigenvalue of the whitened data is a random direction, along which Σ⁻¹ is τ(Σ⁻¹) (derived). No
other n − d is here; where n − d grows with d the edge is soft: `lingen.theory.edge.soft_edge`.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, integer, is_traced, nonnegative
from lingen.models.population import Population

__all__ = ["cdf", "pdf", "quantile", "scale", "survival"]


@checked
def survival(x: ArrayLike, excess: int = 0) -> Float[Array, "..."]:
    """P(X > x) = e^{−x/2−√x} at n = d, e^{−x/2} at n = d + 1.

    Args:
        x: at least 0, any shape, in units of `scale`.
        excess: n − d, 0 or 1.

    Raises:
        ValueError: for a negative x or another excess.

    Source: Edelman 1988 (β = 1); universal: Tao & Vu 2010.
    """
    return _survival(*_given(x, excess))


@partial(jax.jit, static_argnums=1)
def _survival(x: Array, excess: int) -> Array:
    return jnp.exp(-_exponent(x, excess))


@checked
def cdf(x: ArrayLike, excess: int = 0) -> Float[Array, "..."]:
    """P(X <= x); arguments as in `survival`."""
    return _cdf(*_given(x, excess))


@partial(jax.jit, static_argnums=1)
def _cdf(x: Array, excess: int) -> Array:
    return -jnp.expm1(-_exponent(x, excess))


@checked
def pdf(x: ArrayLike, excess: int = 0) -> Float[Array, "..."]:
    """(1 + √x)/(2√x) e^{−x/2−√x} at n = d, infinite at 0, e^{−x/2}/2 at n = d + 1; as in `survival`."""
    return _pdf(*_given(x, excess))


@partial(jax.jit, static_argnums=1)
def _pdf(x: Array, excess: int) -> Array:
    rate = 0.5 if excess else 0.5 + 0.5 / jnp.sqrt(x)
    return rate * jnp.exp(-_exponent(x, excess))


@checked
def quantile(level: ArrayLike, excess: int = 0) -> Float[Array, "..."]:
    """The x with P(X <= x) = level.

    Raises:
        ValueError: for a level outside [0, 1] or another excess.
    """
    share = bounded("level", level, 0.0, 1.0)
    return _quantile(share, integer("excess", excess, low=0, high=1))


@partial(jax.jit, static_argnums=1)
def _quantile(level: Array, excess: int) -> Array:
    exponent = -jnp.log1p(-level)
    if excess:
        return 2.0 * exponent
    root = 1.0 + jnp.sqrt(1.0 + 2.0 * exponent)
    return jnp.where(jnp.isinf(exponent), jnp.inf, (2.0 * exponent / root) ** 2)


@checked
def scale(population: Population, dim: int, samples: int) -> Float[Array, ""]:
    """1/(n d τ(Σ⁻¹)), the unit of λ_min, in units of variance.

    Args:
        population: bulk law of Σ, no eigenvalue 0.
        dim: d.
        samples: n, d or d + 1.

    Raises:
        ValueError: for another number of samples or an eigenvalue 0.
    """
    dim = integer("dim", dim, low=1)
    if integer("samples", samples, low=1) not in (dim, dim + 1):
        raise ValueError(f"samples must be dim = {dim} or one more at a hard edge, got {samples}")
    sigma = population.eigenvalues
    if not is_traced(sigma) and np.any(np.asarray(sigma) <= 0):
        raise ValueError(
            f"population must have positive eigenvalues at a hard edge, got {np.min(np.asarray(sigma)):g}"
        )
    return 1.0 / (samples * dim * population.moment(-1.0))


def _given(x: ArrayLike, excess: int) -> tuple[Array, int]:
    return nonnegative("x", x), integer("excess", excess, low=0, high=1)


def _exponent(x: Array, excess: int) -> Array:
    return x / 2.0 if excess else x / 2.0 + jnp.sqrt(x)
