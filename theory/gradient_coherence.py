"""Coherence of per-example gradients at the start of training a linear denoiser (G8).

The loss of one example x with noise √s z, ‖W(x+√s z) − x‖², has at W = 0 the gradient g = −2x(x+√s z)ᵀ, of
mean −2Σ over both. Of n independent examples, by Gaussian fourth moments and exactly at every n and d,

    E‖ĝ‖²/E‖g‖² = 1/n + (1 − 1/n) tr Σ²/((tr Σ)² + 2 tr Σ² + s d tr Σ),    ĝ = (1/n) Σ g_i,

for Σ = I and no noise (n+d+1)/(n(d+2)): it does not vanish with n, as all gradients share their mean.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, integer, nonnegative, representable
from lingen.models.learning import GradientCoherence
from lingen.models.population import Population
from lingen.theory.numerics.shapes import broadcast

__all__ = ["coherence", "predict"]


@checked
@representable
def coherence(
    population: Population, samples: ArrayLike, dim: int, noise: ArrayLike = 0.0
) -> Float[Array, "..."]:
    """E‖ĝ‖²/E‖g‖², a ratio of means: from 1 at n = 1 down to the share of the mean gradient in E‖g‖².

    Args:
        population: the truth.
        samples: n >= 1 examples, any shape.
        dim: d.
        noise: s >= 0; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, G8).
    """
    found = predict(population, samples, dim, noise)
    return found.shared / found.single


@checked
@representable
def predict(
    population: Population, samples: ArrayLike, dim: int, noise: ArrayLike = 0.0
) -> GradientCoherence:
    """Means of the two sides; arguments and errors as for `coherence`."""
    sigma = population.spectrum(integer("dim", dim, low=1))
    n, s = at_least("samples", samples, 1.0), nonnegative("noise", noise)
    trace, square = jnp.sum(sigma), jnp.sum(sigma**2)
    single = 4.0 * (trace**2 + 2.0 * square + s * dim * trace)
    n, single = broadcast(n, single)
    return GradientCoherence(single / n + (1.0 - 1.0 / n) * 4.0 * square, single)
