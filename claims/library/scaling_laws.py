"""Claims on scaling exponents, inferred from simulation alone: power laws of convergence, divergence, memorisation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax.random as jr
import numpy as np

from lingen.claims.inference import exponents, maxima
from lingen.claims.inference.adequacy import Fit
from lingen.claims.inference.exponents import Means
from lingen.claims.inference.inferred import Band, Dots, FitPicture, Inference, InferredClaim
from lingen.claims.library.sources import PAPER
from lingen.models import population
from lingen.models.posterior import Posterior
from lingen.sims import distances as distance_sim
from lingen.sims import memorisation as memorisation_sim
from lingen.sims import power_laws as power_law_sim
from lingen.sims.engine.averages import mean_and_error
from lingen.sims.engine.ensemble import ensemble

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()

Measure = Callable[[int], tuple[Callable[[Any], Any], Callable[[Any], Any]]]
"""For a number of samples n: a draw, and what takes stacked draws to numbers."""


def _inference(
    measure: Measure,
    sizes: Sequence[int],
    draws: int,
    fit: Callable[[Means, Any], Fit | Posterior],
    shown: Callable[[Posterior, np.ndarray], np.ndarray],
    label: str,
) -> Callable[..., Inference]:
    """Draw at every size, fit, and show the data with the fitted shape."""

    def infer(key: Any, tell: Any, devices: Any) -> Inference:
        draw, chain = jr.split(key)
        rows = []
        for i, size in enumerate(sizes):
            tell(0.7 * i / len(sizes), f"n = {size}")
            sampler, read = measure(size)
            values = np.asarray(read(ensemble(sampler, jr.fold_in(draw, size), draws, devices)), float)
            rows.append((size, *mean_and_error(values)))
        tell(0.7, "sampling the posterior")
        data = exponents.means(*np.array(rows).T)
        found = fit(data, chain)
        posterior, note = (found.posterior, _weights(found)) if isinstance(found, Fit) else (found, "")
        return Inference(posterior, draws * len(sizes), _picture(data, posterior, shown, label), note)

    return infer


def _weights(found: Fit) -> str:
    """The laws averaged over that count."""
    told = [f"{name} {weight:.2g}" for name, weight in found.weights.items() if weight > 0.01]
    return "laws averaged: " + ", ".join(told) if len(found.weights) > 1 else ""


def _picture(data: Means, posterior: Posterior, shown: Any, label: str) -> FitPicture:
    size, mean, error = (np.asarray(values) for values in data)
    shape = shown(posterior, size)
    factor = np.exp(np.mean(np.log(mean / shape)))
    return FitPicture(
        "n",
        label,
        (Dots("simulation", size, mean, error),),
        (Band("inferred law", size, factor * shape),),
        "log",
        "log",
    )


def _power(posterior: Posterior, size: np.ndarray) -> np.ndarray:
    return size ** -posterior.flat("exponent").mean()


def _convergence(
    name: str,
    exponent: float,
    dim: int,
    sizes: Sequence[int],
    draws: int,
    words: str,
    correction: bool,
    **kw: Any,
) -> InferredClaim:
    source = population.power_law(exponent, dim)
    known: dict[str, Any] = {"laws": ("power", "correction")}
    known |= {"order": 2.0 - exponent} if correction else {}
    return InferredClaim(
        name=name,
        title=f"The exponent of convergence: {words}",
        section="C",
        statement=rf"For $\sigma_k=k^{{-a}}$ and $d\to\infty$, $1-q\sim n^{{-\min(a-1,1)}}$; here $a={exponent:g}$, $d={dim}$, "
        + (
            r"what this leaves out is of order $1/n$, so a correction $n^{-\omega}$ has $\omega=2-a$; the rest is inferred."
            if correction
            else "with or without a correction, inferred (the logarithm of $a=2$ is no rival)."
        ),
        reference=PAPER,
        grid={"quantity": ("exponent",)},
        predict=lambda quantity: min(exponent - 1.0, 1.0),
        infer=_inference(
            lambda n: (power_law_sim.sampler(source, dim, n), lambda found: found.disagreement),
            sizes,
            draws,
            lambda data, key: exponents.power_law(data, key, **known),
            _power,
            "1 − q",
        ),
        symbols={"exponent": "exponent"},
        label="1 − q",
        thorough=True,
        **kw,
    )


def _largest(scale: np.ndarray) -> np.ndarray:
    return np.sqrt(scale - 0.5 * np.log(scale))


def _kl(samples: int) -> Any:
    dim = 16
    scale = samples / (dim * (dim + 1))
    return (
        distance_sim.sampler(ISOTROPIC, dim, samples / dim),
        lambda found: scale * np.asarray(found.kl_forward),
    )


STEEP = _convergence(
    "convergence-exponent-steep",
    3.0,
    512,
    (16, 24, 32, 48, 64, 96, 128),
    2048,
    "a steep power law",
    False,
    rivals={"a − 1 for every a": lambda quantity: 2.0, "n^(−1/2)": lambda quantity: 0.5},
    resolution=0.1,
)
FLAT = _convergence(
    "convergence-exponent-flat",
    1.75,
    8192,
    (8, 12, 16, 24, 32, 48, 64, 96, 128),
    1024,
    "a flat power law",
    True,
    rivals={"1/n for every a": lambda quantity: 1.0, "n^(−1/2)": lambda quantity: 0.5},
    resolution=0.15,
)
QUARTER = InferredClaim(
    name="distance-kl-quarter",
    title="The constant of the divergence",
    section="D",
    statement=r"At large load $KL(\mathrm{truth}\|\mathrm{model})\to\frac14\,d(d+1)/n$: the limit of $KL\cdot n/(d(d+1))$ and the power of $n$ "
    r"with which it is approached, $-1$, are inferred.",
    reference="derived (docs/derivations)",
    grid={"quantity": ("offset", "exponent")},
    predict=lambda quantity: {"offset": 0.25, "exponent": 1.0}[quantity],
    infer=_inference(
        _kl,
        (192, 256, 384, 512, 768, 1024, 2048, 4096),
        4096,
        lambda data, key: exponents.power_law(
            data, key, offset=True, laws=("offset", "correction and offset")
        ),
        lambda posterior, size: np.ones_like(size),
        "KL n / d(d+1)",
    ),
    tolerance={"offset": 0.05, "exponent": 0.5},
    symbols={"offset": "limit", "exponent": "power"},
    label="KL n / d(d+1)",
    rivals={
        "half as much, 1/8": lambda quantity: {"offset": 0.125}.get(quantity, 1.0),
        "twice as much, 1/2": lambda quantity: {"offset": 0.5}.get(quantity, 1.0),
    },
    thorough=True,
)
NEAREST = InferredClaim(
    name="memorisation-exponent",
    title="How memorisation fades with the number of samples",
    section="M",
    statement=r"With $n$ fixed and $d\to\infty$ the largest cosine of a sample with a training point falls as $\sqrt{\log n/n}$: "
    r"in $A\,n^{-\alpha}(L-\frac12\log L)^{1/2}$, $L=\log n+k$, the exponent is $\alpha=1/2$; $d=16384$.",
    reference=PAPER,
    grid={"quantity": ("exponent",)},
    predict=lambda quantity: 0.5,
    infer=_inference(
        lambda n: (
            memorisation_sim.sampler_thin(ISOTROPIC, 16384, n, seeds=32),
            lambda found: found.nearest_cosine,
        ),
        (4, 8, 16, 32, 64, 128),
        32,
        lambda data, key: maxima.extreme_law(data, key),
        lambda posterior, size: (
            size ** -posterior.flat("exponent").mean()
            * _largest(np.log(size / size.min()) + posterior.flat("shift").mean())
        ),
        "largest cosine",
    ),
    symbols={"exponent": "α"},
    label="largest cosine",
    rivals={"1/n": lambda quantity: 1.0, "n^(−1/3)": lambda quantity: 1 / 3},
    resolution=0.15,
    thorough=True,
)

CLAIMS: tuple[InferredClaim, ...] = (STEEP, FLAT, QUARTER, NEAREST)
