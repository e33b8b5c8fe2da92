"""Convolutional denoisers and samplers of stationary images on a ring, of power that of c(j) = ρ^|j|."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Float, Key

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole, word
from lingen.models.images import stationary
from lingen.sims import convolutional as sim
from lingen.theory import convolutional as theory

__all__ = ["EXPERIMENT"]


def _draw(sampler: Partial, key: Key[Array, ""]) -> dict[str, Float[Array, ""]]:
    found = sampler(key)
    return {"disagreement": found.disagreement / found.energy, "convergence": found.shared / found.energy}


def _sampler(
    dim: int,
    samples: int,
    correlation: float,
    method: str,
    taps: int | None = None,
    noise: float | None = None,
) -> Partial:
    power = stationary.markov(correlation, dim)
    return Partial(_draw, sim.sampler(power, samples, taps, noise, method=method))


def _predict(
    dim: int,
    samples: Any,
    correlation: float,
    method: str,
    taps: int | None = None,
    noise: float | None = None,
) -> dict[str, np.ndarray]:
    power = stationary.markov(correlation, dim)
    found = np.asarray(theory.disagreement(power, np.asarray(samples, float), taps, noise))
    return {"disagreement": found, "convergence": 1.0 - found}


EXPERIMENT = Experiment(
    "convolutional",
    title="convolutional models converge with images times pixels",
    parameters={
        "samples": whole(at_least=1, default=4, symbol="n", title="images n"),
        "dim": whole(at_least=3, default=256, symbol="d", title="pixels d"),
        "taps": whole(at_least=1, optional=True, symbol="r", title="taps r, odd; all of the image if absent"),
        "noise": real(above=0, optional=True, unit="variance", symbol="s", title="noise s, or a sampler"),
        "correlation": real(
            at_least=0, below=1, default=0.8, symbol="ρ", title="correlation ρ of neighbours"
        ),
        "method": word(*sim.METHODS, default="auto", title="simulation method"),
    },
    sampler=_sampler,
    predict=_predict,
    observables={
        "disagreement": Observable("1 − q of two models of disjoint images"),
        "convergence": Observable("convergence q of two models of disjoint images"),
    },
    statement=r"$1-q\approx V/(nd\,a^\top Ba)$ of $r$ taps; of all frequencies exact at every $n$.",
    reference="derived (docs/derivations)",
)  # fmt: skip
