"""Convergence and recovery side by side: the two objectives."""

from __future__ import annotations

from typing import Any

from jax.tree_util import Partial

from lingen.experiments.experiment import Observable, Point
from lingen.experiments.library import convergence
from lingen.experiments.truths import experiment_on
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.sims import decoupling as sim
from lingen.sims import recovery
from lingen.theory import recovery as latents

__all__ = ["EXPERIMENT"]


def _draw(
    truth: Population, dim: int, load: float, model: Filter | None, method: str, point: Point
) -> Partial:
    if method == "dense":
        return sim.sampler(truth, dim, load, model)
    first = convergence.sampler(truth, dim, load, model, method, point)
    return Partial(sim.apart, first, recovery.sampler(truth, dim, load, None, method))


def _predict(truth: Any, load: Any, model: Any, point: Point) -> dict[str, Any]:
    return convergence.predict(truth, load, model, point) | {"recovery": latents.recovery(truth, load)}


EXPERIMENT = experiment_on(
    "decoupling",
    title="convergence does not see the transition in which latents are recovered",
    sim=sim,
    draw=_draw,
    predict=_predict,
    observables={
        "convergence": Observable("convergence q"),
        "recovery": Observable("recovery Q of the latent factor"),
    },
    needs=("spike",),
)
