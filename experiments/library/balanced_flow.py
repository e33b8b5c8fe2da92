"""Rich and lazy learning: how far do two-layer denoisers agree while they are trained?"""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import balanced_flow as sim
from lingen.sims.dense.wishart import samples_for
from lingen.theory import balanced_flow as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "balanced_flow",
    title="two layers from a balanced start learn a filter between rich and lazy",
    parameters={
        "load": real(above=0, default=2.0, symbol="γ", title="load γ = n/d"),
        "time": real(above=0, default=0.5, symbol="t", title="time t"),
        "balance": real(above=0, default=1.0, symbol="b", title="balance b"),
        "noise": real(above=0, default=0.5, symbol="s", title="noise variance s"),
        "dim": whole(at_least=1, default=64, symbol="d", title="dimension d"),
    },
    sampler=sim.sampler,
    predict=lambda load, time, balance, noise, dim: theory.predict(load, time, balance, noise),
    observables={
        "convergence": Observable("convergence q"),
        "gain": Observable("mean gain tr A/d"),
    },
    drawn=lambda load, dim, **others: {"load": samples_for(load, dim) / dim},
    reference="Dominé et al., arXiv 2409.14623; derived (docs/derivations, G5)",
)
