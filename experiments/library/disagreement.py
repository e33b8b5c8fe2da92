"""Disagreement: along which modes two models trained on disjoint data draw different samples."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import experiment_on
from lingen.sims import disagreement as sim
from lingen.theory import disagreement as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "disagreement",
    title="two models disagree more on weak modes than on strong ones",
    sim=sim,
    theory=theory,
    observables={"modes": Observable("relative disagreement of two samples, averaged over modes")},
)
