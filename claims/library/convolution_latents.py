"""Claims of section V on latents and windows: what convolutions never find, what later, and what width costs."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, UNIT, Fields
from lingen.models import population
from lingen.models.images import stationary
from lingen.sims import convolutional as sim
from lingen.sims.convolution.latents import localised_sampler
from lingen.theory import convolutional, recovery

__all__ = ["CLAIMS"]

STRENGTH = 8.0
FIELDS: Fields = {"section": "V", "reference": DERIVED, "exact": True}


def _dense(load, dim):
    return recovery.recovery(population.spiked([STRENGTH]), load)[0]


NEVER = Claim(
    name="convolutional-localised",
    title="A localised latent is never found",
    statement=r"Of $\Sigma=I+\theta vv^\top$ with $v$ spread over all frequencies a convolutional model recovers $Q\to0$ at every load: its "
    r"eigenvectors are Fourier modes, and no pair of them has more than about $\frac2d(\log\frac d2+0.577)$ of $v$. Here $\theta=8$, "
    r"$d=2048$, to 1 %; a dense model finds it from $n=d/\theta^2$ on.",
    **FIELDS,
    **UNIT,
    dims=(2048,),
    grid={"load": (0.25, 4.0, 64.0)},
    predict=lambda load, dim: 0.0,
    sampler=lambda dim, load: localised_sampler(STRENGTH, round(load * dim), dim),
    measure=lambda draws: draws.recovery,
    scale=1.0,
    rivals={"a dense model, R1": _dense},
    label="Q",
)
CEILING = Claim(
    name="convolutional-ceiling",
    title="The most that any pair of frequencies has of a random direction",
    statement=r"The largest squared projection of a random direction on a pair of frequencies is $2H_m/d$ on average, $H_m$ the harmonic "
    r"number of the $m$ pairs, at every $d$: what a convolutional model knows of it at infinitely many images.",
    **FIELDS,
    **CONCENTRATED,
    dims=(15, 256),
    points=({},),
    predict=lambda dim: convolutional.recovery_ceiling(dim),
    sampler=lambda dim: localised_sampler(0.0, 1, dim),
    measure=lambda draws: draws.ceiling,
    rivals={
        "one pair is like any other: 2/d": lambda dim: 2.0 / dim,
        "log(d/2) alone": lambda dim: 2.0 / dim * np.log(dim / 2.0),
    },
    label="largest share of v",
)


def _raised(dim, strength):
    return jnp.ones(dim).at[jnp.asarray([dim // 4, dim - dim // 4])].set(1.0 + strength)


WINDOW = Claim(
    name="convolutional-window",
    title="A smaller window converges sooner and finds later",
    statement=r"A pair of frequencies raised by $\theta$ leads, within their resolution, what $r$ of $d$ taps see of the spectrum with chance "
    r"$E\,\Phi(v)e^{-\frac r{4\sqrt3}e^{-v^2/2}}$, $v$ the score of its peak among the others by Rice: from "
    r"$n\approx2\frac dr\log\frac r2/\theta^2$ on, while the load of convergence is $nd/r$. An estimate, here $\theta=4$, $d=1024$, to 5 %.",
    **FIELDS,
    **UNIT,
    dims=(1024,),
    grid={"taps": (33, 65), "samples": (4, 16)},
    resolution=0.05,
    scale=1.0,
    predict=lambda taps, samples, dim: convolutional.windowed_recovery(4.0, samples, dim, taps),
    sampler=lambda dim, taps, samples: sim.recovery_sampler(_raised(dim, 4.0), samples, taps=taps),
    rivals={
        "all frequencies, whatever the window": lambda taps, samples, dim: convolutional.recovery(
            _raised(dim, 4.0), samples
        ),
        "found with n d/r images' worth": lambda taps, samples, dim: convolutional.windowed_recovery(
            4.0, samples * dim / taps, dim, taps
        ),
    },
    label="chance to lead",
)

RHO, NOISE = 0.9, 0.5


def _markov_risk(taps):
    """1/(1+1/s+2J_h), J_h = ρ²u/(1+(1−ρ²)u), u = 1/s + J_{h−1}."""
    known = 0.0
    for _ in range(taps // 2):
        u = 1.0 / NOISE + known
        known = RHO**2 * u / (1.0 + (1.0 - RHO**2) * u)
    return 1.0 / (1.0 + 1.0 / NOISE + 2.0 * known)


def _ring(dim):
    return stationary.markov(RHO, dim)


PRICE = Claim(
    name="convolutional-price",
    title="The price of a receptive field",
    section="V",
    reference=DERIVED,
    statement=r"Of $c(j)=\rho^{|j|}$ the best denoiser of $h$ pixels on each side has the risk $1/(1+1/s+2J_h)$, $J_0=0$, "
    r"$J_h=\rho^2u/(1+(1-\rho^2)u)$, $u=1/s+J_{h-1}$; that of a fit to $nd$ pixels exceeds it by $V/nd$. Here $\rho=0.9$, $s=1/2$.",
    **CONCENTRATED,
    order_source="a regression on r correlations of nd pixels expands in r/nd: docs/derivations, V3",
    grid={"taps": (1, 3, 9)},
    predict=_markov_risk,
    sampler=lambda dim, taps: sim.sampler(_ring(dim), 16, taps, NOISE),
    measure=lambda draws: draws.test_risk,
    dims=(128, 256, 512),
    rivals={
        "the pixel alone": lambda taps: 1.0 / (1.0 + 1.0 / NOISE),
        "the widest window, whatever the taps": lambda taps: _markov_risk(2001),
    },
    label="test risk",
)


FIELD = Claim(
    name="convolutional-field",
    title="The best receptive field is not the widest",
    **FIELDS,
    statement=r"With few images a wider window costs more than it knows: $s a_0+V/nd$ has a minimum ($\rho=0.9$, $s=\frac12$, "
    r"$d=256$), so that on the same $n=4$ images 41 taps lose against 11 (times $10^3$); to 15 %, the next order in $r/nd$.",
    **CONCENTRATED,
    dims=(256,),
    grid={"samples": (4,)},
    resolution=0.15,
    predict=lambda samples, dim: _excess(dim, samples),
    sampler=lambda dim, samples: Partial(
        _lost, *(sim.sampler(_ring(dim), samples, taps, NOISE) for taps in (41, 11))
    ),
    rivals={"the widest window is best": lambda samples, dim: 1e3 * (_markov_risk(41) - _markov_risk(11))},
    label="10³ (risk of 41 taps − risk of 11)",
)


def _lost(wide, best, key):
    return 1e3 * (wide(key).test_risk - best(key).test_risk)


def _excess(dim, samples):
    wide, best = (convolutional.risk(_ring(dim), samples, NOISE, taps).test for taps in (41, 11))
    return 1e3 * (wide - best)


CLAIMS: tuple[Claim, ...] = (NEVER, CEILING, WINDOW, PRICE, FIELD)
