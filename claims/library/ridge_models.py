"""Claims of section N: the ridge model at any load, and which ridge is best for which distance."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, SMOOTH
from lingen.models import population
from lingen.sims import ridge_models as sim
from lingen.theory import ridge_models

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
RIDGE = 0.5
DIMS = (32, 96)


def _claim(name, title, statement, source, loads, observables, **more) -> Claim:
    """A claim on several observables at once, one component each, as d → ∞."""
    return Claim(
        name=name, title=title, section="N", statement=statement, reference=DERIVED, dims=DIMS, **SMOOTH, **more,
        grid={"load": loads},
        sampler=lambda dim, load: sim.sampler(source, dim, load, rho=RIDGE),
        measure=lambda draws: np.column_stack([getattr(draws, name) for name in observables]),
    )  # fmt: skip


def _divergences(load):
    return np.stack([f(TWO_ATOMS, load, RIDGE) for f in (ridge_models.kl_forward, ridge_models.kl_reverse)])


def _unrenormalised(load):
    """κ = ρ: the ridge as it is written, on the true covariance."""
    ratio = np.asarray(TWO_ATOMS.eigenvalues) / (np.asarray(TWO_ATOMS.eigenvalues) + RIDGE)
    return 0.5 * np.array([np.mean(ratio - 1.0 - np.log(ratio)), np.mean(1.0 / ratio - 1.0 + np.log(ratio))])


DIVERGENCES = _claim(
    "ridge-kl",
    "Both divergences of a ridge model, at any load",
    r"With $u=\rho/\kappa(\rho)$ and $\mathcal L=\tau\log(\Sigma+\kappa)+\log u+\gamma(u-1-\log u)$, finite below load one too: "
    r"$KL(\mathrm{truth}\|N(0,S+\rho))/d=\frac12[\tau(\Sigma(\Sigma+\kappa)^{-1})/u-1+\mathcal L-\tau\log\Sigma]$ and "
    r"$KL(N(0,S+\rho)\|\mathrm{truth})/d=\frac12[\rho\,\tau(\Sigma^{-1})-\mathcal L+\tau\log\Sigma]$; "
    r"half the eigenvalues at 1 and half at 10, $\rho=\frac12$.",
    TWO_ATOMS,
    (0.5, 2.0),
    ("kl_forward", "kl_reverse"),
    predict=_divergences,
    rivals={"one for both directions": lambda load: _divergences(load)[::-1], "κ = ρ": _unrenormalised},
    label="KL/d",
)


def _best(load):
    found = (ridge_models.best_forward, ridge_models.best_reverse, ridge_models.best_wasserstein2)
    return np.stack([best(ISOTROPIC, load) for best in found])


BEST = _claim(
    "ridge-best",
    "The best ridge depends on the distance",
    r"For $\Sigma=I$ and $c=1/\gamma$ the ridge of least KL(truth‖model) is $(x-1)(x-c)/x$, $x$ the largest root of $x^3-(1+c)x^2-cx+c^2$; "
    r"that of least KL(model‖truth) $1/(1+\gamma)$; that of least $W_2$ solves $\tau((S+\rho)^{-1/2})=1$: $2c$, $c$ and $\frac34c$ at large load.",
    ISOTROPIC,
    (0.25, 4.0),
    ("best_forward", "best_reverse", "best_wasserstein2"),
    predict=_best,
    rivals={
        "one ridge for all distances": lambda load: np.full(3, 1.0 / (1.0 + load)),
        "their limits 2c, c, ¾c": lambda load: np.array([2.0, 1.0, 0.75]) / load,
    },
    label="ρ*",
)
BEST_ANY = _claim(
    "ridge-best-two-atoms",
    "The best ridge for any spectrum",
    r"KL(truth‖model) is least where $\tau(\Sigma(S+\rho)^{-2})=\tau((S+\rho)^{-1})$: at large load $\rho^*=2c\,\tau(\Sigma^{-1})/\tau(\Sigma^{-2})$. "
    r"Half the eigenvalues at 1 and half at 10.",
    TWO_ATOMS,
    (2.0,),
    ("best_forward",),
    thorough=True,
    predict=lambda load: np.reshape(ridge_models.best_forward(TWO_ATOMS, load), 1),
    rivals={
        "the isotropic ridge at the mean variance": lambda load: 5.5 * _best(load)[:1],
        "the isotropic ridge": lambda load: _best(load)[:1],
    },
    label="ρ*",
)

CLAIMS: tuple[Claim, ...] = (DIVERGENCES, BEST, BEST_ANY)
