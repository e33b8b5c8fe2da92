"""Generative augmentation: does a regression learn from points that it generated itself?"""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import whole
from lingen.sims import augmentation as sim
from lingen.theory import augmentation as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "augmentation",
    title="a regression learns nothing from points that it generated itself",
    parameters={
        "samples": whole(at_least=3, default=40, symbol="n", title="real points n"),
        "generated": whole(at_least=0, default=40, symbol="m", title="generated points m"),
        "dim": whole(at_least=1, default=10, symbol="d", title="dimension d"),
    },
    sampler=sim.sampler,
    predict=theory.predict,
    observables={
        "risk": Observable("risk of least squares", "σ²"),
        "excess": Observable("risk added by generated points", "σ²"),
    },
    reference="derived (docs/derivations, A1)",
)
