"""Claims of sections R and C: recovery has a critical point, whose place and exponents are inferred; convergence has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Key

from lingen.boundary import checked
from lingen.claims.inference import critical_points, scaling, transitions
from lingen.claims.inference.inferred import Band, Dots, FitPicture, Inference, InferredClaim
from lingen.claims.inference.scaling import Curves
from lingen.claims.library.sources import PAPER, Fields
from lingen.models import population
from lingen.sims import convergence as convergence_sim
from lingen.sims.engine.averages import mean_and_error
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.krylov import extremes
from lingen.words import measured

__all__ = ["CLAIMS", "measure"]

WINDOW = "Bloemendal & Virág 2013 (the critical window); " + PAPER
SPIKE = population.spiked([1.0])
LOADS = tuple(np.linspace(0.8, 1.25, 19).tolist())
DRAWS = {10**3: 2048, 10**4: 2048, 10**5: 2048, 10**6: 1024, 10**7: 1024}
OCTAVES = tuple(np.geomspace(0.5, 2.0, 11).tolist())
"""Loads at which the laws are compared, for Q and q the same. Through a narrow window of q a critical law passes with its
point at the window's end, ν at its least and large corrections; over two octaves it cannot bend so (docs/derivations)."""
FEW = dict.fromkeys(DRAWS, 128)
FALLING = {10**3: 512, 10**4: 512, 10**5: 256, 10**6: 128, 10**7: 64}
"""A draw of q has an error of about 0.6/√d: large sizes need few."""
STEPS = {"warmup": 300, "draws": 500}
"""Of the chains: the comparison uses 200 samples of each, R-hat and its tails more."""

Sampler = Callable[[int, float], Any]


@checked
def measure(
    sampler: Sampler,
    read: Callable[[Any], Any],
    loads: Sequence[float] | np.ndarray,
    draws: dict[int, int],
    key: Key[Array, ""],
    tell: Callable[[float, str], None] = lambda fraction, message: None,
    devices: Sequence[Any] | None = None,
) -> Curves:
    """Means with their standard errors at every load and dimension.

    Args:
        sampler: `sampler(dim, load)`, a draw.
        read: takes stacked draws to numbers.
        loads: γ.
        draws: how many, by dimension.
        key: typed key; every load and dimension has its own part of it.
        tell: told how far it is.
        devices: where to draw.
    """
    rows = []
    for i, (dim, count) in enumerate(draws.items()):
        for j, load in enumerate(loads):
            tell((i + j / len(loads)) / len(draws), f"d = {dim:,}, load {load:g}")
            own = jr.fold_in(jr.fold_in(key, np.uint32(dim)), j)
            values = np.asarray(read(ensemble(sampler(dim, load), own, count, devices)), float)
            rows.append((load, dim, *mean_and_error(values)))
    return scaling.curves(*np.array(rows).T)


def _critical(key: Any, tell: Any, devices: Any) -> Inference:
    draw, fit = jr.split(key)
    data = measure(
        lambda dim, load: extremes.sampler(SPIKE, dim, load),
        lambda found: found.recovery,
        LOADS,
        DRAWS,
        draw,
        lambda fraction, message: tell(0.7 * fraction, message),
        devices,
    )
    tell(0.7, "sampling the posterior")
    found = critical_points.critical(data, fit, order=1 / 3)  # of the corrections: Bloemendal & Virág 2013
    laws = ", ".join(f"{name} {weight:.2g}" for name, weight in found.weights.items())
    posterior, count = found.posterior, len(LOADS) * sum(DRAWS.values())
    return Inference(posterior, count, _collapsed(data, posterior), f"laws averaged: {laws}")


def _collapsed(data: Curves, posterior: Any) -> FitPicture:
    found = scaling.collapse(data, posterior)
    dots = [
        Dots(f"d = {dim:,.0f}", found.x[here], found.y[here], found.error[here])
        for dim in np.unique(data.size)
        if (here := np.asarray(data.size == dim)).any()
    ]
    order = np.argsort(found.x)
    line = Band("scaling function", found.x[order], found.function[order])
    return FitPicture("d^ν (γ − γ_c)", "d^β Q", tuple(dots), (line,), "asinh", "log")


def _compared(sampler: Sampler, read: Any, draws: dict[int, int], symbol: str) -> Any:
    """Both laws, with the logarithm of the load for control."""

    def infer(key: Any, tell: Any, devices: Any) -> Inference:
        draw, fit = jr.split(key)
        data = measure(sampler, read, OCTAVES, draws, draw, lambda f, m: tell(0.6 * f, m), devices)
        tell(0.6, "fitting a smooth and a critical law")
        found = transitions.compare(data._replace(control=jnp.log(data.control)), fit, **STEPS)
        better = "critical" if found.difference > 0 else "smooth"
        note = f"the {better} law foretells better by {measured(abs(found.difference), found.error)} nats"
        return Inference(found.evidence, len(OCTAVES) * sum(draws.values()), _curves(data, symbol), note)

    return infer


def _curves(data: Curves, symbol: str) -> FitPicture:
    mean = np.exp(data.log_mean)
    dots = [
        Dots(
            f"d = {dim:,.0f}",
            np.asarray(data.control)[here],
            mean[here],
            (mean * np.asarray(data.relative_error))[here],
        )
        for dim in np.unique(data.size)
        if (here := np.asarray(data.size == dim)).any()
    ]
    return FitPicture("load γ", symbol, tuple(dots), (), "log", "log")


THRESHOLD = InferredClaim(
    name="recovery-critical-point",
    title="The critical point of recovery and its exponents",
    section="R",
    statement=r"Near its threshold the recovery of a latent factor is $Q=d^{-\beta}F(d^{\nu}(\gamma-\gamma_c))$ with one function "
    r"$F$ for all dimensions, $\gamma_c=1/\theta^2$ and $\beta=\nu=1/3$; here $\theta=1$, $d=10^3$ to $10^7$. $F$, $\gamma_c$, $\beta$ and "
    r"$\nu$ are inferred from $Q$ alone, averaged over laws with and without corrections to scaling, of the order $d^{-1/3}$.",
    reference=WINDOW,
    grid={"quantity": ("critical_point", "nu", "beta")},
    predict=lambda quantity: {"critical_point": 1.0, "nu": 1 / 3, "beta": 1 / 3}[quantity],
    infer=_critical,
    tolerance={"critical_point": 0.01, "nu": 0.15, "beta": 0.15},
    symbols={"critical_point": "γ_c", "nu": "ν", "beta": "β"},
    rivals={
        "fluctuations of a sum, β = ν = 1/2": lambda quantity: 1.0 if quantity == "critical_point" else 0.5,
        "edge fluctuations, ν = 2/3": lambda quantity: {"nu": 2 / 3}.get(
            quantity, 1.0 if quantity == "critical_point" else 1 / 3
        ),
    },
    label="Q",
    thorough=True,
)
TRANSITION: Fields = {
    "reference": PAPER,
    "grid": {"quantity": ("weight",)},
    "symbols": {"weight": "weight of a transition"},
    "scale": 1.0,
    "resolution": 0.05,
    "thorough": True,
}
"""Whether there is a critical point."""
SHARP = InferredClaim(
    name="recovery-has-a-transition",
    title="Recovery has a critical point",
    section="R",
    statement=r"Against the load, $Q$ of $\theta=1$ sharpens with the dimension: a critical law foretells measurements left out "
    r"better than a smooth law with finite-size terms. The weight of the critical law is 1. Loads from $\frac12$ to 2, "
    r"$d=10^3$ to $10^7$.",
    **TRANSITION,
    predict=lambda quantity: 1.0,
    infer=_compared(
        lambda dim, load: extremes.sampler(SPIKE, dim, load), lambda found: found.recovery, FEW, "Q"
    ),
    rivals={"no critical point": lambda quantity: 0.0},
)
CONTINUOUS = InferredClaim(
    name="convergence-has-no-transition",
    title="Convergence has no critical point",
    section="C",
    statement=r"Against the load, $q$ of the same models has the same smooth curve at every dimension: the smooth law foretells "
    r"measurements left out better than a critical one. The weight of the critical law is 0. "
    r"Same $\theta=1$, loads from $\frac12$ to 2 and dimensions, $10^3$ to $10^7$, as for $Q$. (Neither law is a small sharp "
    r"part on a smooth curve: sharp-spiked excludes that, to $10^{-5}$.)",
    **TRANSITION,
    predict=lambda quantity: 0.0,
    infer=_compared(
        lambda dim, load: convergence_sim.sampler(SPIKE, dim, load, method="krylov"),
        lambda found: found.convergence,
        FALLING,
        "q",
    ),
    rivals={"a critical point, as recovery has": lambda quantity: 1.0},
)

CLAIMS: tuple[InferredClaim, ...] = (THRESHOLD, SHARP, CONTINUOUS)
