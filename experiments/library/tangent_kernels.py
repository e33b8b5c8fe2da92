"""Tangent kernels of two-layer linear networks: how far does training move them?"""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import tangent_kernels as sim
from lingen.theory import tangent_kernels as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "tangent_kernels",
    title="training moves the tangent kernel of m hidden units by 1/m",
    parameters={
        "width": whole(at_least=1, default=50, symbol="m", title="hidden units m"),
        "target": real(default=3.0, symbol="y", title="label y"),
    },
    sampler=sim.sampler,
    predict=theory.predict,
    observables={
        "start": Observable("tangent kernel before training"),
        "end": Observable("tangent kernel after training"),
        "drift": Observable("growth of the tangent kernel"),
    },
    reference="derived (docs/derivations, G6)",
)
