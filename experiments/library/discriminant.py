"""Discriminant analysis of real and generated points: when does a generator's sample improve a classifier?"""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import discriminant as sim
from lingen.theory import discriminant as theory

__all__ = ["EXPERIMENT"]


def _drawn(separation: float, load: float, ratio: float, dim: int) -> dict[str, float]:
    samples, generated = sim.counts(dim, load, ratio)
    return {"load": samples / dim, "ratio": generated / samples}


EXPERIMENT = Experiment(
    "discriminant",
    title="generated points help a classifier by the covariance that the generator knows",
    parameters={
        "separation": real(above=0, default=1.0, symbol="μ²", title="squared distance of a class from 0"),
        "load": real(above=1, default=2.0, symbol="γ", title="load γ = n/d"),
        "ratio": real(at_least=0, default=1.0, symbol="m/n", title="generated points a real one, m/n"),
        "dim": whole(at_least=1, default=64, symbol="d", title="dimension d"),
    },
    sampler=lambda separation, load, ratio, dim: sim.sampler(dim, load, separation=separation, ratio=ratio),
    predict=lambda separation, load, ratio, dim: theory.predict(separation, load, ratio),
    observables={
        "without": Observable("accuracy without generated points"),
        "means": Observable("accuracy, covariance known to all"),
        "known": Observable("accuracy, covariance known to the generator"),
        "estimated": Observable("accuracy, covariance estimated by the generator"),
        "gain": Observable("accuracy gained, covariance known to the generator"),
    },
    drawn=_drawn,
    reference="derived (docs/derivations, A2 and A3)",
)  # fmt: skip
