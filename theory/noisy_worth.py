"""What noisy samples are worth: learning an eigenvalue λ from samples with noise of known variance s.

A sample of N(0, λ+s) carries the Fisher information 1/2(λ+s)² on λ, a clean one 1/2λ². So it is worth
(λ/(λ+s))² clean samples in this direction, and the worths in a pool add up (section W of the theory). The
covariance of directions k and l is worth λ_kλ_l/((λ_k+s)(λ_l+s)): at Σ = I every sample counts (1+s)^{−2},
which moves the threshold of recovery from 1/θ² to ((1+s)/θ)².

`lingen.theory.worth` is something else: the worth, for convergence, of samples that are not Gaussian.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import nonnegative, positive, representable
from lingen.models.systems import NoisyWorth

__all__ = ["pool", "predict", "worth"]


@checked
@representable
def worth(eigenvalue: ArrayLike, noise: ArrayLike, other: ArrayLike | None = None) -> Float[Array, "..."]:
    """Clean samples that one sample of noise variance s is worth: λλ'/((λ+s)(λ'+s)).

    Args:
        eigenvalue: λ > 0, any shape.
        noise: s >= 0 in units of λ; broadcasts.
        other: λ' > 0 for the covariance of two directions; λ itself, the variance of one, when absent.

    Raises:
        ValueError: if an eigenvalue is not positive or a noise is negative.

    Source: Fisher information of a Gaussian; derived (docs/derivations, statement W1).
    """
    first, s = positive("eigenvalue", eigenvalue), nonnegative("noise", noise)
    second = first if other is None else positive("other", other)
    return (first / (first + s)) * (second / (second + s))


@checked
@representable
def pool(eigenvalue: ArrayLike, noises: ArrayLike, shares: ArrayLike) -> Float[Array, "..."]:
    """Clean samples that one sample of a pool is worth on average: Σ_j f_j (λ/(λ+s_j))².

    Args:
        eigenvalue: λ > 0, any shape.
        noises: the noise variances s_j >= 0, shape (..., k).
        shares: the fractions f_j >= 0 of the pool, shape (..., k); scaled to a sum of one.

    Raises:
        ValueError: if an eigenvalue is not positive, a noise or a share negative.

    Source: as for `worth`; information adds up.
    """
    fractions, levels = nonnegative("shares", shares), nonnegative("noises", noises)
    if not fractions.shape or not levels.shape or fractions.shape[-1] != levels.shape[-1] or not levels.size:
        shapes = f"{fractions.shape} and {levels.shape}"
        raise ValueError(f"shares and noises must have a last axis of the same k >= 1, got shapes {shapes}")
    value = positive("eigenvalue", eigenvalue)[..., None]
    each = worth(value, levels)
    return jnp.sum(each * fractions, axis=-1) / jnp.sum(fractions, axis=-1)


@checked
@representable
def predict(eigenvalue: ArrayLike, noises: ArrayLike, shares: ArrayLike) -> NoisyWorth:
    """The observable of `lingen.sims.noisy_worth.draw` for many samples; arguments as for `pool`."""
    return NoisyWorth(1.0 / pool(eigenvalue, noises, shares))
