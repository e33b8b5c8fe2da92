"""Random-features denoisers r(y) = A φ(Fy)/√p in training (G3), of finite and of infinite width.

Finite: stochastic descent with optax. Every step sees all n training points, each with new noise √s z, so
that the mean of A over the noise follows full-batch descent exactly; what is measured is linear in A.
Infinite, φ = sin(ωh): gradient flow with the kernel E_f φ(f·y)φ(f·y') on B fixed noises of every point,
solved in the eigenvectors of its matrix. A draw is one training set and one run.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from flax import struct
from jax import Array, lax
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.checks import integer, positive, vector
from lingen.models.learning import Features
from lingen.models.linear_networks import RandomFeatures
from lingen.models.population import Population
from lingen.sims import descent, wishart

__all__ = ["kernel_sampler", "sampler"]

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


@struct.dataclass
class Copies:
    """What is static of a run of infinite width."""

    samples: int = struct.field(pytree_node=False)
    copies: int = struct.field(pytree_node=False)


def kernel_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    *,
    copies: int,
    noise: float,
    times: ArrayLike,
    frequency: float = 1.5,
) -> Partial:
    """A draw of `Features` of infinite width, φ = sin(ωh), fields of the shape of `times`.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.
        copies: B, fixed noises of each training point; the noise is averaged as B grows.
        noise: s > 0.
        times: θ = t/d > 0, shape (times,).
        frequency: ω > 0.

    Raises:
        ValueError: for an argument out of range.
    """
    source = wishart.source(population, dim, load)
    sizes = Copies(int(source.samples), integer("copies", copies, low=1))
    clock = vector("times", positive("times", times))
    numbers = (source.spectrum, positive("noise", noise), clock, positive("frequency", frequency))
    return Partial(_kernel_draw, sizes, *numbers)


def _kernel_draw(
    sizes: Copies,
    spectrum: Float[Array, "d"],
    noise: Array,
    times: Float[Array, "t"],
    frequency: Array,
    key: Key[Array, ""],
) -> Features:
    dim, count = spectrum.size, sizes.samples * sizes.copies
    looks = FRESH * sizes.samples
    white = jr.normal(key, (sizes.samples + count + 3 * looks, dim))
    x, z, fresh, way, other = jnp.split(
        white, np.cumsum([sizes.samples, count, looks, looks]).tolist(), axis=0
    )
    x, fresh = x * jnp.sqrt(spectrum), fresh * jnp.sqrt(spectrum)
    target, again = jnp.tile(x, (sizes.copies, 1)), jnp.tile(x, (FRESH, 1))
    y = target + jnp.sqrt(noise) * z
    values, vectors = jnp.linalg.eigh(_sine_kernel(y, y, frequency))
    values = jnp.maximum(values, jnp.finfo(float).tiny)
    turned = vectors.T @ target
    sight = [
        (_sine_kernel(clean + jnp.sqrt(noise) * blur, y, frequency) @ vectors, clean)
        for clean, blur in ((fresh, way), (again, other))
    ]

    def look(time: Array) -> Features:
        learnt = -jnp.expm1(-2.0 * dim * time * values / count) / values
        linear, seen = (
            jnp.mean(jnp.sum((kernel @ (learnt[:, None] * turned)) * clean, axis=1)) / jnp.sum(spectrum)
            for kernel, clean in sight
        )
        return Features(linear, seen - linear)

    return lax.map(look, times)


def _sine_kernel(one: Float[Array, "n d"], two: Float[Array, "m d"], frequency: Array) -> Float[Array, "n m"]:
    """E sin(ωf·y) sin(ωf·y') over f ~ N(0, 1/d)."""
    scale = frequency**2 / one.shape[1]
    spread = 0.5 * scale * (jnp.sum(one**2, axis=1)[:, None] + jnp.sum(two**2, axis=1))
    shared = scale * (one @ two.T)
    return 0.5 * (jnp.exp(shared - spread) - jnp.exp(-shared - spread))


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
