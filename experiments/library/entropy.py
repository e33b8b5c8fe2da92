"""Spectral entropy of a sample covariance."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import spectral_entropy as sim
from lingen.theory import spectral_entropy as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "entropy",
    title="the entropy of a sample covariance's spectrum, from few samples to many",
    draw=lambda truth, dim, load, model, method, point: sim.sampler(truth, dim, load),
    predict=lambda truth, load, model, point: theory.predict(truth, load, model, point["dim"])._asdict(),
    observables={
        "entropy": Observable("entropy −tr ρ log ρ of S/tr S", "nat"),
        "deficit": Observable("log d minus the entropy", "nat"),
    },
    refuses=GAUSSIAN,
)
