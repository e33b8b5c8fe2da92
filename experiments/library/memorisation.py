"""Memorisation: how close samples of a model come to its training points."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import experiment_on
from lingen.sims import memorisation as sim
from lingen.theory import memorisation as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "memorisation",
    title="at small load a model samples its own training points",
    sim=sim,
    theory=theory,
    observables={
        "nearest_cosine": Observable("largest |cosine| of a sample with the training points"),
        "cosine_variance": Observable("d × variance of the cosine with a training point"),
        "fresh_variance": Observable("d × variance of the cosine with a fresh point"),
    },
)
