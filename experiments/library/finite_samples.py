"""Distances that samples of one law have to each other and to the law, for no reason but their size."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import finite_samples as sim
from lingen.theory import finite_samples as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "finite_samples",
    title="two samples of one law differ by their size alone: FID, sliced distance, MMD",
    sim=sim,
    theory=theory,
    observables={
        "fid": Observable("W2²/d of two samples", "variance"),
        "sliced": Observable("averaged-sliced W2² of a sample and the truth", "variance"),
        "mmd": Observable("MMD² of a sample and the truth, h² = dτ(Σ)"),
    },
    refuses=GAUSSIAN,
)
