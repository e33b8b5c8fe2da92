"""Local denoisers without shared weights, of stationary images on a ring of c(j) = ρ^|j|."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Float, Key

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.models.images import stationary
from lingen.sims import local_denoisers as sim
from lingen.theory import local_denoisers as theory

__all__ = ["EXPERIMENT"]


def _draw(sampler: Partial, key: Key[Array, ""]) -> dict[str, Float[Array, ""]]:
    found = sampler(key)
    return {"disagreement": found.disagreement / found.energy, "convergence": found.shared / found.energy}


def _sampler(samples: int, dim: int, taps: int, correlation: float, noise: float) -> Partial:
    return Partial(_draw, sim.sampler(stationary.markov(correlation, dim), samples, taps, noise))


def _predict(samples: Any, dim: int, taps: int, correlation: float, noise: float) -> dict[str, np.ndarray]:
    power = stationary.markov(correlation, dim)
    found = np.asarray(theory.disagreement(power, np.asarray(samples, float), taps, noise))
    return {"disagreement": found, "convergence": 1.0 - found}


EXPERIMENT = Experiment(
    "local_denoisers",
    title="local denoisers without shared weights converge with images a pixel of the window",
    parameters={
        "samples": whole(at_least=1, default=32, symbol="n", title="images n"),
        "dim": whole(at_least=3, default=256, symbol="d", title="pixels d"),
        "taps": whole(at_least=1, default=17, symbol="r", title="pixels r of a window, odd or all"),
        "noise": real(above=0, default=0.3, unit="variance", symbol="s", title="noise s"),
        "correlation": real(
            at_least=0, below=1, default=0.6, symbol="ρ", title="correlation ρ of neighbours"
        ),
    },
    sampler=_sampler,
    predict=_predict,
    along="samples",
    observables={
        "disagreement": Observable("1 − q of two denoisers of disjoint images"),
        "convergence": Observable("convergence q of two denoisers of disjoint images"),
    },
    statement=r"Every pixel regressed on its own window of $r$ pixels: the theory of dense denoisers with "
    r"$\Sigma=C_W$ at the load $n/r$.",
    reference="derived (docs/derivations)",
)
