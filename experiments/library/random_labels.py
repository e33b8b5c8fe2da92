"""Least squares on labels that tell nothing: which of its errors are universal."""

from __future__ import annotations

from typing import Any

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole, word
from lingen.sims import random_labels as sim
from lingen.sims.dense.wishart import ENTRIES
from lingen.theory import random_labels as theory

__all__ = ["EXPERIMENT"]


def _predict(samples: int, dim: int, entries: str, variance: float) -> dict[str, Any]:
    training = theory.training_error(samples, dim, variance)
    if entries != "gaussian" or samples < dim + 2:
        return {"training": training}
    return {
        "training": training,
        "generalisation": theory.generalisation_error(samples, dim, variance),
    }


EXPERIMENT = Experiment(
    "random_labels",
    title="the training error on random labels is universal, the error on fresh points is not",
    parameters={
        "samples": whole(at_least=1, default=40, symbol="n", title="points n"),
        "dim": whole(at_least=1, default=20, symbol="d", title="dimension d"),
        "entries": word(*ENTRIES, default="gaussian", title="law of x"),
        "variance": real(above=0, default=1.0, title="variance of the labels"),
    },
    sampler=sim.sampler,
    predict=_predict,
    observables={
        "training": Observable("training error"),
        "generalisation": Observable("error on a fresh point"),
    },
    reference="classical (docs/derivations, U2)",
)
