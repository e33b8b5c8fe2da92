"""Distances between the true and the learnt law: of the bulk, and of the latents."""

from __future__ import annotations

from typing import Any

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import experiment_on
from lingen.sims import distances as sim
from lingen.theory import distances as theory

__all__ = ["EXPERIMENT"]


def _predict(truth: Any, load: Any, model: Any, point: dict[str, Any]) -> dict[str, Any]:
    found = theory.predict(truth, load, model, point["dim"])._asdict()
    return {k: v for k, v in found.items() if v is not None and k != "max_sliced"}  # no draw has that


EXPERIMENT = experiment_on(
    "distances",
    title="bulk and latents are two different distances to the truth",
    sim=sim,
    predict=_predict,
    observables={
        "wasserstein2": Observable("W2²/d between truth and model", "variance"),
        "kl_forward": Observable("KL(truth ‖ model)", "nat"),
        "kl_reverse": Observable("KL(model ‖ truth)", "nat"),
        "frobenius": Observable("‖S − Σ‖²_F", "variance²"),
        "operator_norm": Observable("‖S − Σ‖", "variance"),
        "subspace": Observable("1 − Q of the spike"),
    },
)
