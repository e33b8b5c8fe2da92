"""Distances measured between the true law N(0, Σ) and the learnt law N(0, C), C = g(S)².

For the Gaussian filter C = S. Given S every distance is exact; the max-sliced one is a maximum over
directions, found on a path of eigenproblems.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.models.filters import Filter
from lingen.models.observables import Distances
from lingen.models.population import Population
from lingen.sims.dense import leading, wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of
from lingen.sims.krylov import draws as krylov
from lingen.sims.recovery import ranks

__all__ = ["METHODS", "draw", "max_sliced_distance", "sampler"]

METHODS = methods.Methods("distances", ("dense", "krylov"))

Secant = tuple[Array, Array, Array, Array]

STARTS = (1.0, 1e6)
STEPS = 8


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None = None,
    method: str = "dense",
    *,
    max_sliced: bool = False,
) -> Partial:
    """A draw of the distances between truth and model.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.
        filter: the model, of covariance g(S)²; the Gaussian one when absent.
        method: one of `methods.METHODS`; "krylov" gives `wasserstein2` and `frobenius` alone, the others
            are None.
        max_sliced: whether to measure the max-sliced distance, at the price of 32 further
            eigendecompositions; the field is None otherwise.

    Raises:
        ValueError: for a load or a dimension out of range, an unknown method.
    """
    if methods.choose(METHODS, method, population, dim, filter).method == "krylov":
        return krylov.distances_sampler(population, dim, load, filter)
    source = wishart.source(population, dim, load)
    measure = _dense_max_sliced if max_sliced else _dense
    return Partial(measure, source, wishart.check_filter(filter, dim), population.spikes)


draw = draw_of(sampler, Distances)


@checked
def max_sliced_distance(learnt: Float[Array, "d d"], truth: Float[Array, "d"]) -> Float[Array, ""]:
    """The largest W2 distance of one-dimensional projections, max_u |√(uᵀCu) − √(uᵀΣu)|, Σ = diag(truth).

    At a maximum u is an extreme eigenvector of C − rΣ with r = √(uᵀCu/uᵀΣu): the top one where C is the
    larger (r >= 1), the bottom one where Σ is. This equation in log r is solved by secant steps, from two
    starts on either side, the outer one for a maximum in the null space of the smaller law; the largest
    value met is returned, a lower bound whose error is second order in that of r (derived).
    """
    sides = (True, True, False, False)

    def step(state: Secant, _: None) -> tuple[Secant, None]:
        log_ratio, before, gap_before, best = state
        found = [
            _extreme(learnt, truth, jnp.exp(x), top=top) for x, top in zip(log_ratio, sides, strict=True)
        ]
        target, values = (jnp.stack(part) for part in zip(*found, strict=True))
        gap = target - log_ratio
        change = _secant(log_ratio - before, gap, gap - gap_before)
        return (log_ratio + change, log_ratio, gap, jnp.maximum(best, jnp.max(values))), None

    start = jnp.log(jnp.asarray([*STARTS, *(1.0 / x for x in STARTS)]))
    state = (start, start, jnp.zeros_like(start), jnp.zeros(()))
    return jax.lax.scan(step, state, None, length=STEPS)[0][-1]


def _secant(moved: Array, gap: Array, fallen: Array) -> Array:
    """The secant step to a root of `gap`; the fixed-point step `gap` where the secant is no guide."""
    slope = fallen / jnp.where(moved == 0, 1.0, moved)
    usable = (moved != 0) & (slope < -0.05)
    return jnp.clip(jnp.where(usable, -gap / jnp.where(usable, slope, 1.0), gap), -15.0, 15.0)


def _extreme(learnt: Array, truth: Array, ratio: Array, *, top: bool) -> tuple[Array, Array]:
    """log √(uᵀCu/uᵀΣu) and |√(uᵀCu) − √(uᵀΣu)| of the extreme eigenvector u of C − rΣ."""
    place = jnp.asarray([truth.size - 1 if top else 0])
    u = leading.selected(learnt - ratio * jnp.diag(truth), place)[1][:, 0]
    one, two = jnp.sqrt(jnp.maximum(u @ learnt @ u, 0.0)), jnp.sqrt(jnp.sum(u**2 * truth))
    return jnp.log(jnp.maximum(one, 1e-9) / jnp.maximum(two, 1e-9)), jnp.abs(one - two)


def _dense_max_sliced(
    source: DataSource, filter: Filter, spikes: Float[Array, "r"], key: Key[Array, ""]
) -> Distances:
    return _measure(source, filter, spikes, key, max_sliced=True)


def _dense(source: DataSource, filter: Filter, spikes: Float[Array, "r"], key: Key[Array, ""]) -> Distances:
    return _measure(source, filter, spikes, key, max_sliced=False)


def _measure(
    source: DataSource, filter: Filter, spikes: Float[Array, "r"], key: Key[Array, ""], *, max_sliced: bool
) -> Distances:
    model = source.model(key)
    truth, dim = source.spectrum, source.spectrum.size
    variances = wishart.gains(model, filter) ** 2
    learnt = (model.vectors * variances) @ model.vectors.T
    error = learnt - jnp.diag(truth)
    forward, reverse = _divergences(model.vectors, variances, learnt, truth)
    root = jnp.sqrt(truth)
    shared = jnp.sum(jnp.sqrt(jnp.maximum(leading.eigenvalues(root[:, None] * learnt * root), 0.0)))
    return Distances(
        wasserstein2=(jnp.sum(truth) + jnp.sum(variances) - 2.0 * shared) / dim,
        kl_forward=forward,
        kl_reverse=reverse,
        frobenius=jnp.sum(error**2),
        operator_norm=jnp.max(jnp.abs(leading.eigenvalues(error))),
        subspace=_subspace(model.vectors, truth, spikes.size),
        max_sliced=max_sliced_distance(learnt, truth) if max_sliced else None,
    )


def _divergences(vectors: Array, variances: Array, learnt: Array, truth: Array) -> tuple[Array, Array]:
    """KL(truth ‖ model) and KL(model ‖ truth) = ½[tr(Σ⁻¹C) − d + log det Σ − log det C]."""
    regular = (jnp.min(variances) > 0) & (jnp.min(truth) > 0)
    variances, truth = jnp.where(regular, variances, 1.0), jnp.where(regular, truth, 1.0)
    gap = jnp.sum(jnp.log(variances)) - jnp.sum(jnp.log(truth))
    forward = jnp.sum(truth @ vectors**2 / variances) - truth.size + gap
    reverse = jnp.sum(jnp.diagonal(learnt) / truth) - truth.size - gap
    return jnp.where(regular, forward / 2, jnp.inf), jnp.where(regular, reverse / 2, jnp.inf)


def _subspace(vectors: Array, truth: Array, spikes: int) -> Array:
    """‖Π̂ − Π‖²_F / 2r of the eigenvectors of the spikes' ranks; 0 without spikes."""
    found = vectors[:spikes, truth.size - 1 - ranks(truth, spikes)]
    return 1.0 - jnp.sum(found**2) / spikes if spikes else jnp.zeros(())
