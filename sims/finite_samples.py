"""Distances between finite samples measured: covariances are drawn; given them every distance is exact."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive
from lingen.models.observables import SampleDistances
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "fid_sampler", "mmd_sampler", "sampler", "sliced_sampler"]


@checked
@at_once
def sampler(
    population: Population, dim: int, load: ArrayLike, *, width: ArrayLike | None = None, directions: int = 32
) -> Partial:
    """A draw of the distances of two samples of one law, and of a sample and the law: a function of a key.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d of both samples.
        width: h of the kernel; √(dτ(Σ)) if absent.
        directions: over which the sliced distance is averaged.

    Raises:
        ValueError: for an argument out of range.
    """
    source = wishart.source(population, dim, load)
    scale = jnp.sqrt(dim * population.moment(1.0)) if width is None else positive("width", width)
    return Partial(_pair, source, scale, jnp.zeros((integer("directions", directions, low=1), 0)))


draw = draw_of(sampler, SampleDistances)


@checked
@at_once
def fid_sampler(
    population: Population, dim: int, load: ArrayLike, other: ArrayLike | None = None, *, mean: bool = False
) -> Partial:
    """A draw of W2²/d between the laws fitted to two samples of one law: a function of a key.

    Args:
        population: the truth.
        dim: d.
        load: γ₁ = n₁/d.
        other: γ₂; equal sizes if absent.
        mean: whether means are fitted as well; covariances are then those about the mean, over n−1.

    Raises:
        ValueError: for an argument out of range, or a mean fitted to one sample.
    """
    first = wishart.source(population, dim, load)
    second = (
        first if other is None else wishart.source(population, dim, positive("other", known("other", other)))
    )
    if mean and min(int(first.samples), int(second.samples)) < 2:
        raise ValueError(f"mean must be False where there is one sample, got load = {load!r}")
    return Partial(_with_means if mean else _frechet, first, second)


@checked
@at_once
def sliced_sampler(population: Population, dim: int, load: ArrayLike, *, directions: int = 64) -> Partial:
    """A draw of the averaged-sliced distance of a sample and the truth: a function of a key.

    Arguments and errors as for `sampler`.
    """
    source = wishart.source(population, dim, load)
    return Partial(_slices, source, jnp.zeros((integer("directions", directions, low=1), 0)))


@checked
@at_once
def mmd_sampler(population: Population, dim: int, load: ArrayLike, width: ArrayLike) -> Partial:
    """A draw of MMD² of the laws of a sample and the truth: a function of a key.

    Arguments and errors as for `sampler`.
    """
    return Partial(_kernels, wishart.source(population, dim, load), positive("width", width))


def _frechet(first: DataSource, second: DataSource, key: Key[Array, ""]) -> Float[Array, ""]:
    one, two = jr.split(key)
    covariances = [_second_moment(s, s.data(k)) for s, k in ((first, one), (second, two))]
    return _bures(*covariances)


def _with_means(first: DataSource, second: DataSource, key: Key[Array, ""]) -> Float[Array, ""]:
    means, covariances = [], []
    for source, one in zip((first, second), jr.split(key), strict=True):
        x = source.data(one)
        mean = jnp.sum(x, axis=0) / source.samples
        means.append(mean)
        centred = x.T @ x - source.samples * jnp.outer(mean, mean)
        covariances.append(centred / (source.samples - 1.0))
    return _bures(*covariances) + jnp.mean((means[0] - means[1]) ** 2)


def _pair(
    source: DataSource, width: Float[Array, ""], empty: Float[Array, "m 0"], key: Key[Array, ""]
) -> SampleDistances:
    pair, slices, kernels = jr.split(key, 3)
    return SampleDistances(
        _frechet(source, source, pair), _slices(source, empty, slices), _kernels(source, width, kernels)
    )


def _slices(source: DataSource, empty: Float[Array, "m 0"], key: Key[Array, ""]) -> Float[Array, ""]:
    data, rays = jr.split(key)
    u = jr.normal(rays, (empty.shape[0], source.spectrum.size))
    u = u / jnp.linalg.norm(u, axis=1, keepdims=True)
    learnt = jnp.sum((source.data(data) @ u.T) ** 2, axis=0) / source.samples
    return jnp.mean((jnp.sqrt(learnt) - jnp.sqrt(u**2 @ source.spectrum)) ** 2)


def _kernels(source: DataSource, width: Float[Array, ""], key: Key[Array, ""]) -> Float[Array, ""]:
    return _discrepancy(_second_moment(source, source.data(key)), jnp.diag(source.spectrum), width)


def _second_moment(source: DataSource, x: Float[Array, "n d"]) -> Float[Array, "d d"]:
    return x.T @ x / source.samples


def _bures(first: Float[Array, "d d"], second: Float[Array, "d d"]) -> Float[Array, ""]:
    """[tr A + tr B − 2 tr (A^{1/2}BA^{1/2})^{1/2}]/d."""
    values, vectors = jnp.linalg.eigh(first)
    root = vectors * jnp.sqrt(jnp.maximum(values, 0.0))
    shared = jnp.sum(jnp.sqrt(jnp.maximum(jnp.linalg.eigvalsh(root.T @ second @ root), 0.0)))
    return (jnp.trace(first) + jnp.trace(second) - 2.0 * shared) / first.shape[0]


def _discrepancy(first: Array, second: Array, width: Array) -> Float[Array, ""]:
    """MMD² of N(0, A) and N(0, B): E k = det(I + C/h²)^{−1/2} for x − y ~ N(0, C)."""

    def kernel(covariance: Array) -> Array:
        unit = jnp.eye(covariance.shape[0])
        return jnp.exp(-jnp.linalg.slogdet(unit + covariance / width**2)[1] / 2.0)

    return kernel(2.0 * first) + kernel(2.0 * second) - 2.0 * kernel(first + second)
