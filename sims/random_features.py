"""Random-features denoisers r(y) = A φ(Fy)/√p in training (G3); the p rows of F have unit length.

With φ = sin(ωh) the average over the noise √s z is explicit, of the training loss and of all that is looked
at: the gradient flow dA/dt = −2(AU−V), A(0) = 0, is solved in the eigenvectors of U = E φφᵀ/p, and a draw is
one training set and one F. For any φ there is stochastic descent with optax: every step sees all n training
points, each with new noise, so that the mean of A over the noise follows full-batch descent exactly.
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

from lingen import lazy
from lingen.boundary import at_once, checked
from lingen.checks import integer, positive, vector
from lingen.models.learning import Features
from lingen.models.population import Population
from lingen.sims.dense import descent, wishart

__all__ = ["sampler", "sine_sampler"]

networks = lazy.module("lingen.models.networks.linear")
FRESH = 4
"""Fresh points a training point, and noises a training point, in each look."""


@struct.dataclass
class FeatureSizes:
    """What is static of a run of descent."""

    samples: int = struct.field(pytree_node=False)
    width: int = struct.field(pytree_node=False)
    records: int = struct.field(pytree_node=False)
    every: int = struct.field(pytree_node=False)
    activation: Callable[[Array], Array] = struct.field(pytree_node=False)


@struct.dataclass
class Width:
    """What is static of a flow."""

    width: int = struct.field(pytree_node=False)


@checked
@at_once
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
    """A draw of `Features` along stochastic descent, fields of shape (records,).

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
    sizes = FeatureSizes(int(source.samples), width, records, integer("every", every, low=1), activation)
    return Partial(_descent, sizes, source, positive("noise", noise), positive("rate", rate))


@checked
@at_once
def sine_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    *,
    width: int,
    noise: float,
    times: ArrayLike,
    frequency: float = 1.5,
) -> Partial:
    """A draw of `Features` along gradient flow, φ = sin(ωh), fields of the shape of `times`; exact in z.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.
        width: p features.
        noise: s > 0.
        times: θ = t/d > 0, shape (times,).
        frequency: ω > 0.

    Raises:
        ValueError: for an argument out of range.
    """
    source = wishart.source(population, dim, load)
    clock = vector("times", positive("times", times))
    numbers = (positive("noise", noise), clock, positive("frequency", frequency))
    return Partial(_flow, Width(integer("width", width, low=1)), source, *numbers)


def _rows(key: Key[Array, ""], width: int, dim: int) -> Float[Array, "p d"]:
    rows = jr.normal(key, (width, dim))
    return rows / jnp.linalg.norm(rows, axis=1, keepdims=True)


def _flow(
    sizes: Width,
    source: wishart.DataSource,
    noise: Array,
    times: Float[Array, "t"],
    frequency: Array,
    key: Key[Array, ""],
) -> Features:
    spectrum, dim = source.spectrum, source.spectrum.size
    first, data, _ = jr.split(key, 3)
    f, x = frequency * _rows(first, sizes.width, dim), source.data(data)
    target, recalled, fresh = _averages(f, x, source.samples, spectrum, noise)
    values, vectors = jnp.linalg.eigh(target)
    values = jnp.maximum(values, jnp.finfo(float).tiny)
    seen, new = recalled @ vectors, fresh @ vectors
    learnt = -jnp.expm1(-2.0 * dim * times[:, None] * values) / values
    linear = learnt @ jnp.sum(seen * new, axis=0) / jnp.sum(spectrum)
    kept = learnt @ jnp.sum(seen**2, axis=0) * (source.samples / jnp.sum(x**2))
    return Features(linear, kept - linear)


def _averages(
    f: Float[Array, "p d"],
    x: Float[Array, "rows d"],
    samples: Array,
    spectrum: Float[Array, "d"],
    noise: Array,
) -> tuple[Float[Array, "p p"], Float[Array, "d p"], Float[Array, "d p"]]:
    """E φφᵀ/p and E xφᵀ/√p over noise and training points, and E xφᵀ/√p over the truth, φ = sin(f·y)."""
    width = f.shape[0]
    share, root = 1.0 / jnp.asarray(samples, float), jnp.asarray(width, float) ** -0.5
    present = jnp.arange(x.shape[0]) < samples
    phase = x @ f.T
    cosine, sine = jnp.where(present[:, None], jnp.cos(phase), 0.0), jnp.sin(phase)
    even, odd = (cosine.T @ cosine) * share, (sine.T @ sine) * share
    square, cross = jnp.sum(f**2, axis=1), 2.0 * (f @ f.T)
    total = square[:, None] + square
    less, more = jnp.exp(-0.5 * noise * (total - cross)), jnp.exp(-0.5 * noise * (total + cross))
    target = 0.5 * (less * (even + odd) - more * (even - odd)) * root**2
    recalled = x.T @ (sine * jnp.exp(-0.5 * noise * square)) * (share * root)
    smooth = jnp.exp(-0.5 * (f**2 @ (spectrum + noise)))
    return target, recalled, (f * spectrum * smooth[:, None]).T * root


def _descent(
    sizes: FeatureSizes,
    source: wishart.DataSource,
    noise: Array,
    rate: Array,
    key: Key[Array, ""],
) -> Features:
    spectrum, dim = source.spectrum, source.spectrum.size
    first, data, own = jr.split(key, 3)
    x = source.data(data)[: sizes.samples]
    own, way = jr.split(own)
    white = jr.normal(way, (3, FRESH, *x.shape))
    fresh, shaken = white[0] * jnp.sqrt(spectrum), jnp.sqrt(noise) * white[1:]
    truth, own_size = jnp.sum(spectrum), jnp.sum(x**2) / sizes.samples

    def overlap(model: networks.RandomFeatures, clean: Array, noisy: Array) -> Array:
        return jnp.mean(jnp.sum(model(noisy) * clean, axis=-1))

    def observe(model: networks.RandomFeatures) -> Features:
        linear = overlap(model, fresh, fresh + shaken[0]) / truth
        return Features(linear, overlap(model, x, x + shaken[1]) / own_size - linear)

    return descent.descend(
        networks.RandomFeatures(_rows(first, sizes.width, dim), sizes.activation),
        descent.noisy_loss(lambda key: x, noise),
        observe,
        optax.sgd(rate * dim),
        own,
        sizes.records,
        sizes.every,
    ).records
