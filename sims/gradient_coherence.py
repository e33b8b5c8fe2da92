"""Gradients of single examples, measured: a linear denoiser at W = 0, differentiated on one example each."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, nonnegative, room
from lingen.models.learning import GradientCoherence
from lingen.models.population import Population
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(population: Population, samples: int, dim: int, *, noise: ArrayLike = 0.0) -> Partial:
    """A draw of `GradientCoherence`: n examples, each with a noise of its own.

    Args:
        population: the truth.
        samples: n >= 1 examples.
        dim: d.
        noise: s >= 0, its variance.

    Raises:
        ValueError: for a number out of range.
    """
    samples, dim = integer("samples", samples, low=1), integer("dim", dim, low=1)
    room("dim", dim, float(dim) ** 2)
    room("samples", samples, float(samples) * dim**2)
    return Partial(_draw, jnp.zeros(samples), population.spectrum(dim), nonnegative("noise", noise))


draw = draw_of(sampler, GradientCoherence)


def _draw(
    zero: Float[Array, "n"], spectrum: Float[Array, "d"], noise: Float[Array, ""], key: Key[Array, ""]
) -> GradientCoherence:
    own, disturbed = jr.split(key)
    shape = (zero.size, spectrum.size)
    x = jr.normal(own, shape) * jnp.sqrt(spectrum)
    y = x + jnp.sqrt(noise) * jr.normal(disturbed, shape)

    def loss(weight: Array, x: Array, y: Array) -> Array:
        return jnp.sum((weight @ y - x) ** 2)

    start = jnp.zeros((spectrum.size, spectrum.size))
    gradients = jax.vmap(jax.grad(loss), in_axes=(None, 0, 0))(start, x, y)
    single = jnp.mean(jnp.sum(gradients**2, axis=(1, 2)))
    return GradientCoherence(jnp.sum(jnp.mean(gradients, axis=0) ** 2), single)
