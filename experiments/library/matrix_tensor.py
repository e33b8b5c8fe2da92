"""The nested matrix–tensor model: what the unfolding of a tensor knows of a direction in its slices."""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import matrix_tensor as sim
from lingen.theory import matrix_tensor as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "matrix_tensor",
    title="an unfolding finds a hidden direction by two levels of noise",
    parameters={
        "strength": real(above=0, default=2.0, symbol="β_M", title="strength β_M of the matrix"),
        "ratio": real(above=0, default=1.0, symbol="ρ", title="strength ρ of the tensor"),
        "slices": whole(at_least=1, default=3, shapes=False, symbol="n₃", title="slices n₃"),
        "dim": whole(at_least=1, default=64, symbol="n₂", title="size n₁ = n₂ of the matrix"),
    },
    sampler=lambda strength, ratio, slices, dim: sim.sampler(
        strength, ratio, rows=dim, columns=dim, slices=slices
    ),
    predict=lambda strength, ratio, slices, dim: theory.predict(strength, ratio, dim, dim, slices),
    observables={
        "recovery": Observable("recovery Q of y"),
        "outlier": Observable("largest eigenvalue of the unfolding"),
    },
    reference="derived (docs/derivations, T1)",
)
