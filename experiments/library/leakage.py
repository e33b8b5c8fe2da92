"""Membership inference: what attacks tell of the training set."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import leakage as sim
from lingen.theory import leakage as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "leakage",
    title="leakage of the training set outlasts convergence",
    draw=lambda truth, dim, load, model, method, point: sim.sampler(truth, dim, load),
    predict=lambda truth, load, model, point: theory.predict(truth, load, model, point["dim"])._asdict(),
    observables={
        "blind": Observable("area under the ROC curve of an attacker who knows S"),
        "informed": Observable("area under the ROC curve of an attacker who knows S and Σ"),
    },
    refuses=GAUSSIAN,
)
