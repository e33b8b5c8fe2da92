"""Spectral entropy of a sample covariance."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import spectral_entropy as sim
from lingen.theory import spectral_entropy as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "spectral_entropy",
    former="entropy",
    title="the entropy of a sample covariance's spectrum, from few samples to many",
    sim=sim,
    theory=theory,
    observables={
        "entropy": Observable("entropy −tr ρ log ρ of S/tr S", "nat"),
        "deficit": Observable("log d minus the entropy", "nat"),
    },
    refuses=GAUSSIAN,
)
