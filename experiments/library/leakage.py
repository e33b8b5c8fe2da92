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
    sim=sim,
    theory=theory,
    observables={
        "blind": Observable("area under the ROC curve of an attacker who knows S"),
        "informed": Observable("area under the ROC curve of an attacker who knows S and Σ"),
    },
    refuses=GAUSSIAN,
)
