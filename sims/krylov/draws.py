"""method="krylov": draws that are exact in law and need no matrix, at any dimension.

The truth is isotropic, Σ = σI, but for finitely many spikes. A training set is then known, on the Krylov
space of r spiked and s further directions z, from a band of independent χ and normal variables
(`bidiagonal`), and two training sets meet outside the shared directions in a Haar matrix (`haar`). Traces are
replaced by

    τ̂(A) = (1/d) [Σ_i v_iᵀAv_i + (d−r)/s · Σ_j z_jᵀAz_j],

with z an orthonormal frame in the complement of the spikes: unbiased at every n and d, with fluctuations
O(1/√(s d)), and the trace itself when s = d − r. A draw is exact in law for these observables of s seeds;
what is cut is the end of the chain (`terminator`), and nothing when rows >= min(n, d).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Key

from lingen.boundary import at_once, checked
from lingen.checks import positive
from lingen.models.filters import PCA, Filter, Gaussian, gaussian
from lingen.models.observables import Convergence, Distances, Memorisation, Recovery
from lingen.models.population import Population
from lingen.sims.dense.groups import groups, shared
from lingen.sims.krylov import bidiagonal, haar, outliers
from lingen.sims.krylov.chains import ChainSource, assemble, bulk_variance, check_rows, sizes, source
from lingen.sims.krylov.forms import Forms, closes, forms
from lingen.sims.krylov.truncation import outlier_rows

__all__ = ["convergence_sampler", "distances_sampler", "memorisation_sampler", "recovery_sampler"]

ACCURACY = 1e-6


@checked
@at_once
def convergence_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None = None,
    accuracy: float = ACCURACY,
    *,
    seeds: int = 1,
    rows: int | None = None,
) -> Partial:
    """A draw of q = τ̂(g(S₁)g(S₂)) / √(τ̂(g(S₁)²) τ̂(g(S₂)²)).

    Args:
        population: isotropic, with any number of spikes.
        dim: d, of any size.
        load: γ = n/d of each training set.
        filter: the model; the Gaussian one when absent.
        accuracy: bound of the truncation bias of τ(g), relatively; it sets the number of rows.
        seeds: s >= 1, at most d − r.
        rows: rows of the band to keep, in the place of `accuracy`.

    Raises:
        ValueError: for a bulk of more than one eigenvalue, a filter of ranks (PCA), more spikes than
            dimensions, or a number out of range.
    """
    return _filtered(_convergence, population, dim, load, filter, accuracy, seeds, rows)


@checked
@at_once
def memorisation_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None = None,
    accuracy: float = ACCURACY,
    *,
    seeds: int = 1,
    rows: int | None = None,
) -> Partial:
    """A draw of the cosine variances τ̂(Sg²)/(τ(Σ)τ̂(g²)) and τ̂(Σg²)/(τ(Σ)τ̂(g²)); see `convergence_sampler`.

    `nearest_cosine` is a maximum over the n training points, which no chain holds: it is None.
    """
    return _filtered(_memorisation, population, dim, load, filter, accuracy, seeds, rows)


@checked
@at_once
def distances_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None = None,
    accuracy: float = ACCURACY,
    *,
    seeds: int = 1,
    rows: int | None = None,
) -> Partial:
    """A draw of W2²/d = τ̂(Σ) + τ̂(g²) − 2τ̂((Σ^{1/2}g²Σ^{1/2})^{1/2}) and of ‖S−Σ‖²_F = d τ̂((S−Σ)²).

    The other distances need the whole spectrum of S: they are None. Arguments as in `convergence_sampler`.

    Raises:
        ValueError: also for spikes with another filter than the Gaussian one.
    """
    if population.spikes.size and not isinstance(filter, Gaussian | PCA | None):
        raise ValueError(f"filter must be gaussian for W2 with spikes by krylov, got {filter.name}")
    return _filtered(_distances, population, dim, load, filter, accuracy, seeds, rows)


@checked
@at_once
def recovery_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: object = None,
    accuracy: float = ACCURACY,
    *,
    rows: int | None = None,
) -> Partial:
    """A draw of Q, the outliers (means over two models) and the agreement of the two, one entry a spike.

    Args:
        population: isotropic, with at least one spike, all spikes above the bulk.
        dim: d, of any size; a spike that does not stand out needs O(d^{1/3}) rows, one that does a number
            that does not depend on d.
        load: γ = n/d of each training set, n above the number of spikes.
        filter: ignored; no filter changes eigenvectors.
        accuracy: bound of the squared length of an eigenvector beyond the kept rows.
        rows: rows of the band to keep, in the place of `accuracy`.

    Raises:
        ValueError: for a bulk of more than one eigenvalue, no spike or one that is not above the bulk, or a
            number out of range.
    """
    spikes = np.asarray(population.spikes)
    if spikes.size == 0:
        raise ValueError("population must have at least one spike, got none")
    bulk = bulk_variance(population)
    if spikes.min() <= bulk:
        raise ValueError(
            f"spikes must lie above the bulk eigenvalue {bulk:g} for krylov, got {spikes.min():g}"
        )
    dim, samples = sizes(population, dim, load)
    if samples <= spikes.size:
        raise ValueError(f"load must give more samples than the {spikes.size} spikes, got {samples}")
    if rows is None:
        ratio = float(spikes.min()) / bulk
        rows = outlier_rows(dim, samples, spikes.size, ratio, float(positive("accuracy", accuracy)))
    else:
        rows = check_rows(rows, spikes.size, dim, samples)
    return Partial(_recovery, assemble(population, dim, samples, 0, rows))


def _filtered(
    draw: Callable[..., Any],
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None,
    accuracy: float,
    seeds: int,
    rows: int | None,
) -> Partial:
    """A draw of chains and a filter."""
    if isinstance(filter, PCA):
        raise ValueError(f"filter must be a function of single eigenvalues for krylov, got {filter.name}")
    filter = gaussian() if filter is None else filter
    return Partial(draw, source(population, dim, load, filter, accuracy, seeds=seeds, rows=rows), filter)


def _pair(trained: Callable[[Array], Any], keys: Key[Array, "2"], together: bool) -> Any:
    """Two models, one after the other where they factorise: stacks of that can wait for ever on CPU."""
    if together:
        return jax.vmap(trained)(keys)
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), trained(keys[0]), trained(keys[1]))


def _convergence(source: ChainSource, filter: Filter, key: Key[Array, ""]) -> Convergence:
    models, meeting = jr.split(key)
    found: Forms = _pair(lambda k: forms(source.chain(k), filter), jr.split(models), closes(filter))
    gain, power = found.gain, found.power
    rest = power - gain @ gain
    outside = haar.cross(meeting, rest[0], rest[1], source.dim - gain.shape[1], source.meeting)
    common = source.trace(jnp.diagonal(gain[0] @ gain[1] + outside))
    norms = source.trace(jnp.diagonal(power[0])) * source.trace(jnp.diagonal(power[1]))
    return Convergence(common / jnp.sqrt(norms))


def _memorisation(source: ChainSource, filter: Filter, key: Key[Array, ""]) -> Memorisation:
    found = forms(source.chain(key), filter)
    power = jnp.diagonal(found.power)
    scale = source.trace(source.variances) * source.trace(power)
    trained = source.trace(jnp.diagonal(found.energy)) / scale
    return Memorisation(None, trained, source.trace(source.variances * power) / scale)


def _distances(source: ChainSource, filter: Filter, key: Key[Array, ""]) -> Distances:
    variances = source.variances
    model = forms(source.chain(key), filter)
    if source.spikes.size:
        root = forms(source.chain(key, variances**2 / source.bulk), gaussian()).gain
    else:
        root = model.gain
    root = jnp.sqrt(source.bulk) * root
    displaced = source.trace(variances + jnp.diagonal(model.power) - 2.0 * jnp.diagonal(root))
    first, second = bidiagonal.leading_moments(source.chain(key))
    square = jnp.diagonal(second) - 2.0 * variances * jnp.diagonal(first) + variances**2
    return Distances(displaced, None, None, source.dim * source.trace(square), None, None, None)


def _recovery(source: ChainSource, key: Key[Array, ""]) -> Recovery:
    models, meeting = jr.split(key)
    count = source.spikes.size

    def trained(key: Array) -> tuple[Array, Array]:
        chain = source.chain(key)
        values = outliers.largest(chain, count + 1)
        return values[:-1], outliers.shadows(chain, values)

    values, inside = jax.vmap(trained)(jr.split(models))
    rest = jnp.eye(count) - jnp.swapaxes(inside, 1, 2) @ inside
    outside = haar.cross(meeting, rest[0], rest[1], source.dim - count, source.meeting)
    together = groups(source.spikes)
    known = jnp.mean(jax.vmap(lambda c: shared(c, together))(inside), axis=0)
    return Recovery(known, jnp.mean(values, axis=0), shared(inside[0].T @ inside[1] + outside, together))
