"""Recovery of the latent factor: what the sample eigenvectors know of the spiked direction."""

from __future__ import annotations

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import GAUSSIAN, experiment_on
from lingen.sims import recovery as sim
from lingen.theory import recovery as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on(
    "recovery",
    title="a latent factor is recovered in a sharp transition",
    sim=sim,
    theory=theory,
    observables={
        "recovery": Observable("recovery Q of the latent factor"),
        "outlier": Observable("sample eigenvalue of the spike", "variance"),
        "agreement": Observable("squared overlap of the spike's eigenvectors of two models"),
    },
    needs=("spike",),
    refuses=GAUSSIAN,
)
