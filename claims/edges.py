"""Claims of section R on the edge of the spectrum: Tracy–Widom, outliers, and the threshold between (R4, R5)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jax.tree_util import Partial
from scipy import special

from lingen.claims.claim import Claim
from lingen.models import population
from lingen.sims import extremes, krylov
from lingen.theory import critical, edges, recovery, tracy_widom

__all__ = ["CLAIMS"]

WINDOW = "Bloemendal & Virág 2013; derived (docs/derivations.md)"
NONE = population.isotropic()
WEAK = population.spiked([0.25])
CRITICAL = population.spiked([1.0])
STRONG = population.spiked([2.0])
DIM = 1 << 15
THREE_SIZES = (1_000, 8_000, 64_000)


def _claim(name, title, statement, reference, **kw) -> Claim:
    return Claim(name=name, title=title, section="R", statement=statement, reference=reference, **kw)


def _below(values, marks):
    """Whether each value lies below each of some marks: the means are those of a distribution function."""
    return (np.asarray(values)[:, None] <= marks).astype(float)


def _rescaled(location, scale, draw, key):
    return (draw(key).largest - location) / scale


def _multiplied(factor, draw, key):
    return factor * draw(key).recovery


# Below the threshold: Tracy–Widom

LEVELS = np.array([0.1, 0.5, 0.9])
EDGE = tracy_widom.scaling(DIM, DIM)


@lru_cache
def _quantiles():
    return np.array([tracy_widom.quantile(level) for level in LEVELS])


def _tracy_widom(name, title, rivals, **kw) -> Claim:
    return _claim(
        name,
        title,
        r"Without a latent above its threshold the largest eigenvalue of $nS$ is $\mu+\sigma s$ with $\mu=(\sqrt n+\sqrt d)^2$, "
        r"$\sigma=(\sqrt n+\sqrt d)(1/\sqrt n+1/\sqrt d)^{1/3}$ and $s$ of the Tracy–Widom law of real data, $\beta=1$: "
        r"$\lambda_{\max}$ fluctuates on the scale $d^{-2/3}$. Measured: the chance to lie below the law's 10, 50 and 90 % points.",
        "Johnstone 2001; Ma 2012",
        predict=lambda load: LEVELS,
        scale=1.0,
        rivals={"fluctuations on the scale d^(−1/2)": lambda load: np.full(LEVELS.shape, 0.5), **rivals},
        label="P(s ≤ quantile)",
        **kw,
    )


TRACY_WIDOM = _tracy_widom(
    "edge-tracy-widom",
    "The edge of the spectrum is Tracy–Widom",
    {"a normal s": lambda load: special.ndtr(_quantiles())},
    grid={"load": (1.0,)},
    sampler=lambda dim, load: extremes.sampler(NONE, dim, load),
    measure=lambda draws: _below((draws.largest - EDGE.location) / EDGE.scale, _quantiles()),
    dims=(DIM,),
    resolution=0.04,
)
TRACY_WIDOM_SHARP = _tracy_widom(
    "edge-tracy-widom-sharp",
    "The edge of the spectrum is Tracy–Widom, not Gaussian, not complex",
    {
        "normal, of the same mean and variance": lambda load: special.ndtr(
            (_quantiles() - tracy_widom.mean()) / np.sqrt(tracy_widom.variance())
        ),
        "the law of complex data, β = 2": lambda load: tracy_widom.complex_cdf(_quantiles()),
    },
    grid={"load": (1.0,)},
    sampler=lambda dim, load: Partial(
        _rescaled,
        *map(float, tracy_widom.scaling(dim, round(load * dim))),
        extremes.sampler(NONE, dim, load),
    ),
    measure=lambda draws: _below(draws, _quantiles()),
    dims=(64_000,),
    thorough=True,
)

# Above the threshold: Gaussian

WITHIN = np.array([0.25, 0.5, 0.75])
MARKS = special.ndtri((1 + WITHIN) / 2)


def _chance(factor):
    """The chance to lie within the marks if the variance were larger by a factor."""
    return 2 * special.ndtr(MARKS / np.sqrt(factor)) - 1


def _outlier(name, title, load, dim, models, drawn, sampler, **kw) -> Claim:
    """The law of an outlier, averaged over some number of independent models."""

    def rescaled(draws):
        spread = np.sqrt(edges.outlier_variance(STRONG, load)[0] / (models * load * dim))
        return np.abs(drawn(draws) - recovery.outlier(STRONG, load)[0]) / spread

    return _claim(
        name,
        title,
        r"Above its threshold an outlier is Gaussian on the scale $n^{-1/2}$: "
        r"$\sqrt n(\hat\lambda-\psi(\ell))\to N(0,2\ell^2(1-\gamma_c/\gamma))$. Measured: the chance to lie within the central 25, 50 "
        rf"and 75 %; $\theta=2$, $\gamma={load:g}$, $d={dim}$.",
        "Paul 2007; Bai & Yao 2008",
        grid={"load": (load,)},
        predict=lambda load: WITHIN,
        sampler=sampler,
        measure=lambda draws: _below(rescaled(draws), MARKS),
        dims=(dim,),
        scale=1.0,
        rivals={
            "fluctuations on the scale d^(−2/3)": lambda load: np.ones(WITHIN.shape),
            "the bulk does not repel: 2ℓ²": lambda load: _chance(
                1 / (1 - recovery.threshold(STRONG)[0] / load)
            ),
            "complex data: half the variance": lambda load: _chance(0.5),
        },
        label="P(|λ − ψ| ≤ quantile)",
        **kw,
    )


OUTLIER = _outlier(
    "edge-outlier",
    "An outlier is Gaussian",
    0.5,
    DIM,
    1,
    lambda draws: draws.largest,
    lambda dim, load: extremes.sampler(STRONG, dim, load),
    resolution=0.04,
)
OUTLIER_SHARP = _outlier(
    "edge-outlier-sharp",
    "An outlier is Gaussian: a million dimensions",
    1.0,
    1_000_000,
    2,
    lambda draws: draws.outlier[:, 0],
    lambda dim, load: krylov.recovery_sampler(STRONG, dim, load, rows=32),
    thorough=True,
)

# Hidden and at the threshold

SHARE = special.chdtri(1, 1 - LEVELS)


def _factor():
    return float(edges.hidden(WEAK, 1.0)[0])


HIDDEN = _claim(
    "edge-hidden",
    "A hidden latent has a share of order 1/d",
    r"Below the threshold the leading eigenvector holds $Q\simeq\frac{\ell}{(1-\theta\sqrt\gamma)^2}\,\frac{\chi^2_1}{d}$ of the "
    r"latent: nothing in the limit, and more than a random direction at every size. Measured: the chance to lie below "
    r"the 10, 50 and 90 % points; $\theta=0.25$, $\gamma=1$.",
    "Bloemendal, Knowles, Yau & Yin 2016; derived (docs/derivations.md)",
    grid={"load": (1.0,)},
    predict=lambda load: LEVELS,
    sampler=lambda dim, load: extremes.sampler(WEAK, dim, load),
    measure=lambda draws: _below(DIM * draws.recovery / _factor(), SHARE),
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


THRESHOLD = _claim(
    "edge-threshold",
    "At the threshold Q falls as d^(−1/3)",
    r"At $\gamma=\gamma_c=1/\theta^2$ the latent is neither found nor lost: $E[Q]\simeq\Phi(0)/(\ell L)$ with $\Phi(0)=0.84790$ and "
    r"$L^3=nd/(\sqrt n+\sqrt d)^2$, so $Q\sim d^{-1/3}$; here $\theta=1$, $d=1000$ and $d=64\,000$.",
    WINDOW,
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


SCALING = _claim(
    "edge-window",
    "Q at finite size is one function of d^(1/3)(γ − γ_c)",
    r"Near the threshold $\ell L\,E[Q]\to\Phi(w)$ for every $w=L(1-\theta\sqrt\gamma)$, $L\sim d^{1/3}$, with $\Phi(w)=-\frac{d}{dw}E[s_w]$ "
    r"from the spiked Tracy–Widom law: one function that joins $2|w|$ above the threshold to $1/w^2$ below.",
    WINDOW,
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

CLAIMS: tuple[Claim, ...] = (
    TRACY_WIDOM,
    OUTLIER,
    HIDDEN,
    THRESHOLD,
    TRACY_WIDOM_SHARP,
    OUTLIER_SHARP,
    SCALING,
)
