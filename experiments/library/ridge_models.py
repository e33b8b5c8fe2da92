"""Ridge models: how far they are from the truth, and which ridge brings them closest."""

from __future__ import annotations

from typing import Any

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import experiment_on
from lingen.sims import ridge_models as sim
from lingen.theory import ridge_models as theory

__all__ = ["EXPERIMENT"]


def _predict(truth: Any, load: Any, model: Any, point: dict[str, Any]) -> dict[str, Any]:
    found = theory.predict(truth, load, point["ridge"])._asdict()
    if truth.eigenvalues.size > 1 or truth.spikes.size:
        del found["best_wasserstein2"]  # no draw has it
    return found


EXPERIMENT = experiment_on(
    "ridge_models",
    title="a ridge brings the learnt law closer to the truth, and which ridge depends on the distance",
    sim=sim,
    draw=lambda truth, dim, load, model, method, point: sim.sampler(
        truth, dim, load, method, rho=point["ridge"]
    ),
    predict=_predict,
    observables={
        "kl_forward": Observable("KL(truth ‖ model)/d", "nat"),
        "kl_reverse": Observable("KL(model ‖ truth)/d", "nat"),
        "best_forward": Observable("ridge of least KL(truth ‖ model)", "variance"),
        "best_reverse": Observable("ridge of least KL(model ‖ truth)", "variance"),
        "best_wasserstein2": Observable("ridge of least W2", "variance"),
    },
    needs=("ridge",),
    refuses=("filter",),
)
