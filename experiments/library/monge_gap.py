"""The Monge gap of Cholesky's generator."""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import monge_gap as sim
from lingen.sims.dense.wishart import samples_for
from lingen.theory import monge_gap as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "monge_gap",
    title="Cholesky's generator is not an optimal map, by less and less",
    parameters={
        "load": real(at_least=1, default=2.0, symbol="γ", title="load γ = n/d"),
        "dim": whole(at_least=1, default=64, symbol="d", title="dimension d"),
    },
    sampler=lambda load, dim: sim.sampler(dim, load),
    predict=lambda load, dim: theory.predict(load)._asdict(),
    drawn=lambda load, dim: {"load": samples_for(load, dim) / dim},
    observables={"gap": Observable("Monge gap per dimension", "variance")},
)
