"""Mixtures of low-rank Gaussians: when is a component's subspace learnt? (section S of the theory).

A component N(0, Π), Π a projector of rank r in R^d, with N samples, labels known. Without noise they span
min(N, r) of its directions: it is recovered iff N >= r, a step that no dimension moves. With noise of
variance s in every direction it is a spiked model of strength 1/s: recovery begins at N = s² d, and d matters
again unless the noise is below √(N/d).
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, nonnegative, positive, representable
from lingen.models.systems import LowRank

__all__ = ["noisy_overlap", "noisy_threshold", "predict"]


@checked
def predict(samples: ArrayLike, rank: ArrayLike) -> LowRank:
    """Overlap min(1, N/r) of the learnt with the true subspace, and whether all of it is learnt, N >= r.

    Exact at every d >= r, without noise.

    Args:
        samples: N >= 1 of the component, any shape.
        rank: r >= 1; broadcasts.

    Raises:
        ValueError: if a number is below 1.

    Source: Wang et al., arXiv 2409.02426 (N >= r); the overlap is derived (docs/derivations, S1).
    """
    fraction = at_least("samples", samples, 1) / at_least("rank", rank, 1)
    return LowRank(jnp.minimum(1.0, fraction), jnp.where(fraction >= 1.0, 1.0, 0.0))


@checked
@representable
def noisy_threshold(noise: ArrayLike) -> Float[Array, "..."]:
    """The load N/d = s² where recovery begins, r fixed and N, d → ∞.

    Args:
        noise: s >= 0, in units of the component's variance, any shape.

    Raises:
        ValueError: if a noise is negative.

    Source: statement R1 with θ = 1/s.
    """
    return nonnegative("noise", noise) ** 2


@checked
def noisy_overlap(load: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """tr(Π̂Π)/r → (1 − s²/γ)/(1 + s/γ) above γ = N/d = s², 0 below; r fixed, N, d → ∞.

    Args:
        load: γ = N/d > 0, any shape.
        noise: s >= 0; broadcasts.

    Raises:
        ValueError: if a load is not positive or a noise negative.

    Source: statements R1 and R2 (arXiv 2605.21402) with θ = 1/s, for the degenerate spikes of a component.
    """
    gamma, s = positive("load", load), nonnegative("noise", noise)
    return jnp.maximum(0.0, 1.0 - s**2 / gamma) / (1.0 + s / gamma)
