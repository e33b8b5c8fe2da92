"""Models equivariant under shifts by whole cells, of stationary images on a ring of c(j) = ρ^|j|."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Float, Key

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.models.images import stationary
from lingen.sims import equivariant as sim
from lingen.theory import equivariant as theory

__all__ = ["EXPERIMENT"]


def _draw(sampler: Partial, key: Key[Array, ""]) -> dict[str, Float[Array, ""]]:
    found = sampler(key)
    return {"disagreement": found.disagreement / found.energy, "convergence": found.shared / found.energy}


def _sampler(samples: int, cell: int, shifts: int, correlation: float, noise: float | None = None) -> Partial:
    power = stationary.markov(correlation, cell * shifts)
    return Partial(_draw, sim.stationary_sampler(power, samples, cell, noise))


def _predict(
    samples: Any, cell: int, shifts: int, correlation: float, noise: float | None = None
) -> dict[str, np.ndarray]:
    power = stationary.markov(correlation, cell * shifts)
    found = np.asarray(theory.stationary_disagreement(power, np.asarray(samples, float), cell, noise))
    return {"disagreement": found, "convergence": 1.0 - found}


EXPERIMENT = Experiment(
    "equivariant",
    title="models equivariant under shifts converge with images a pixel of the cell",
    parameters={
        "samples": whole(at_least=1, default=32, symbol="n", title="images n"),
        "cell": whole(at_least=1, default=16, symbol="w", title="pixels w of a cell"),
        "shifts": whole(at_least=1, default=16, symbol="L", title="cells L of an image"),
        "noise": real(above=0, optional=True, unit="variance", symbol="s", title="noise s, or a sampler"),
        "correlation": real(
            at_least=0, below=1, default=0.6, symbol="ρ", title="correlation ρ of neighbours"
        ),
    },
    sampler=_sampler,
    predict=_predict,
    along="samples",
    observables={
        "disagreement": Observable("1 − q of two models of disjoint images"),
        "convergence": Observable("convergence q of two models of disjoint images"),
    },
    statement=r"Equivariant under shifts by $w$ pixels: a dense model of a cell, load $n/w$, whatever $L$.",
    reference="derived (docs/derivations)",
)
