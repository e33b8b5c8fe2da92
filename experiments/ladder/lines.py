"""What linear theory foretells along the ladder: dense, and of a convolution of so many taps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from lingen.checks import integer
from lingen.experiments.ladder.plan import Plan
from lingen.models import filters
from lingen.models.images.stationary import power_of_images, window
from lingen.models.networks.denoiser import Architecture
from lingen.theory import convergence, convolutional, memorisation, recovery
from lingen.theory.convolution import flow

__all__ = ["Lines", "Theory", "receptive_field", "theory"]

POINTS = 97


class Lines(NamedTuple):
    """One theory, for the spectrum of the data and the sampler that the networks use."""

    convergence: Float[np.ndarray, "points"]
    """q of the probability flow of the linear model."""
    memorisation: Float[np.ndarray, "points"]
    """E⟨x̂,x_a⟩² of a training over that of a fresh image."""
    recovery: Float[np.ndarray, "points k"]
    """Squared overlap of each leading latent."""


class Theory(NamedTuple):
    """The theories along a fine ladder of n, on which every rung stands."""

    samples: Float[np.ndarray, "points"]
    dense: Lines
    convolutional: Lines | None

    def at(self, samples: int) -> int:
        """Where a rung stands."""
        return int(np.searchsorted(self.samples, samples))


def theory(plan: Plan, ladder: Sequence[int]) -> Theory:
    """The predictions from the first to the last of some numbers of samples."""
    first, last = min(ladder), max(*ladder, min(ladder) + 1)
    n = np.unique(np.concatenate([np.geomspace(first, last, POINTS)[1:-1], ladder]).astype(float))
    return Theory(n, _dense(plan, n), None if plan.taps is None else _convolutional(plan, n, plan.taps))


def receptive_field(asked: int | None, form: Architecture, shape: tuple[int, ...]) -> int:
    """Pixels along a side of the convolution beside the networks: theirs, at most the image, unless told.

    Raises:
        ValueError: for colours or vectors, or a field that is even, or wider than the image.
    """
    if len(shape) != 2:
        raise ValueError(f"--linear convolutional must be of grey images (h, w), got shape {shape}")
    least, whole = min(shape), len(set(shape)) == 1
    if asked is None:
        widest = least if whole or least % 2 else least - 1
        own = form.receptive_field
        return widest if own is None or own > widest else own
    integer("--receptive-field", asked, low=1, high=least)
    if asked % 2 == 0 and not (whole and asked == least):
        raise ValueError(f"--receptive-field must be odd, or all of a square image, got {asked}")
    return asked


def _dense(plan: Plan, n: np.ndarray) -> Lines:
    population, filter = plan.data.population, _filter(plan)
    load = n / plan.data.dim
    return Lines(
        np.asarray(convergence.overlap(population, load, filter)),
        np.asarray(memorisation.ratio(population, load, filter)),
        np.asarray(recovery.latents(population, load).overlap)[..., : plan.latents],
    )


def _convolutional(plan: Plan, n: np.ndarray, taps: int) -> Lines:
    """Of stationary images of the power of these, on a torus: what V1, V5, V6 and V8 say of them."""
    shape, options = plan.data.shape, plan.preset.flow
    power = power_of_images(plan.data.vectors.reshape(-1, *shape))
    noises = jnp.asarray([options["sigma_min"] ** 2, options["sigma_max"] ** -2.0])
    found = flow.flow(power, window(taps, shape), noises)
    first = np.asarray(found.disagreement) / (n * power.size)
    q = 1.0 / (1.0 + first)
    if set(shape) == {taps}:
        q = np.asarray(convolutional.overlap(power, n, filter=_filter(plan)))
    latents = _latents(np.asarray(found.squares), plan.reference.latents)
    return Lines(q, 1.0 + np.asarray(found.memorisation) / n, np.tile(latents, (n.size, 1)))


def _latents(squares: np.ndarray, vectors: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "k"]:
    """(v̂ₖ·vₖ)² at every n, v̂ₖ a Fourier mode: of the k-th largest gain, of any phase where k ≠ −k."""
    shape = squares.shape
    axes = tuple(range(squares.ndim))
    index = np.arange(squares.size).reshape(shape)
    pair = np.minimum(index, np.roll(np.flip(index, axes), 1, axes)).ravel()
    modes = np.abs(np.fft.fftn(vectors.reshape(-1, *shape), axes=[a + 1 for a in axes], norm="ortho")) ** 2
    members, place, counts = np.unique(pair, return_inverse=True, return_counts=True)
    order = np.argsort(-squares.ravel()[members], kind="stable")
    rank = np.repeat(order, counts[order])[: len(vectors)]
    shares = [modes[k].ravel()[place == own].sum() / counts[own] for k, own in enumerate(rank)]
    return np.array(shares)


def _filter(plan: Plan) -> filters.Filter:
    return filters.ode_sampler(plan.preset.flow["sigma_min"], plan.preset.flow["sigma_max"])
