"""Critics: how much variational estimates of mutual information fluctuate at their optimum."""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import critics as sim
from lingen.theory import critics as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "critics",
    title="the optimal critic's estimate of mutual information has a variance that grows like e^2I",
    parameters={
        "correlation": real(above=-1, below=1, default=0.2, symbol="ρ", title="correlation ρ of coordinates"),
        "dim": whole(at_least=1, default=8, symbol="d", title="dimension d"),
        "pairs": whole(at_least=2, default=256, symbol="n", title="pairs n of a draw"),
    },
    sampler=lambda correlation, dim, pairs: sim.sampler(correlation, dim, pairs=pairs),
    predict=lambda correlation, dim, pairs: theory.predict(correlation, dim)._asdict(),
    observables={
        "partition": Observable("n × variance of the estimated partition function"),
        "estimate": Observable("n × variance of the estimated mutual information", "nat²"),
    },
)
