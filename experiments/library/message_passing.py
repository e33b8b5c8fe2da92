"""Latents with structure: what approximate message passing finds of them, step by step."""

from __future__ import annotations

from typing import Any

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole, word
from lingen.models.latents import priors
from lingen.models.latents.messages import STARTS, MessagePassing
from lingen.sims import message_passing as sim
from lingen.sims.dense.wishart import samples_for
from lingen.theory import message_passing as theory

__all__ = ["EXPERIMENT", "PRIORS", "laws"]

PRIORS = ("gauss", "rademacher", "sparse")


def laws(latent: str, weights: str, share: float) -> dict[str, priors.Prior]:
    """The priors of these names, ρ the share of a sparse one."""
    known = {"gauss": priors.gauss, "rademacher": priors.rademacher, "sparse": lambda: priors.sparse(share)}
    return {"latent": known[latent](), "weights": known[weights]()}


def _told(start: str, hint: float) -> dict[str, Any]:
    """A hint is for those that start from one."""
    return {"start": start} | ({"hint": hint} if start == "hint" else {})


def _predict(
    load: float, strength: float, hint: float, latent: str, weights: str, share: float, steps: int, dim: int,
    start: str = "hint",
) -> MessagePassing:  # fmt: skip
    given: dict[str, Any] = {"steps": steps, **_told(start, hint), **laws(latent, weights, share)}
    return theory.predict(load, strength, **given)


def _sampler(
    latent: str, weights: str, share: float, hint: float, start: str = "hint", **numbers: Any
) -> Any:
    given: dict[str, Any] = {**numbers, **_told(start, hint), **laws(latent, weights, share)}
    return sim.sampler(**given)


EXPERIMENT = Experiment(
    "message_passing",
    title="messages find a latent with structure where principal components know less",
    parameters={
        "load": real(above=0, default=2.0, shapes=True, symbol="γ", title="load γ = n/d"),
        "strength": real(above=0, default=1.5, symbol="θ", title="strength θ"),
        "start": word(*STARTS, optional=True, title="start: a hint if absent; spectral: principal component"),
        "hint": real(at_least=0, default=0.5, symbol="ϖ₀", title="signal-to-noise ratio ϖ₀ of a hint"),
        "latent": word(*PRIORS, default="rademacher", title="entries of v"),
        "weights": word(*PRIORS, default="gauss", title="entries of w"),
        "share": real(above=0, at_most=1, default=0.05, symbol="ρ", title="share ρ of entries not zero"),
        "steps": whole(at_least=1, default=8, symbol="t", title="steps t"),
        "dim": whole(at_least=1, default=2000, symbol="d", title="dimension d"),
    },
    sampler=_sampler,
    predict=_predict,
    observables={
        "path": Observable("overlap (v̂·v)² after each step"),
        "recovery": Observable("overlap (v̂·v)²"),
        "weight_recovery": Observable("overlap (ŵ·w)²"),
        "error": Observable("error ‖v̂ − v‖²/d"),
        "initial": Observable("overlap (y·v)² of the start"),
        "gain": Observable("gain over the start in the same instance"),
    },
    drawn=lambda load, dim, **others: {"load": samples_for(load, dim) / dim},
    reference="Lesieur, Krzakala & Zdeborová 2017; Montanari & Venkataramanan 2021; "
    "derived (docs/derivations, B1 and B2)",
)
