"""Combinations of denoisers: extrapolated from a weaker one, or averaged over training sets."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.parameters import real, whole
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import denoiser_combinations as sim
from lingen.theory import denoiser_combinations as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "denoiser_combinations",
    title="extrapolating from a weaker denoiser seldom helps, averaging several does, down to a floor",
    sim=sim,
    theory=theory,
    takes=("other", "noise", "models"),
    observables={
        "weight": Observable("weight w of least risk of (1+w)D₁ − wD₂"),
        "extrapolated": Observable("risk on a fresh point at that weight, per dimension", "variance"),
        "averaged": Observable("risk of the mean of k denoisers, per dimension", "variance"),
    },
    needs=("noise",),
    refuses=GAUSSIAN,
    noisy_data=False,
    more={
        "other": real(above=0, default=0.5, symbol="γ₂", title="load γ₂ of the other denoiser"),
        "models": whole(at_least=1, default=2, symbol="k", title="denoisers k that are averaged"),
    },
)
