"""Linear denoisers: their risks on training and fresh points."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingen.experiments.experiment import Observable
from lingen.experiments.truths import experiment_on
from lingen.sims import denoising as sim
from lingen.theory import denoising as theory

__all__ = ["EXPERIMENT"]


def _predict(truth: Any, load: Any, model: Any, point: dict[str, Any]) -> dict[str, Any]:
    if model is not None:
        raise NotImplementedError(f"no denoising risk of {model.name}: only of the denoiser at its own noise")
    found = theory.predict(truth, load, noise=point["noise"])._asdict()
    return found | {"response": np.asarray(found["response"]) @ np.asarray(truth.weights)}


EXPERIMENT = experiment_on(
    "denoising",
    title="a denoiser trained on n samples behaves as if the noise were larger",
    draw=lambda truth, dim, load, model, method, point: sim.sampler(
        truth, dim, load, model, method, noise=point["noise"]
    ),
    predict=_predict,
    observables={
        "test_risk": Observable("risk of the denoiser on a fresh point, per dimension", "variance"),
        "train_risk": Observable("risk of the denoiser on a training point, per dimension", "variance"),
        "response": Observable("τ(S(S+s)⁻¹)"),
    },
    needs=("noise",),
    refuses=("ridge",),
    noisy_data=False,
    default_filter=None,
)
