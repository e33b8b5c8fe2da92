"""Interpolation between modes: the mass that a denoiser which is too smooth leaves between two points."""

from __future__ import annotations

from typing import Any

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole, word
from lingen.sims import mode_interpolation as sim
from lingen.theory import mode_interpolation as theory

__all__ = ["EXPERIMENT"]


def _predict(
    denoiser: str,
    separation: float,
    width: float,
    steepness: float,
    sigma_min: float,
    sigma_max: float,
    reach: float,
    particles: int,
) -> dict[str, Any]:
    match denoiser:
        case "smoothed":
            found = theory.smoothed(separation, width, sigma_min, sigma_max, reach)
            return {"midpoint": found, "median": theory.root(separation, width)}
        case "clipped":
            return {"midpoint": theory.clipped(separation, steepness, sigma_min, reach)}
        case "linear":
            return {"midpoint": theory.linear(separation, reach)}
        case _:
            return {"midpoint": theory.exact(separation, sigma_min, sigma_max, reach), "median": separation}


EXPERIMENT = Experiment(
    "mode_interpolation",
    title="a denoiser of bounded slope leaves a power of the last noise between the modes",
    parameters={
        "denoiser": word(*sim.DENOISERS, default="smoothed", title="denoiser"),
        "separation": real(above=0, default=1.0, symbol="μ", title="half the distance μ of the modes"),
        "width": real(above=0, default=0.3, symbol="w", title="width w of the smoothing"),
        "steepness": real(above=0, default=4.0, symbol="L", title="slope L of the clipped denoiser"),
        "sigma_min": real(above=0, default=0.03, shapes=True, symbol="σ_min", title="last noise σ_min"),
        "sigma_max": real(above=0, default=3.0, shapes=True, symbol="σ_T", title="first noise σ_T"),
        "reach": real(above=0, default=0.01, symbol="δ", title="reach δ of the midpoint"),
        "particles": whole(at_least=16, default=2048, title="particles of a draw"),
    },
    sampler=lambda denoiser, **numbers: sim.sampler(denoiser, **numbers),
    predict=_predict,
    observables={
        "midpoint": Observable("mass within δ of the midpoint"),
        "median": Observable("median distance from the midpoint"),
    },
    reference="derived (docs/derivations, I1 to I4)",
)
