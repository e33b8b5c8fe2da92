"""Claims of section N: the best extra ridge of a trained denoiser is negative below noise 2."""

from __future__ import annotations

import numpy as np

from lingen import lazy
from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, SMOOTH
from lingen.models import population
from lingen.sims import ridge_denoisers as sim
from lingen.theory import ridge_denoisers
from lingen.theory.denoising import effective_noise

__all__ = ["CLAIMS"]

optimize = lazy.module("scipy.optimize")
ISOTROPIC = population.isotropic()
LOAD = 2.0


def _best(noise):
    best = ridge_denoisers.best_ridge(ISOTROPIC, LOAD, noise)
    return np.stack([best, ridge_denoisers.risk(ISOTROPIC, LOAD, noise, best)])


def _with(ridge):
    """A rival: another ridge, and the risk that it would have."""

    def rival(noise):
        value = ridge(noise)
        return np.stack([value, ridge_denoisers.risk(ISOTROPIC, LOAD, noise, value)])

    return rival


def _undone(noise):
    """The ϱ with κ(s+ϱ) = s, at which the learnt denoiser shrinks like the true one."""
    total = optimize.brentq(lambda t: float(effective_noise(ISOTROPIC, LOAD, t)) - noise, 1e-9 * noise, noise)
    return total - noise


BEST = Claim(
    name="ridge-denoiser-best",
    title="The best extra ridge of a denoiser is negative below noise 2",
    section="N",
    statement=r"The denoiser $S(S+s+\varrho)^{-1}$ at noise $s$ ($\Sigma=I$, $x=1+\kappa(s+\varrho)$, $c=1/\gamma$) is best on fresh data at "
    r"$(1+s)(x-1)(x-c)x^2=s(x^2-c)^2$, $\varrho=(x-1)(x-c)/x-s$, with the risk $(1+s)(x-1)^2/(x^2-c)+s(2-x)/x$: at large load "
    r"$\varrho=\frac s\gamma\frac{s-2}{1+s}$. Here $\gamma=2$; measured: $\varrho$ and the risk.",
    reference=DERIVED,
    **SMOOTH,
    grid={"noise": (0.3, 4.0)},
    predict=_best,
    sampler=lambda dim, noise: sim.sampler(ISOTROPIC, dim, LOAD, noise=noise),
    measure=lambda draws: np.column_stack([draws.best_ridge, draws.best_risk]),
    dims=(32, 96),
    rivals={
        "none is best, ϱ = 0": _with(lambda noise: 0.0),
        "undo the renormalisation, κ(s+ϱ) = s": _with(_undone),
        "the large-load ridge": _with(lambda noise: noise / LOAD * (noise - 2.0) / (1.0 + noise)),
    },
    label="ϱ, risk",
)

CLAIMS: tuple[Claim, ...] = (BEST,)
