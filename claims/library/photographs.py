"""Measurements of section V: convolutional denoisers of photographs, which are not stationary."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jax.tree_util import Partial
from jaxtyping import Float

from lingen.claims.claim import Claim
from lingen.claims.library.sources import BOUNDED_PARTS
from lingen.models import filters, population
from lingen.models.images import data as images
from lingen.models.images import stationary
from lingen.sims import convolutional as sim
from lingen.theory import convergence, convolutional

__all__ = ["CLAIMS"]

TAPS, NOISE, PATCH = 9, 0.1, 32
"""Pixels along a side of the window; noise variance over that of the pixels; pixels along a side of a patch."""


class Photographs(NamedTuple):
    """Images of variance 1 about their means, and their mean periodogram."""

    pixels: Float[np.ndarray, "N h w"]
    power: Float[np.ndarray, "h w"]


@lru_cache
def _photographs(patch: int | None) -> Photographs:
    """The two photographs of scikit-learn in grey, each about its own mean, whole or cut into patches."""
    found = images.from_array(images.NAMES["photos"]()[0], "photos")
    whole = (found.vectors + found.mean).reshape(-1, *found.shape)
    pixels = whole - whole.mean(axis=(1, 2), keepdims=True)
    if patch is not None:
        pixels = images.patches(pixels, patch)
    pixels = pixels / np.sqrt(np.mean(pixels**2))
    return Photographs(pixels, np.asarray(stationary.power_of_images(pixels)))


def _dense(power, samples):
    law, load = population.stationary(power), samples / power.size
    return 1.0 - convergence.overlap(law, load, filters.denoiser(NOISE))


def _share(sampler, key):
    """1 − q of one draw."""
    found = sampler(key)
    return found.disagreement / found.energy


def _measured(
    name: str, title: str, words: str, patch: int | None, samples: tuple[int, ...], dim: int
) -> Claim:
    """Disjoint halves of the photographs against the prediction from their power: a measurement."""
    return Claim(
        name=name,
        title=f"Real data: convolutional denoisers of {title}",
        section="V",
        statement=rf"{words} Two denoisers of ${TAPS}\times{TAPS}$ taps, $s={NOISE:g}$ of the pixels' variance, fitted to "
        "disjoint ones, against $1-q$ predicted for stationary images of their mean power spectrum.",
        reference="measured; prediction: derived (docs/derivations)",
        **BOUNDED_PARTS,
        grid={"samples": samples},
        predict=lambda samples: convolutional.disagreement(_photographs(patch).power, samples, TAPS, NOISE),
        sampler=lambda dim, samples: Partial(
            _share, sim.split_sampler(_photographs(patch).pixels, samples, NOISE, TAPS)
        ),
        dims=(dim,),
        rivals={"a dense denoiser, load n/d": lambda samples: _dense(_photographs(patch).power, samples)},
        label="1 − q",
        deterministic=patch is None,
        exploratory=True,
    )


CLAIMS: tuple[Claim, ...] = (
    _measured(
        "convolutional-patches",
        "patches of photographs",
        f"The {PATCH} × {PATCH} patches of two photographs differ in contrast, so that many are worth one stationary image.",
        PATCH,
        (1, 4, 16, 64, 256),
        PATCH**2,
    ),
    _measured(
        "convolutional-photographs",
        "whole photographs",
        "Two photographs of 427 × 640 pixels have powers of their own, which no number of pixels makes alike.",
        None,
        (1,),
        427 * 640,
    ),
)
