"""Claims of section V: convolutional models learn from pixels as from images, and see stationary latents alone."""

from __future__ import annotations

from math import erf, sqrt

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, UNIT, Fields
from lingen.models import filters, population
from lingen.models.images import stationary
from lingen.sims import convolutional as sim
from lingen.theory import convergence, convolutional
from lingen.theory.spectrum import closed_forms

__all__ = ["CLAIMS"]

FIXED: Fields = {
    **CONCENTRATED,
    "order_source": "a regression on r correlations of nd pixels expands in r/nd: docs/derivations, V3",
}
"""Of kernels of few taps and many pixels."""
EXACT: Fields = {"section": "V", "reference": DERIVED, **CONCENTRATED, "exact": True, "dims": (255, 512)}
RHO, NOISE = 0.6, 0.3
LARGE = 4096
"""Pixels at which a sum over frequencies is an integral."""


def _power(dim):
    return stationary.markov(RHO, dim)


def _of_mean(power, sampler, key):
    """A draw in units of the mean power, that of a sample: E shared is q itself."""
    return jax.tree.map(lambda value: value / jnp.mean(power), sampler(key))


def _times(factor, sampler, key):
    """A draw in units of 1/factor."""
    found = sampler(key)
    gap = None if found.test_risk is None else factor / 2.0 * (found.test_risk - found.train_risk)
    return {"share": factor * found.disagreement / found.energy, "gap": gap}


SAMPLER = Claim(
    name="convolutional-sampler",
    title="One image is enough for q = π/4",
    statement=r"The convolutional Gaussian model of $n$ images: $q=\sum_kp_kr_k/\sum_kp_k$, $r_k=\rho(2n)$ (of real modes $\rho(n)$), "
    r"$\rho(m)=\frac2m(\Gamma(\frac{m+1}2)/\Gamma(\frac m2))^2$, exact at every $n$, $d$ and spectrum: $\pi/4$ at $n=1$, $1-q\approx1/4n$.",
    **EXACT,
    grid={"samples": (1, 2, 5)},
    predict=lambda samples, dim: convolutional.overlap(_power(dim), samples),
    sampler=lambda dim, samples: Partial(
        _of_mean, _power(dim), sim.sampler(_power(dim), samples, method="images")
    ),
    measure=lambda draws: draws.shared,
    rivals={
        "a dense model, load n/d": lambda samples, dim: convergence.overlap(
            population.stationary(_power(dim)), samples / dim
        ),
        "Marchenko–Pastur at 2n data a parameter": lambda samples, dim: closed_forms.overlap(2.0 * samples),
    },
    label="q",
)


def _output(dim, samples):
    """E‖x̂‖²/d."""
    return convolutional.energy(_power(dim), samples, NOISE)


DENOISER = Claim(
    name="convolutional-denoiser",
    title="The convolutional denoiser of all frequencies, exact",
    statement=r"Wiener's filter $\hat p/(\hat p+s)$ of $n$ images on inputs of variance $p+s$: "
    r"$1-q=\sum_k(p_k+s)\mathrm{Var}\,h_k/\sum_k(p_k+s)E h_k^2$, $h_k$ of $p_kG_k$, $G_k\sim\Gamma(n)/n$; here $s=0.3$.",
    **EXACT,
    grid={"samples": (1, 3)},
    predict=lambda samples, dim: (
        convolutional.disagreement(_power(dim), samples, noise=NOISE) * _output(dim, samples)
    ),
    sampler=lambda dim, samples: sim.sampler(_power(dim), samples, noise=NOISE),
    measure=lambda draws: draws.disagreement,
    rivals={
        "that of the sampler": lambda samples, dim: (
            convolutional.disagreement(_power(dim), samples) * _output(dim, samples)
        ),
        "its large-n limit": lambda samples, dim: _first_order(_power(dim), samples) * _output(dim, samples),
        "a dense denoiser, load n/d": lambda samples, dim: (
            _output(dim, samples)
            * (
                1.0
                - convergence.overlap(
                    population.stationary(_power(dim)), samples / dim, filters.denoiser(NOISE)
                )
            )
        ),
    },
    label="E‖x̂₁−x̂₂‖²/2d",
)


def _first_order(power, samples):
    """V1 as Var p̂ = p²/n propagates."""
    return (
        jnp.mean(power**2 * NOISE**2 / (power + NOISE) ** 3) / jnp.mean(power**2 / (power + NOISE)) / samples
    )


def _product_of_means(power):
    """What V4 has in place of the mean of the product."""
    kept = jnp.mean(power * NOISE**2 / (power + NOISE) ** 2) * jnp.mean(power / (power + NOISE))
    return float(kept / jnp.mean(power**2 / (power + NOISE)))


def _per_tap(taps):
    """nd(1−q)/r, from a ring so large that the first order in r/nd is all."""
    return convolutional.disagreement(_power(LARGE), 1e9, taps, NOISE) * 1e9 * LARGE / taps


def _taps_sampler(dim, samples, taps, noise=NOISE):
    return Partial(_times, samples * dim / taps, sim.sampler(_power(dim), samples, taps, noise))


TAPS = Claim(
    name="convolutional-taps",
    title="Sharing weights makes pixels of images",
    section="V",
    statement=r"Two denoisers of $r$ taps fitted to disjoint images: $nd(1-q)/r\to\mathrm{tr}(B^{-1}M)/(r\,a^\top Ba)$, $B=C_W+s$, "
    r"$M_{ij}=f(i-j)+f(i+j)$ the covariance of the residual's correlations: the load is $nd/r$. Here $r=17$, $s=0.3$.",
    reference=DERIVED,
    **FIXED,
    grid={"samples": (2,)},
    predict=lambda samples: _per_tap(17),
    sampler=lambda dim, samples: _taps_sampler(dim, samples, 17),
    measure=lambda draws: draws["share"],
    dims=(256, 512, 1024),
    resolution=0.03,
    rivals={
        "the product of means": lambda samples: _product_of_means(_power(LARGE)),
        "no gain by sharing, r/n": lambda samples: LARGE,
    },
    label="nd(1−q)/r",
)
FLOW = Claim(
    name="convolutional-flow",
    thorough=True,
    title="The sampler of r taps: a quarter of r/nd",
    section="V",
    statement=r"The probability flow whose denoisers of $r$ taps are refitted at every noise level is $g(\omega)^2=$ the exponential of "
    r"the transfer function of the central row of $\log C_W$; $1-q=\frac1{nd}\sum g^2J^\top KJ/\sum g^2\to r/4nd$ for wide windows, "
    r"whatever the spectrum. Here $r=17$.",
    reference=DERIVED,
    **FIXED,
    grid={"samples": (2,)},
    predict=lambda samples: convolutional.disagreement(_power(LARGE), 1e9, 17) * 1e9 * LARGE / 17,
    sampler=lambda dim, samples: _taps_sampler(dim, samples, 17, None),
    measure=lambda draws: draws["share"],
    dims=(256, 512, 1024),
    resolution=0.03,
    rivals={
        "every frequency for itself, 1/4n": lambda samples: LARGE / 17 / 4,
        "twice the load: real parameters are half as many": lambda samples: 0.125,
    },
    label="nd(1−q)/r",
)
MEMORISATION = Claim(
    name="convolutional-memorisation",
    title="A convolutional model hardly memorises",
    statement=r"$E\langle\hat x,x_a\rangle^2$ of a training image over a fresh one is $1+\frac1n\sum\mu_kp_k^2/\sum p_k^2$, $\mu_k=2$ where "
    r"$k=-k$ and else 1, at every $n$ and $d$: $1+1/n$, not $1+d/n$.",
    **EXACT,
    grid={"samples": (1, 5)},
    predict=lambda samples, dim: convolutional.memorisation(_power(dim), samples),
    sampler=lambda dim, samples: Partial(
        _of_mean, jnp.mean(_power(dim) ** 2), sim.sampler(_power(dim), samples, method="images")
    ),
    measure=lambda draws: draws.trained,
    rivals={
        "a dense model: 1 + d/n": lambda samples, dim: 1.0 + dim / samples,
        "2n data a parameter: 1 + 1/2n": lambda samples, dim: 1.0 + 0.5 / samples,
    },
    label="training / fresh",
)


def _energy(taps):
    """aᵀBa, from a risk that is the variance less it."""
    return float(jnp.mean(_power(LARGE)) - convolutional.risk(_power(LARGE), 1e12, NOISE, taps).test)


GAP = Claim(
    name="convolutional-gap",
    title="The generalisation gap is the disagreement",
    section="V",
    statement=r"Test less train risk of the denoiser of $r$ taps is $2V/nd$ a pixel, $V=\mathrm{tr}(B^{-1}M)$: the gap over $2a^\top Ba$ is "
    r"$1-q$. Here $r=17$, $s=0.3$.",
    reference=DERIVED,
    **FIXED,
    grid={"samples": (1, 4)},
    predict=lambda samples: _per_tap(17) * _energy(17),
    sampler=lambda dim, samples: _taps_sampler(dim, samples, 17),
    measure=lambda draws: draws["gap"],
    dims=(256, 512, 1024),
    resolution=0.03,
    rivals={
        "twice that: 2V": lambda samples: 2.0 * _per_tap(17) * _energy(17),
        "one parameter, one s/nd": lambda samples: NOISE,
    },
    label="nd(test − train)/2r",
)


def _raised(dim, strength):
    return jnp.ones(dim).at[jnp.asarray([3, dim - 3])].set(1.0 + strength)


def _gaussian_rule(samples, dim):
    """Periodograms taken for Gaussian."""
    node, weight = np.polynomial.hermite_e.hermegauss(64)
    best = 2.0 * (1.0 + node / sqrt(samples)) - 1.0
    below = np.array([0.5 * (1.0 + erf(x * sqrt(samples / 2.0))) for x in best])
    return float(weight @ below ** (dim / 2 - 2) / sqrt(2 * np.pi))


STATIONARY = Claim(
    name="convolutional-recovery",
    title="A stationary latent is found after log d images",
    statement=r"One pair of frequencies raised from 1 to $1+\theta$ leads the learnt spectrum with chance $E\,F_n((1+\theta)G)^{d/2-2}$, "
    r"$G\sim\Gamma(n)/n$ of law $F_n$: from $n_c=\log(d/2)/(\theta-\log(1+\theta))$ images on. Here $\theta=1$.",
    **EXACT | {"dims": (64, 512)},
    **UNIT,
    resolution=0.02,
    grid={"samples": (4, 12, 24)},
    predict=lambda samples, dim: convolutional.recovery(_raised(dim, 1.0), samples),
    sampler=lambda dim, samples: sim.recovery_sampler(_raised(dim, 1.0), samples),
    scale=1.0,
    rivals={
        "a spike at load n/d, never found here": lambda samples, dim: 0.0,
        "Gaussian periodograms, n_c = 2 log(d/2)/θ²": lambda samples, dim: _gaussian_rule(samples, dim),
    },
    label="chance to lead",
)
CLAIMS: tuple[Claim, ...] = (SAMPLER, DENOISER, TAPS, FLOW, MEMORISATION, GAP, STATIONARY)
