"""Entropic transport between Gaussians: closed forms against Sinkhorn's iterations."""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real
from lingen.sims import entropic_transport as sim
from lingen.theory import entropic_transport as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "entropic_transport",
    title="entropic transport between Gaussians is known in closed form",
    parameters={
        "first": real(above=0, default=1.0, unit="variance", symbol="a", title="variance a of the first law"),
        "second": real(above=0, default=2.0, unit="variance", symbol="b", title="variance b of the other"),
        "epsilon": real(above=0, default=1.0, unit="variance", symbol="ε", title="entropic weight ε"),
    },
    sampler=lambda first, second, epsilon: sim.sampler(first, second, epsilon),
    predict=lambda first, second, epsilon: theory.predict(first, second, epsilon)._asdict(),
    observables={
        "cross_covariance": Observable("E xy of the plan", "variance"),
        "cost": Observable("entropic cost OT_ε", "variance"),
        "divergence": Observable("Sinkhorn divergence", "variance"),
    },
)
