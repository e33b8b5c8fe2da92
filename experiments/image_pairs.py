"""Experiments on two models of disjoint stationary images, on a ring of c(j) = ρ^|j|: 1 − q and q."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import Parameter, real

__all__ = ["PairAgreement", "correlation", "experiment_on_pairs"]


class PairAgreement(NamedTuple):
    """What is observed of two models: numbers of a draw or a prediction, or what they are called."""

    disagreement: Any
    """1 − q."""
    convergence: Any
    """q."""


@checked
def correlation(default: float) -> Parameter:
    """The parameter ρ."""
    return real(at_least=0, below=1, default=default, symbol="ρ", title="correlation ρ of neighbours")


@checked
def experiment_on_pairs(
    name: str,
    *,
    draw: Callable[..., Partial],
    disagreement: Callable[..., Any],
    models: str = "two models",
    **about: Any,
) -> Experiment:
    """An experiment on how far two such models agree.

    Args:
        name: its name.
        draw: the sampler of a `Convolved`, of the experiment's parameters by name.
        disagreement: theory for 1 − q, likewise; samples come as an array.
        models: what the models are called.
        about: further fields of `Experiment`.
    """

    def sampler(**point: Any) -> Partial:
        return Partial(_shares, draw(**point))

    def predict(samples: Any, **point: Any) -> dict[str, np.ndarray]:
        found = np.asarray(disagreement(samples=np.asarray(samples, float), **point))
        return PairAgreement(found, 1.0 - found)._asdict()

    observables = PairAgreement(
        Observable(f"1 − q of {models} of disjoint images"),
        Observable(f"convergence q of {models} of disjoint images"),
    )
    return Experiment(name, sampler=sampler, predict=predict, observables=observables._asdict(), **about)


def _shares(sampler: Partial, key: Key[Array, ""]) -> dict[str, Float[Array, ""]]:
    found = sampler(key)
    return PairAgreement(found.disagreement / found.energy, found.shared / found.energy)._asdict()
