"""Batches in entropic flows: what a batch's plan with itself does to the self term."""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import flow_batches as sim
from lingen.theory import flow_batches as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "flow_batches",
    title="points of one batch stick to themselves, those of two do not",
    parameters={
        "epsilon": real(above=0, default=8.0, unit="variance", symbol="ε", title="entropic weight ε"),
        "dim": whole(at_least=1, default=8, symbol="d", title="dimension d"),
        "points": whole(at_least=2, default=64, symbol="N", title="points N of a batch"),
    },
    sampler=lambda epsilon, dim, points: sim.sampler(epsilon, dim, points),
    predict=lambda epsilon, dim, points: theory.predict(epsilon, dim, points)._asdict(),
    observables={
        "one_batch": Observable("self term of one batch, per dimension"),
        "two_batches": Observable("self term of two batches, per dimension"),
    },
)
