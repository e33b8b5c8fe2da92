"""Wasserstein gradient flows: how far two generators that learn from disjoint data agree on the way."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.parameters import real, word
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import flows as sim
from lingen.theory import flows as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "flows",
    title="generators that flow from one start agree more on the way than at the end",
    sim=sim,
    theory=theory,
    takes=("time", "flow", "epsilon"),
    observables={"convergence": Observable("convergence q")},
    refuses=GAUSSIAN,
    more={
        "time": real(at_least=0, default=1.0, symbol="t", title="time t of the flow"),
        "flow": word(*theory.FLOWS, default="sinkhorn", title="functional whose gradient flow it is"),
        "epsilon": real(above=0, default=1.0, unit="variance", symbol="ε", title="entropic weight ε"),
    },
)
