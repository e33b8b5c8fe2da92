"""Pretraining: what unlabelled points are worth to a regression with few labels."""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import pretraining as sim
from lingen.sims.dense.wishart import samples_for
from lingen.theory import pretraining as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "pretraining",
    title="unlabelled points are worth nothing below the threshold of recovery",
    parameters={
        "strength": real(above=0, default=2.0, shapes=True, symbol="θ", title="strength θ of the latent"),
        "load": real(above=0, default=1.0, symbol="γ", title="unlabelled points a dimension, m/d"),
        "labels": whole(at_least=3, default=20, symbol="n", title="labelled points n"),
        "signal": real(at_least=0, default=1.0, symbol="b²", title="squared coefficient b² of the latent"),
        "noise": real(at_least=0, default=1.0, symbol="σ²", title="noise variance σ² of the labels"),
        "dim": whole(at_least=2, default=1024, symbol="d", title="dimension d"),
    },
    sampler=lambda strength, load, labels, signal, noise, dim: sim.sampler(
        dim, load, strength=strength, labels=labels, signal=signal, noise=noise
    ),
    predict=lambda strength, load, labels, signal, noise, dim: theory.predict(
        strength, load, labels, signal=signal, noise=noise
    ),
    observables={
        "recovery": Observable("recovery Q of the latent"),
        "risk": Observable("risk of the regression", "variance"),
    },
    drawn=lambda load, dim, **others: {"load": samples_for(load, dim) / dim},
    reference="derived (docs/derivations, A4)",
)
