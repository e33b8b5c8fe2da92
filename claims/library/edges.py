"""Claims of section R on the largest eigenvalue: Tracy–Widom at the edge of the spectrum, Gaussian above it (R5)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from lingen.claims.claim import Claim
from lingen.claims.library.sources import UNIT
from lingen.models import population
from lingen.sims.krylov import draws as krylov
from lingen.sims.krylov import extremes
from lingen.theory import edges, recovery
from lingen.theory.edge import tracy_widom

__all__ = ["CLAIMS"]

NONE = population.isotropic()
STRONG = population.spiked([2.0])
DIM = 1 << 15


def _claim(name, title, statement, reference, **kw) -> Claim:
    return Claim(name=name, title=title, section="R", statement=statement, reference=reference, **kw)


def _below(values, marks):
    """Whether each value lies below each of some marks: the means are those of a distribution function."""
    return (np.asarray(values)[:, None] <= marks).astype(float)


# Below the threshold: Tracy–Widom

LEVELS = np.array([0.1, 0.5, 0.9])


@lru_cache
def _quantiles():
    return np.array([tracy_widom.quantile(level) for level in LEVELS])


def _edge_sampler(dim, load):
    """Whether the largest eigenvalue lies below each quantile."""
    location, scale = tracy_widom.scaling(dim, round(load * dim))
    return extremes.below_sampler(NONE, dim, load, location + scale * _quantiles())


def _tracy_widom(name, title, rivals, **kw) -> Claim:
    return _claim(
        name,
        title,
        r"Without a latent above its threshold the largest eigenvalue of $nS$ is $\mu+\sigma s$ with $\mu=(\sqrt n+\sqrt d)^2$, "
        r"$\sigma=(\sqrt n+\sqrt d)(1/\sqrt n+1/\sqrt d)^{1/3}$ and $s$ of the Tracy–Widom law of real data, $\beta=1$: "
        r"$\lambda_{\max}$ fluctuates on the scale $d^{-2/3}$. Measured: the chance to lie below the law's 10, 50 and 90 % points.",
        "Johnstone 2001; Ma 2012",
        **UNIT,
        grid={"load": (1.0,)},
        predict=lambda load: LEVELS,
        sampler=_edge_sampler,
        scale=1.0,
        rivals={"fluctuations on the scale d^(−1/2)": lambda load: np.full(LEVELS.shape, 0.5), **rivals},
        label="P(s ≤ quantile)",
        **kw,
    )


TRACY_WIDOM = _tracy_widom(
    "edge-tracy-widom",
    "The edge of the spectrum is Tracy–Widom",
    {"a normal s": lambda load: special.ndtr(_quantiles())},
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
        **UNIT,
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

CLAIMS: tuple[Claim, ...] = (TRACY_WIDOM, OUTLIER, TRACY_WIDOM_SHARP, OUTLIER_SHARP)
