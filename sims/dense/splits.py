"""Real data measured: two models trained on random disjoint subsets of one data set.

With X₁, X₂ of n rows each, S_i = X_iᵀX_i/n. Everything is exact in the seed z. Where n < d only the n × n
Gram matrix is decomposed: g(S) = g(0) + V(g(λ) − g(0))Vᵀ, so that large images cost what their number costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

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
    """(v̂₁ₖ·v̂₂ₖ)² of the k-th eigenvectors, in decreasing order of their eigenvalues."""
    product: Float[Array, "..."]
    """√(tr g(S₁)² · tr g(S₂)²), for halves of sources whose laws differ."""


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
        latents: how many leading eigenvectors to compare, at most min(n, d).
        groups: N labels: rows of one label (patches of a picture, copies) never come into both halves. Each
            row is its own when absent.
        own_mean: remove the mean of each half from it, for halves of sources that differ in their means.

    Raises:
        ValueError: if `data` is not a finite array of two axes, `samples` is above what each half holds
            (N/2 without groups) or `latents` above min(n, d).
    """
    array, samples = check_halves(data, samples, groups)
    latents = integer("latents", latents, low=1, high=min(samples, array.shape[1]))
    model = filters.gaussian() if filter is None else filter
    numbers = (jnp.arange(samples), jnp.arange(latents), jnp.asarray(own_mean, bool))
    return Partial(_split, array, chooser(groups, array.shape[0]), *numbers, model)


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
        return Partial(_any, jnp.arange(total))
    return Partial(by_source.orders, labels=jnp.asarray(labels), sizes=jnp.asarray(np.bincount(labels)))


def _any(rows: Int[Array, "N"], key: Key[Array, ""]) -> tuple[Int[Array, "N"], None]:
    return jr.permutation(key, rows.size), None


def _split(
    data: Float[Array, "N d"],
    choose: Partial,
    positions: Int[Array, "n"],
    ranks: Int[Array, "k"],
    own_mean: Bool[Array, ""],
    filter: Filter,
    key: Key[Array, ""],
) -> Split:
    order, other = choose(key)
    x = data[order[positions]]
    y = data[order[positions + positions.size] if other is None else other[positions]]
    x, y = (jnp.where(own_mean, half - half.mean(axis=0), half) for half in (x, y))
    one, two = _train(x, filter), _train(y, filter)
    dim = data.shape[1]
    alignment = one.vectors.T @ two.vectors
    first, second = _energy(one, dim), _energy(two, dim)
    extra, more = one.gains - one.rest, two.gains - two.rest
    shared = extra @ alignment**2 @ more + one.rest * more.sum() + two.rest * extra.sum()
    shared += one.rest * two.rest * dim
    scale = (first + second) * (jnp.sum(x**2) + jnp.sum(y**2)) / (2.0 * dim)
    # both models on both halves: what one half has too much of cancels between training and fresh points
    trained = _shared_energy(one, x) + _shared_energy(two, y)
    fresh = _shared_energy(one, y) + _shared_energy(two, x)
    return Split(
        shared,
        (first + second) / 2.0,
        trained / scale,
        fresh / scale,
        alignment[-1 - ranks, -1 - ranks] ** 2,
        jnp.sqrt(first * second),
    )


def _train(x: Float[Array, "n d"], filter: Filter) -> _Model:
    """g(S) = rest + V (gains − rest) Vᵀ, in increasing order of the eigenvalues."""
    samples, dim = x.shape
    if samples >= dim:
        values, vectors = jnp.linalg.eigh(x.T @ x / samples)
    else:
        values, left = jnp.linalg.eigh(x @ x.T / samples)
    # directions the subset does not have are exact zeros: they belong to the rest
    values = jnp.where(values > max(x.shape) * jnp.finfo(values.dtype).eps * values[-1], values, 0.0)
    if samples < dim:
        inverse = jnp.where(values > 0, 1.0 / jnp.sqrt(samples * jnp.where(values > 0, values, 1.0)), 0.0)
        vectors = x.T @ left * inverse
    padded = filter.on_spectrum(jnp.concatenate([jnp.zeros(dim - values.size), values]))
    gains = padded[dim - values.size :]
    return _Model(jnp.where(values > 0, gains, padded[0]), vectors, padded[0])


def _energy(model: _Model, dim: int) -> Float[Array, ""]:
    """tr g(S)²."""
    return jnp.sum(model.gains**2) + (dim - model.gains.size) * model.rest**2


def _shared_energy(model: _Model, x: Float[Array, "n d"]) -> Float[Array, ""]:
    """Σ_i x_iᵀ g(S)² x_i."""
    inside = jnp.sum((x @ model.vectors) ** 2 @ (model.gains**2 - model.rest**2))
    return inside + model.rest**2 * jnp.sum(x**2)
