"""The Monge gap of a linear generator: how far it is from the optimal map to its own law (statement F6).

x ↦ Mx carries N(0, Σ) to N(0, MΣMᵀ) at the cost of tr(Σ) + tr(MΣMᵀ) − 2 tr(MΣ), while the best map saves
2 tr((Σ^{1/2}MΣMᵀΣ^{1/2})^{1/2}): half the difference is the gap, 0 exactly for symmetric positive M at Σ = I.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, representable
from lingen.models.learning import MongeGap
from lingen.theory.spectrum.closed_forms import root

__all__ = ["cholesky", "gap", "predict"]

_TERMS, _SMALL = 40, 0.3


@checked
@representable
def gap(generator: Float[Array, "d d"], covariance: Float[Array, "d d"]) -> Float[Array, ""]:
    """tr((Σ^{1/2}MΣMᵀΣ^{1/2})^{1/2}) − tr(MΣ): the trace norm of Σ^{1/2}MΣ^{1/2} less its trace.

    Args:
        generator: M, shape (d, d).
        covariance: Σ, symmetric and positive semidefinite.

    Raises:
        ValueError: if the shapes do not go together.

    Source: Uscidda & Cuturi 2023 (the gap); derived for Gaussians (docs/derivations, statement F6).
    """
    return _gap(generator, covariance)


@jax.jit
def _gap(generator: Array, covariance: Array) -> Array:
    values, vectors = jnp.linalg.eigh(covariance)
    half = (vectors * jnp.sqrt(jnp.maximum(values, 0.0))) @ vectors.T
    middle = half @ generator @ half
    return jnp.sum(jnp.linalg.svd(middle, compute_uv=False)) - jnp.trace(middle)


@checked
@representable
def cholesky(load: ArrayLike) -> Float[Array, "..."]:
    """Of the generator x̂ = Lz, LLᵀ = S, Σ = I, per dimension: F(c) − (2/3c)(1−(1−c)^{3/2}), c = 1/γ.

    Both are ₂F₁(−½, b; 2; c), with b = ½ and b = 1: the difference is c/8 at large load.

    Args:
        load: γ >= 1, any shape.

    Raises:
        ValueError: if a load is below 1, where S has no Cholesky factor.

    Source: derived (docs/derivations, statement F6).
    """
    return _cholesky(at_least("load", load, 1.0, "1 for a Cholesky factor to exist"))


@jax.jit
def _cholesky(gamma: Array) -> Array:
    c = 1.0 / gamma
    plain = root(c) - 2.0 / (3.0 * c) * (1.0 - jnp.maximum(1.0 - c, 0.0) ** 1.5)
    k = np.arange(_TERMS)
    rise = (k - 0.5) / ((k + 2.0) * (k + 1.0))
    half, whole = (np.cumprod(np.append(1.0, rise * (k + b))) for b in (0.5, 1.0))
    series = jnp.polyval(jnp.asarray((half - whole)[::-1]), jnp.minimum(c, _SMALL))
    return jnp.where(c < _SMALL, series, plain)


@checked
def predict(load: ArrayLike) -> MongeGap:
    """The observable of `lingen.sims.monge_gap.draw`, predicted; arguments and errors of `cholesky`."""
    return MongeGap(cholesky(load))
