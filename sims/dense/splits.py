"""Real data measured: two models trained on random disjoint subsets of one data set.

With X₁, X₂ of n rows each, S_i = X_iᵀX_i/n. Everything is exact in the seed z. Where n < d only the n × n
Gram matrix is decomposed: g(S) = g(0) + V(g(λ) − g(0))Vᵀ, so that large images cost what their number costs.
Small matrices have rows of zeros below those of a half: one program serves all n.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Bool, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import finite, integer
from lingen.models import filters
from lingen.models.filters import Filter
from lingen.sims.dense import by_source

__all__ = ["Split", "check_halves", "chooser", "sampler"]

SMALL = 128
"""Up to this dimension another n takes longer to compile than a d × d eigendecomposition to run."""
FEW = 1 << 18
"""Numbers of a half up to which it is laid out as long as the largest."""


class Split(NamedTuple):
    """Two models of disjoint halves: one entry a pair of halves."""

    shared: Float[Array, "..."]
    """tr(g(S₁)g(S₂))."""
    energy: Float[Array, "..."]
    """(tr g(S₁)² + tr g(S₂)²)/2; q is the mean of `shared` over the mean of `energy`."""
    cosine_variance: Float[Array, "..."]
    """d × variance of the cosine of a sample with a training point."""
    fresh_variance: Float[Array, "..."]
    """d × variance of the cosine of a sample with a point of the other half."""
    agreement: Float[Array, "... k"]
    """(v̂₁ₖ·v̂₂ₖ)² of the k-th eigenvectors, in decreasing order of their eigenvalues; 0 beyond the rank."""
    product: Float[Array, "..."]
    """√(tr g(S₁)² · tr g(S₂)²), for halves of sources whose laws differ."""


class _Half(NamedTuple):
    rows: Float[Array, "rows d"]
    """x; rows beyond n are zero."""
    square: Float[Array, "m m"]
    """xᵀx, or where there are fewer rows than dimensions xxᵀ."""

    @property
    def tall(self) -> bool:
        """Whether `square` is xᵀx."""
        return self.rows.shape[0] >= self.rows.shape[1]


class _Model(NamedTuple):
    gains: Float[Array, "m"]
    vectors: Float[Array, "d m"]
    rest: Float[Array, ""]


@checked
@at_once
def sampler(
    data: ArrayLike,
    samples: int,
    filter: Filter | None = None,
    *,
    latents: int = 1,
    groups: Sequence[Any] | np.ndarray | None = None,
    own_mean: bool = False,
) -> Partial:
    """A draw of `Split`: a function of a key, to be given to `ensemble`.

    Args:
        data: shape (N, d), with its mean removed by the caller.
        samples: n of each half, at most N/2.
        filter: the model; the Gaussian one when absent.
        latents: how many leading eigenvectors to compare, at most d.
        groups: N labels: rows of one label (patches of a picture, copies) never come into both halves. Each
            row is its own when absent.
        own_mean: remove the mean of each half from it, for halves of sources that differ in their means.

    Raises:
        ValueError: if `data` is not a finite array of two axes, `samples` is above what each half holds
            (N/2 without groups) or `latents` above d.
    """
    array, samples = check_halves(data, samples, groups)
    total, dim = array.shape
    latents = integer("latents", latents, low=1, high=dim)
    model = filters.gaussian() if filter is None else filter
    positions = np.arange(_rows(samples, by_source.capacity(groups, total), dim))
    numbers = (np.asarray(samples), positions, np.arange(latents), np.asarray(own_mean, bool))
    return Partial(_split, array, chooser(groups, total), *map(jax.device_put, numbers), model)


@checked
def check_halves(
    data: ArrayLike, samples: int, groups: Sequence[Any] | np.ndarray | None = None
) -> tuple[Float[Array, "N d"], int]:
    """Return both; `ValueError` unless `data` is a finite (N, d) that holds two sets of `samples` rows."""
    array = finite("data", data)
    if array.ndim != 2 or array.shape[0] < 2:
        raise ValueError(f"data must have shape (N >= 2, d), got {array.shape}")
    return array, integer("samples", samples, low=1, high=by_source.capacity(groups, array.shape[0]))


@checked
def chooser(groups: Sequence[Any] | np.ndarray | None, total: int) -> Partial:
    """A function of a key: two orders of rows with disjoint beginnings, or one that serves both halves."""
    labels = by_source.labels_of(groups, total)
    if labels is None:
        return Partial(_any, jax.device_put(np.arange(total)))
    return Partial(by_source.orders, labels=jnp.asarray(labels), sizes=jnp.asarray(np.bincount(labels)))


def _any(rows: Int[Array, "N"], key: Key[Array, ""]) -> tuple[Int[Array, "N"], None]:
    return jr.permutation(key, rows.size), None


def _rows(samples: int, most: int, dim: int) -> int:
    """Rows to lay out for a half, of at most `most`: few sizes where matrices are small."""
    if dim > SMALL:
        return samples
    return most if most * dim <= FEW else min(most, 1 << (samples - 1).bit_length())


def _split(
    data: Float[Array, "N d"],
    choose: Partial,
    samples: Int[Array, ""],
    positions: Int[Array, "rows"],
    ranks: Int[Array, "k"],
    own_mean: Bool[Array, ""],
    filter: Filter,
    key: Key[Array, ""],
) -> Split:
    order, other = choose(key)
    later = (order, positions + samples) if other is None else (other, positions)
    inside = (positions < samples)[:, None]

    def half(order: Array, places: Array) -> _Half:
        x = jnp.where(inside, data[jnp.take(order, places, mode="clip")], 0.0)
        mean = jnp.where(own_mean, jnp.sum(x, axis=0) / samples, 0.0)
        x = jnp.where(inside, x - mean, 0.0)
        return _Half(x, x.T @ x if x.shape[0] >= x.shape[1] else x @ x.T)

    x, y = half(order, positions), half(*later)
    one, two = (_train(part, samples, filter) for part in (x, y))
    dim = data.shape[1]
    alignment = one.vectors.T @ two.vectors
    first, second = _energy(one, dim), _energy(two, dim)
    extra, more = one.gains - one.rest, two.gains - two.rest
    shared = extra @ alignment**2 @ more + one.rest * more.sum() + two.rest * extra.sum()
    shared += one.rest * two.rest * dim
    scale = (first + second) * (jnp.trace(x.square) + jnp.trace(y.square)) / (2.0 * dim)
    # both models on both halves: what one half has too much of cancels between training and fresh points
    trained = _shared_energy(one, x) + _shared_energy(two, y)
    fresh = _shared_energy(one, y) + _shared_energy(two, x)
    places = jnp.maximum(alignment.shape[0] - 1 - ranks, 0)
    return Split(
        shared,
        (first + second) / 2.0,
        trained / scale,
        fresh / scale,
        jnp.where(ranks < alignment.shape[0], alignment[places, places] ** 2, 0.0),
        jnp.sqrt(first * second),
    )


def _train(half: _Half, samples: Int[Array, ""], filter: Filter) -> _Model:
    """g(S) = rest + V (gains − rest) Vᵀ, in increasing order of the eigenvalues."""
    dim = half.rows.shape[1]
    values, vectors = jnp.linalg.eigh(half.square / samples)
    # directions the subset does not have are exact zeros: they belong to the rest
    least = jnp.maximum(samples, dim) * jnp.finfo(values.dtype).eps * values[-1]
    values = jnp.where(values > least, values, 0.0)
    if not half.tall:
        vectors = half.rows.T @ vectors / jnp.sqrt(samples * jnp.where(values > 0, values, 1.0))
    padded = filter.on_spectrum(jnp.concatenate([jnp.zeros(dim - values.size), values]))
    gains = jnp.where(values > 0, padded[dim - values.size :], padded[0])
    return _Model(gains, jnp.where(values > 0, vectors, 0.0), padded[0])


def _energy(model: _Model, dim: int) -> Float[Array, ""]:
    """tr g(S)²."""
    return jnp.sum(model.gains**2) + (dim - model.gains.size) * model.rest**2


def _shared_energy(model: _Model, half: _Half) -> Float[Array, ""]:
    """Σ_i x_iᵀ g(S)² x_i = tr(g(S)² xᵀx): where there are many rows, of their d × d products alone."""
    if half.tall:
        seen = jnp.sum(model.vectors * (half.square @ model.vectors), axis=0)
    else:
        seen = jnp.sum((half.rows @ model.vectors) ** 2, axis=0)
    return seen @ (model.gains**2 - model.rest**2) + model.rest**2 * jnp.trace(half.square)
