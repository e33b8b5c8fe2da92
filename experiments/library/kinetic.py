"""Kinetic energies of probability paths from noise to the law that a model has learnt."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import kinetic as sim
from lingen.theory import kinetic as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "kinetic",
    title="the best probability path is a straight chord of a flat plane",
    sim=sim,
    theory=theory,
    observables={
        "optimal": Observable("kinetic energy of the best schedule, per dimension"),
        "conditional": Observable("kinetic energy of conditional optimal transport, per dimension"),
        "preserving": Observable("kinetic energy of the best schedule with a² + m² = 1, per dimension"),
        "trigonometric": Observable("kinetic energy of a = sin(πt/2), m = cos(πt/2), per dimension"),
    },
    refuses=GAUSSIAN,
)
