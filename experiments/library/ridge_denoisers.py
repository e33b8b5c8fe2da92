"""Ridge denoisers: the extra ridge that serves a trained denoiser best, which may be negative."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import ridge_denoisers as sim
from lingen.theory import ridge_denoisers as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "ridge_denoisers",
    title="a trained denoiser shrinks too much already: the best extra ridge is negative at low noise",
    sim=sim,
    theory=theory,
    takes=("noise",),
    observables={
        "risk": Observable("risk on a fresh point without an extra ridge, per dimension", "variance"),
        "best_ridge": Observable("extra ridge ϱ of least risk", "variance"),
        "best_risk": Observable("least risk on a fresh point, per dimension", "variance"),
    },
    needs=("noise",),
    refuses=GAUSSIAN,
    noisy_data=False,
)
