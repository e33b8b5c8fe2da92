"""What the explorer shows of the theory, tabulated.

Σ is a power law of `DIM` eigenvalues σ_k = k^−a (a = 0: isotropic) with a spike 1 + θ; the model is the ridge
filter √(λ+ρ). Tables end at γ = 1, where eigenvalues reach 0, and at the threshold γ_c of the spike.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from lingen.models import filters, population
from lingen.models.images import stationary
from lingen.models.population import Population
from lingen.scripts.figures.explorer.chebyshev import Side, Tabulated, coefficients, values
from lingen.theory import (
    convergence,
    convolutional,
    distances,
    equivariant,
    local_denoisers,
    memorisation,
    recovery,
)
from lingen.theory.spectrum import spectral_law

__all__ = [
    "CORRELATION", "DIM", "EXPONENTS", "LOADS", "NOISE", "PARTS", "RIDGES", "SPIKES", "TAPS", "TOP", "ranks",
    "tables", "truth",
]  # fmt: skip

DIM = 256
LOADS, SPIKES, EXPONENTS, RIDGES = (0.05, 20.0), (0.2, 8.0), (0.0, 2.0), (0.0, 1.0)
TOP = 12
"""Eigenvalues that stand apart at many samples, each at its own rank; those below share what is left."""
PARTS = (np.r_[0:8, 8:24:2, 24:224:8, 224:244:3, 243] + 0.5) / (DIM - TOP)
"""Places among the eigenvalues below: not all, for a page of moderate size."""
SIDES = {
    "below": Side("load", "below", 1.0, LOADS[0], 32),
    "above": Side("load", "above", 1.0, LOADS[1], 32),
}
EXPONENT = Side("exponent", "root", *EXPONENTS, 20)
FINE = EXPONENT._replace(degrees=32)
"""Of eigenvalues: at a small exponent the largest part from the others."""
RIDGE = Side("ridge", "fourth", *RIDGES, 22)
SPIKE = Side("spike", "log", *SPIKES, 18)
PART = Side("part", "log", 1e-6, 1.0, 32)
"""γ_c/γ, of a latent that is found."""
CORRELATION, NOISE, TAPS = 0.6, 0.3, (1, 3, 5, 9, 17, 33, 65, 129, 0)
"""Of denoisers of images: c(j) = ρ^|j| on a ring of `DIM` pixels, noise variance, windows (0: all pixels)."""
SAMPLES = Side("samples", "log", LOADS[0] * DIM, LOADS[1] * DIM, 24)


@lru_cache(maxsize=64)
def truth(exponent: float, spike: float | None = None) -> Population:
    """Σ at an exponent, with a spike 1 + θ if there is one."""
    bulk = population.power_law(exponent, DIM) if exponent else population.isotropic()
    return bulk if spike is None else bulk.with_spikes([1.0 + spike])


def tables(tell: Callable[[float], None] = lambda done: None) -> list[Tabulated]:
    """All of them; `tell` hears which share of the work is done."""
    return [*_models(tell), *_spectra(), *_latents(), *_windows()]


def _models(tell: Callable[[float], None]) -> list[Tabulated]:
    loads = {name: values(side) for name, side in SIDES.items()}
    every = np.concatenate(list(loads.values()))
    shape = (every.size, EXPONENT.degrees, RIDGE.degrees)
    found = {name: np.empty(shape) for name in ("q", "m", "w")}
    for i, a in enumerate(values(EXPONENT)):
        bulk = truth(float(a))
        for j, rho in enumerate(values(RIDGE)):
            model = filters.ridge(float(rho))
            found["q"][:, i, j] = convergence.overlap(bulk, every, model)
            found["m"][:, i, j] = np.log(np.asarray(memorisation.ratio(bulk, every, model)) - 1.0)
            size = 2.0 * float(bulk.moment(1.0)) + float(rho)
            found["w"][:, i, j] = np.asarray(distances.wasserstein2(bulk, every, model)) / size
        tell((i + 1) / EXPONENT.degrees)
    made = []
    for name, known in found.items():
        for side, part in zip(SIDES, np.split(known, [loads["below"].size]), strict=True):
            axes = (SIDES[side], EXPONENT, RIDGE)
            log = name == "m"
            made.append(Tabulated(f"{name}_{side}", axes, coefficients(part, 3), log, float(log)))
    return made


def _spectra() -> list[Tabulated]:
    made = []
    for name, side in SIDES.items():
        loads = values(side)
        known = np.empty((loads.size, FINE.degrees, TOP + PARTS.size))
        edge = np.empty((loads.size, FINE.degrees))
        for i, a in enumerate(values(FINE)):
            bulk = truth(float(a))
            for k, load in enumerate(loads):
                known[k, i] = spectral_law.quantile(bulk, float(load), 1.0 - ranks(float(load)))
            edge[:, i] = recovery.upper_edge(bulk, loads)
        axes = (side, FINE)
        made += [
            Tabulated(f"spectrum_{name}", axes, coefficients(np.log(known), 2), True),
            Tabulated(f"edge_{name}", axes, coefficients(np.log(edge), 2), True),
        ]
    return made


def ranks(load: float) -> np.ndarray:
    """Shares of all eigenvalues above those that are tabulated at a load."""
    below = min(1.0, load) - TOP / DIM
    return np.r_[(np.arange(TOP) + 0.5) / DIM, TOP / DIM + below * PARTS]


def _latents() -> list[Tabulated]:
    spikes, exponents, parts = values(SPIKE), values(EXPONENT), values(PART)
    needed = np.empty((spikes.size, exponents.size))
    known, outlier = np.empty((2, parts.size, *needed.shape))
    for i, theta in enumerate(spikes):
        for j, a in enumerate(exponents):
            found = truth(float(a), float(theta))
            needed[i, j] = recovery.threshold(found)[0]
            loads = needed[i, j] / parts
            known[:, i, j] = recovery.recovery(found, loads)[:, 0]
            outlier[:, i, j] = recovery.outlier(found, loads)[:, 0]
    whole = (PART, SPIKE, EXPONENT)
    return [
        Tabulated("threshold", whole[1:], coefficients(np.log(needed), 2), True),
        Tabulated("latent", whole, coefficients(known, 3)),
        Tabulated("outlier", whole, coefficients(np.log(outlier), 3), True),
    ]


def _windows() -> list[Tabulated]:
    power, samples = stationary.markov(CORRELATION, DIM), values(SAMPLES)
    shared = [convolutional.disagreement(power, samples, taps or None, NOISE) for taps in TAPS]
    local = [local_denoisers.disagreement(power, samples, taps or DIM, NOISE) for taps in TAPS]
    dense = equivariant.stationary_disagreement(power, samples, DIM, NOISE)
    known = {"shared": np.stack(shared, axis=1), "local": np.stack(local, axis=1), "dense": np.asarray(dense)}
    return [Tabulated(name, (SAMPLES,), coefficients(np.log(row), 1), True) for name, row in known.items()]
