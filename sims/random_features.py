"""Random-features denoisers r(y) = A φ(Fy)/√p in training, by stochastic descent with fresh noise (G3).

Every step sees all n training points, each with new noise √s z, so that the mean of A over the noise follows
full-batch descent exactly; what is measured is linear in A. A draw is one training set, one F, one run.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import jax.random as jr
import optax
from flax import struct
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.checks import integer, positive
from lingen.models.learning import Features
from lingen.models.linear_networks import RandomFeatures
from lingen.models.population import Population
from lingen.sims import descent, wishart

__all__ = ["sampler"]

FRESH = 4
"""Fresh points a training point, and noises a training point, in each look."""


@struct.dataclass
class Sizes:
    """What is static of a run."""

    samples: int = struct.field(pytree_node=False)
    width: int = struct.field(pytree_node=False)
    records: int = struct.field(pytree_node=False)
    every: int = struct.field(pytree_node=False)
    activation: Callable[[Array], Array] = struct.field(pytree_node=False)


def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    *,
    width: int,
    noise: float,
    rate: float,
    records: int,
    every: int = 1,
    activation: Callable[[Array], Array] = jnp.tanh,
) -> Partial:
    """A draw of `Features` along training, fields of shape (records,).

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.
        width: p features.
        noise: s > 0.
        rate: η/d > 0: a step has the learning rate η.
        records: how often to look.
        every: steps before each look.
        activation: φ, odd.

    Raises:
        ValueError: for an argument out of range.
    """
    source = wishart.source(population, dim, load)
    width, records = integer("width", width, low=1), integer("records", records, low=1)
    every, samples = integer("every", every, low=1), int(source.samples)
    numbers = (source.spectrum, positive("noise", noise), positive("rate", rate))
    return Partial(_draw, Sizes(samples, width, records, every, activation), *numbers)


def _draw(
    sizes: Sizes,
    spectrum: Float[Array, "d"],
    noise: Array,
    rate: Array,
    key: Key[Array, ""],
) -> Features:
    dim, samples = spectrum.size, sizes.samples
    first, data, own = jr.split(key, 3)
    cut = FRESH * samples
    white = jr.normal(data, (samples + 3 * cut, dim))
    x, fresh = white[:samples] * jnp.sqrt(spectrum), white[samples : samples + cut] * jnp.sqrt(spectrum)
    shaken = jnp.sqrt(noise) * white[samples + cut :].reshape(2, cut, dim)
    again = jnp.tile(x, (FRESH, 1))
    scale = 1.0 / jnp.sum(spectrum)

    def overlap(model: RandomFeatures, clean: Array, noisy: Array) -> Array:
        return jnp.mean(jnp.sum(model(noisy) * clean, axis=-1)) * scale

    def observe(model: RandomFeatures) -> Features:
        linear = overlap(model, fresh, fresh + shaken[0])
        return Features(linear, overlap(model, again, again + shaken[1]) - linear)

    return descent.descend(
        RandomFeatures(jr.normal(first, (sizes.width, dim)) * dim**-0.5, sizes.activation),
        descent.noisy_loss(lambda key: x, noise),
        observe,
        optax.sgd(rate * dim),
        own,
        sizes.records,
        sizes.every,
    ).records
