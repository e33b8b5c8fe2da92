"""Claims of section R on the latent's share of the leading eigenvector below, at and around its threshold (R4)."""

from __future__ import annotations

import numpy as np
from jax.tree_util import Partial
from scipy import special

from lingen.claims.claim import Claim
from lingen.claims.library.sources import SCALED, UNIT
from lingen.models import population
from lingen.sims.krylov import extremes
from lingen.theory import edges
from lingen.theory.edge import critical

__all__ = ["CLAIMS"]

WINDOW = "Bloemendal & Virág 2013; derived (docs/derivations)"
WEAK = population.spiked([0.25])
CRITICAL = population.spiked([1.0])
DIM = 1 << 15
THREE_SIZES = (1_000, 8_000, 64_000)
LEVELS = np.array([0.1, 0.5, 0.9])
SHARE = special.chdtri(1, 1 - LEVELS)


def _multiplied(factor, draw, key):
    return factor * draw(key).recovery


def _factor():
    return float(edges.hidden(WEAK, 1.0)[0])


HIDDEN = Claim(
    name="edge-hidden",
    title="A hidden latent has a share of order 1/d",
    section="R",
    statement=r"Below the threshold the leading eigenvector holds $Q\simeq\frac{\ell}{(1-\theta\sqrt\gamma)^2}\,\frac{\chi^2_1}{d}$ of the "
    r"latent: nothing in the limit, and more than a random direction at every size. Measured: the chance to lie below "
    r"the 10, 50 and 90 % points; $\theta=0.25$, $\gamma=1$.",
    reference="Bloemendal, Knowles, Yau & Yin 2016; derived (docs/derivations)",
    **UNIT,
    grid={"load": (1.0,)},
    predict=lambda load: LEVELS,
    sampler=lambda dim, load: extremes.sampler(WEAK, dim, load),
    measure=lambda draws: (np.asarray(DIM * draws.recovery / _factor())[:, None] <= SHARE).astype(float),
    dims=(DIM,),
    scale=1.0,
    rivals={
        "a random direction: χ²₁/d": lambda load: special.chdtr(1, _factor() * SHARE),
        "Q falls as d^(−1/3)": lambda load: np.zeros(LEVELS.shape),
    },
    label="P(dQ ≤ quantile)",
    resolution=0.04,
)


def _at_threshold(dim):
    """E[Q] where θ√γ = 1, at load one."""
    return float(critical.latent(0.0) / (2.0 * critical.length(dim, 1.0)))


def _falling(power):
    """The right value at the smaller dimension, continued by another power of d."""
    return lambda dim, load: _at_threshold(THREE_SIZES[0]) * (dim / THREE_SIZES[0]) ** -power


THRESHOLD = Claim(
    name="edge-threshold",
    title="At the threshold $Q$ falls as $d^{-1/3}$",
    section="R",
    statement=r"At $\gamma=\gamma_c=1/\theta^2$ the latent is neither found nor lost: $E[Q]\simeq\Phi(0)/(\ell L)$ with $\Phi(0)=0.84790$ and "
    r"$L^3=nd/(\sqrt n+\sqrt d)^2$, so $Q\sim d^{-1/3}$; here $\theta=1$, $d=1000$ and $d=64\,000$.",
    reference=WINDOW,
    **SCALED,
    grid={"load": (1.0,)},
    predict=lambda dim, load: _at_threshold(dim),
    sampler=lambda dim, load: extremes.sampler(CRITICAL, dim, load),
    measure=lambda draws: draws.recovery,
    dims=(THREE_SIZES[0], THREE_SIZES[-1]),
    exact=True,
    rivals={
        "Q falls as d^(−1/2)": _falling(1 / 2),
        "Q falls as d^(−1/4)": _falling(1 / 4),
        "Q falls as 1/d": _falling(1.0),
    },
    label="Q",
    resolution=0.08,
)


def _window_sampler(dim, load, offset):
    """ℓ L Q with θ√γ = 1 − w/L."""
    length = critical.length(dim, load)
    strength = (1.0 - offset / length) / np.sqrt(load)
    draw = extremes.sampler(population.spiked([strength]), dim, load)
    return Partial(_multiplied, float(length * (1.0 + strength)), draw)


SCALING = Claim(
    name="edge-window",
    title="Q at finite size is one function of d^(1/3)(γ − γ_c)",
    section="R",
    statement=r"Near the threshold $\ell L\,E[Q]\to\Phi(w)$ for every $w=L(1-\theta\sqrt\gamma)$, $L\sim d^{1/3}$, with $\Phi(w)=-\frac{d}{dw}E[s_w]$ "
    r"from the spiked Tracy–Widom law: one function that joins $2|w|$ above the threshold to $1/w^2$ below.",
    reference=WINDOW,
    **SCALED,
    points=(
        {"load": 1.0, "offset": -1.0},
        {"load": 1.0, "offset": 0.0},
        {"load": 1.0, "offset": 1.0},
        {"load": 4.0, "offset": 0.0},
    ),
    predict=lambda load, offset: critical.latent(offset),
    sampler=_window_sampler,
    dims=THREE_SIZES,
    order=(1 / 3,),
    rivals={
        "sharp at every size: 2|w| or nothing": lambda load, offset: max(0.0, -2.0 * offset),
        "a latent found at its threshold: Φ = 1": lambda load, offset: 1.0,
    },
    label="ℓLQ",
    thorough=True,
    resolution=0.05,
)

CLAIMS: tuple[Claim, ...] = (HIDDEN, THRESHOLD, SCALING)
