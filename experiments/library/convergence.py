"""Convergence: do two models trained on disjoint data agree?"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from jax.tree_util import Partial

from lingen.experiments.experiment import Observable, Point
from lingen.experiments.truths import experiment_on, filter_at, filter_text, population_at
from lingen.models import population
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.sims import convergence as sim
from lingen.sims.dense.wishart import samples_for
from lingen.sims.krylov import draws as krylov
from lingen.sims.krylov.truncation import truncation_bias
from lingen.theory import convergence as theory

__all__ = ["EXPERIMENT", "predict", "sampler"]

LEAST_ROWS = 16


def sampler(
    truth: Population, dim: int, load: float, model: Filter | None, method: str, point: Point
) -> Partial:
    """The draw of q; the sizes of a Krylov chain, slow to find, are found once for all spikes."""
    if method != "krylov":
        return sim.sampler(truth, dim, load, model, method)
    text = filter_text(point)
    common = _krylov(dim, samples_for(load, dim), float(truth.eigenvalues[0]), truth.spikes.size, text)
    source = common.args[0].replace(spikes=truth.spikes)
    return Partial(common.func, source, *common.args[1:])


@lru_cache(maxsize=65536)
def _krylov(dim: int, samples: int, bulk: float, spikes: int, filter: str | None) -> Partial:
    truth = population.isotropic(bulk).with_spikes([2.0 * bulk] * spikes)
    rows = _rows(dim, samples, spikes + 1) if filter in (None, "gaussian") else None
    model = None if filter is None else filter_at({"filter": filter})
    return krylov.convergence_sampler(truth, dim, samples / dim, model, rows=rows)


def _rows(dim: int, samples: int, width: int) -> int:
    """The fewest rows of a band that keep q accurate: far fewer suffice where n is not close to d."""
    rows, complete = LEAST_ROWS, min(dim, samples)
    while rows < complete and truncation_bias(dim, samples, rows) > krylov.ACCURACY:
        rows *= 2
    return min(complete, width * rows)


def predict(truth: Population, load: Any, model: Filter | None, point: Point) -> dict[str, Any]:
    """q at these loads; it does not see the spikes, and is computed once for all their strengths."""
    bulk = tuple(sorted((k, v) for k, v in point.items() if k not in ("spike", "load", "method")))
    return {"convergence": _overlap(bulk, tuple(np.atleast_1d(load).tolist())).reshape(np.shape(load))}


@lru_cache(maxsize=256)
def _overlap(bulk: tuple[tuple[str, Any], ...], loads: tuple[float, ...]) -> np.ndarray:
    point = dict(bulk)
    return np.asarray(theory.overlap(population_at(point), np.asarray(loads), filter_at(point), point["dim"]))


EXPERIMENT = experiment_on(
    "convergence",
    title="two models trained on disjoint data converge, continuously in the load",
    sim=sim,
    draw=sampler,
    predict=predict,
    observables={"convergence": Observable("convergence q")},
)
