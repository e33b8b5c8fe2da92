"""Claims of section V checked by networks: linear convolutions trained by descent, and a bias-free one beside them."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, Fields
from lingen.lazy import module
from lingen.models import filters, population
from lingen.models.images import stationary
from lingen.sims.networks.settings import Settings
from lingen.theory import convergence, convolutional
from lingen.theory.convolution import flow

__all__ = ["CLAIMS"]

denoiser = module("lingen.models.networks.denoiser")
trained_pairs = module("lingen.sims.convolution.trained_pairs")
stationary_images = module("lingen.sims.networks.stationary_images")

RHO, NOISE, TAPS = 0.6, 0.3, 33
SPAN = (0.03, 30.0)
"""Noise variances of the flow."""
LARGE = 4096
"""Pixels at which a sum over frequencies is an integral."""
TRAINED: Fields = {
    "section": "V",
    "reference": "derived (docs/derivations)",
    **CONCENTRATED,
    "order_source": "a regression on r correlations of nd pixels expands in r/nd: docs/derivations, V3",
    "grid": {"samples": (1,)},
    "dims": (256, 1024),
    "resolution": 0.05,
}
"""Of networks of r taps and many pixels."""


def _power(dim):
    return stationary.markov(RHO, dim)


def _per_tap(taps=TAPS):
    """nd(1−q)/r of denoisers."""
    return convolutional.disagreement(_power(LARGE), 1e9, taps, NOISE) * 1e9 * LARGE / taps


def _energy():
    """aᵀBa, from a risk that is the variance less it."""
    return float(jnp.mean(_power(LARGE)) - convolutional.risk(_power(LARGE), 1e12, NOISE, TAPS).test)


def _per_tap_of_flows():
    """nd(1−q)/r of flows over the span, for which it is r/4nd of wide windows and spans."""
    ends = jnp.asarray([SPAN[0], 1.0 / SPAN[1]])
    return float(flow.disagreement(_power(LARGE), stationary.window(TAPS, (LARGE,)), ends)) / TAPS


def _dense(samples):
    """1 − q of a dense denoiser at the load n/d of the smaller images, in the same units."""
    dim = TRAINED["dims"][0]
    law = population.stationary(_power(dim))
    q = convergence.overlap(law, samples / dim, filters.denoiser(NOISE))
    return float(1.0 - q) * samples * dim / TAPS


def _in_units(factor, energy, sampler, key):
    """1 − q and the gap of risks over 2aᵀBa, both times nd/r."""
    found = sampler(key)
    gap = None if found.test_risk is None else (found.test_risk - found.train_risk) / (2.0 * energy)
    share = found.disagreement / found.energy
    return {"share": factor * share, "gap": None if gap is None else factor * gap}


def _denoisers(dim, samples):
    sampler = trained_pairs.denoiser_sampler(_power(dim), samples, TAPS, NOISE)
    return Partial(_in_units, samples * dim / TAPS, _energy(), sampler)


def _flows(dim, samples):
    sampler = trained_pairs.flow_sampler(_power(dim), samples, TAPS, SPAN)
    return Partial(_in_units, samples * dim / TAPS, 1.0, sampler)


DENOISING = TRAINED | {
    "thorough": True,
    "predict": lambda samples: _per_tap(),
    "sampler": _denoisers,
}
"""Of two such denoisers."""
DENOISERS = Claim(
    name="convolutional-network",
    title="Trained convolutions agree as the load nd/r says",
    statement=r"Two linear convolutional networks of $r$ taps, trained by gradient descent with momentum on disjoint images: "
    rf"$nd(1-q)/r\to\mathrm{{tr}}(B^{{-1}}M)/(r\,a^\top Ba)$, $B=C_W+s$. Here $r={TAPS}$, $s={NOISE:g}$, one image each.",
    **DENOISING,
    measure=lambda draws: draws["share"],
    rivals={
        "a dense denoiser, load n/d": _dense,
        "no gain by sharing, r/n": lambda samples: LARGE,
    },
    label="nd(1−q)/r",
)
GAP = Claim(
    name="convolutional-network-gap",
    title="What trained convolutions lose on fresh images is their disagreement",
    statement=r"Test less train risk of such networks is $2V/nd$ a pixel, $V=\mathrm{tr}(B^{-1}M)$: over $2a^\top Ba$ it is "
    rf"$1-q$. Here $r={TAPS}$, $s={NOISE:g}$.",
    **DENOISING,
    measure=lambda draws: draws["gap"],
    rivals={
        "a dense denoiser, load n/d": _dense,
        "twice that: 2V": lambda samples: 2.0 * _per_tap(),
    },
    label="nd(test − train)/2r aᵀBa",
)
FLOWS = Claim(
    name="convolutional-network-flow",
    thorough=True,
    title="Flows of trained convolutions agree as the load 4nd/r says",
    statement=r"Linear convolutional networks of $r$ taps trained at every noise level make a probability flow of gain "
    r"$g(\omega)=s_1^{1/2}\exp(-\int_{s_0}^{s_1}(1-A_s)\,ds/2s)$; $1-q=\frac1{nd}\sum g^2J^\top KJ/\sum g^2$, near $r/4nd$. "
    rf"Here $r={TAPS}$, $s$ from {SPAN[0]:g} to {SPAN[1]:g}.",
    **TRAINED | {"resolution": 0.1},
    predict=lambda samples: _per_tap_of_flows(),
    sampler=_flows,
    measure=lambda draws: draws["share"],
    rivals={
        "a dense sampler, load n/d": lambda samples: (
            float(1.0 - convergence.overlap(population.stationary(_power(256)), samples / 256))
            * samples
            * 256
            / TAPS
        ),
        "every frequency for itself, 1/4n": lambda samples: LARGE / TAPS / 4,
    },
    label="nd(1−q)/r",
)

SIDE, FIELD = 16, 7
"""Pixels along a side of the images of the bias-free network, and of its receptive field."""
KERNELS, LAYERS = 8, 3
SETTINGS = Settings(steps=400, batch=16, rate=1e-2)


def _architecture():
    return denoiser.CnnArchitecture(kernels=KERNELS, layers=LAYERS, predicts="image")


def _torus():
    return jnp.outer(_power(SIDE), _power(SIDE))


def _share(sampler, key):
    """1 − q of one draw."""
    found = sampler(key)
    return found.disagreement / found.energy


BIAS_FREE = Claim(
    name="convolutional-bias-free",
    thorough=True,
    title="A bias-free network beside the linear convolution",
    section="V",
    statement=rf"Two bias-free networks of {LAYERS} convolutions and {KERNELS} channels, trained by Adam on "
    rf"disjoint images of ${SIDE}\times{SIDE}$ pixels, against $1-q$ of a linear convolution of its receptive field, "
    rf"${FIELD}\times{FIELD}$, at $s={NOISE:g}$.",
    reference="measured; prediction: derived (docs/derivations)",
    **CONCENTRATED,
    grid={"samples": (2, 32)},
    predict=lambda samples: convolutional.disagreement(_torus(), samples, FIELD, NOISE),
    sampler=lambda dim, samples: Partial(
        _share, stationary_images.denoiser_sampler(_torus(), samples, NOISE, _architecture(), SETTINGS)
    ),
    dims=(SIDE**2,),
    rivals={
        "a dense denoiser, load n/d": lambda samples: (
            1.0
            - convergence.overlap(
                population.stationary(_torus()), np.asarray(samples / SIDE**2), filters.denoiser(NOISE)
            )
        )
    },
    label="1 − q",
    exploratory=True,
)
CLAIMS: tuple[Claim, ...] = (DENOISERS, GAP, FLOWS, BIAS_FREE)
