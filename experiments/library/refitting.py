"""Refitting: a model trained on samples of a model."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import refitting as sim
from lingen.theory import refitting as theory

__all__ = ["EXPERIMENT", "GENERATIONS"]

GENERATIONS = 2
"""Fits of a model: to the truth's samples, then to the first model's."""

EXPERIMENT = experiment_on(
    "refitting",
    title="models trained on samples of themselves lose their volume",
    draw=lambda truth, dim, load, model, method, point: sim.sampler(
        truth, dim, load, generations=GENERATIONS
    ),
    predict=lambda truth, load, model, point: theory.predict(
        truth, load, model, point["dim"], generations=GENERATIONS
    )._asdict(),
    observables={
        "second_moment": Observable("τ(Σ_t²) after two generations", "variance²"),
        "log_volume": Observable("log det Σ_t / d after two generations", "nat"),
    },
    refuses=GAUSSIAN,
)
