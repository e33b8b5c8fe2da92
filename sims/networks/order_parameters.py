"""Order parameters of two models, measured on images that they made from the same seeds.

The mean image of the data is removed from everything first, so that nothing is shared by construction:
convergence q = Σ_i⟨x̂₁ᵢ,x̂₂ᵢ⟩ / √(Σ_i‖x̂₁ᵢ‖² Σ_i‖x̂₂ᵢ‖²), the cosine of a generated image with the closest
training example, and the squared overlaps (v̂ₖ·vₖ)² of the principal directions of the generated images with
those of the data. They need no network: images of any origin will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.boundary import checked
from lingen.checks import finite, integer, positive, vector

__all__ = [
    "Onset",
    "Pair",
    "Reference",
    "ceiling",
    "closest_cosine",
    "convergence",
    "directions",
    "latent_recovery",
    "onset",
    "pair",
    "reference",
]

Vectors = Float[np.ndarray, "m d"]
Others = Float[np.ndarray, "_ d"]
"""As long, but not as many."""
COPY = 0.95
CHUNK = 4096


class Reference(NamedTuple):
    """All images of a data set, as far as generated ones are compared with them."""

    images: int
    """N, training sets included."""
    covariance: Float[np.ndarray, "d d"]
    """XᵀX/N, the mean of the data removed."""
    latents: Float[np.ndarray, "k d"]
    """Its leading principal directions."""


class Pair(NamedTuple):
    """Two models trained on disjoint halves, averaged over both where each has its own."""

    convergence: float
    """q, over all seeds."""
    closest: float
    """Mean cosine of a generated image with the closest image of its own model's training set."""
    other: float
    """The same with the training set of the other model: what closeness alone brings."""
    copies: float
    """Share of generated images whose cosine with a training image exceeds 0.95."""
    recovery: Float[np.ndarray, "k"]
    """(v̂ₖ·vₖ)² of each of the leading latents of the data."""
    energy: float
    """Mean squared norm of generated images over that of the data."""
    memorisation: float
    """Mean ⟨x̂,x_a⟩² with training images of its own model over that with all others: 1 is no memory."""


class Onset(NamedTuple):
    """Where along a ladder of n a quantity passes a level, in each repetition and on average."""

    samples: float
    """Geometric mean over the repetitions that pass it; NaN if none does."""
    factor: float
    """exp of the standard error of log n; NaN for fewer than two."""
    each: list[float]
    """n of each repetition, NaN where the level is not passed."""


@checked
def convergence(first: Vectors, second: Others) -> float:
    """q = Σ⟨x̂₁,x̂₂⟩ / √(Σ‖x̂₁‖² Σ‖x̂₂‖²) of images made from the same seeds, row by row.

    Raises:
        ValueError: if the shapes differ or all images of one model are zero.
    """
    if first.shape != second.shape:
        raise ValueError(f"first and second must have one shape, got {first.shape} and {second.shape}")
    energy = np.sum(first**2) * np.sum(second**2)
    positive("energy of the generated images", energy)
    return float(np.sum(first * second) / np.sqrt(energy))


@checked
def closest_cosine(generated: Vectors, training: Others) -> Float[np.ndarray, "m"]:
    """The largest cosine of each generated image with a training image; 0 for an image that is zero."""
    found = np.full(generated.shape[0], -1.0)
    unit = _unit(generated)
    for start in range(0, training.shape[0], CHUNK):
        found = np.maximum(found, (unit @ _unit(training[start : start + CHUNK]).T).max(axis=1))
    return found


@checked
def directions(vectors: Vectors, count: int) -> Float[np.ndarray, "k d"]:
    """The `count` leading principal directions about the origin, in decreasing order of variance."""
    if not vectors.size:
        raise ValueError(f"vectors must hold at least one image, got shape {vectors.shape}")
    count = integer("count", count, low=1, high=min(vectors.shape))
    if vectors.shape[0] <= vectors.shape[1]:
        return np.linalg.svd(vectors, full_matrices=False)[2][:count]
    return np.linalg.eigh(vectors.T @ vectors)[1][:, ::-1].T[:count]


@checked
def latent_recovery(generated: Vectors, latents: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "k"]:
    """(v̂ₖ·vₖ)² of the k-th principal direction of generated images with the k-th of the data."""
    count = integer("number of latents", latents.shape[0], low=1)
    if min(generated.shape) < count:
        raise ValueError(f"generated must be at least {count} images, got shape {generated.shape}")
    found = directions(generated, count)
    return np.sum(found * latents, axis=1) ** 2


@checked
def ceiling(
    vectors: Vectors, latents: Float[np.ndarray, "k d"], images: int, repetitions: int = 16, seed: int = 0
) -> Float[np.ndarray, "k"]:
    """Recovery from so many real images: what a perfect model would show, for want of more images.

    Raises:
        ValueError: if there are fewer images than latents, or no repetition.
    """
    integer("number of latents", latents.shape[0], low=1)
    images = integer("images", images, low=latents.shape[0])
    repetitions = integer("repetitions", repetitions, low=1)
    if vectors.shape[0] < 1 or min(vectors.shape) < latents.shape[0]:
        raise ValueError(f"vectors must be at least {latents.shape[0]} images, got shape {vectors.shape}")
    rng = np.random.default_rng(seed)
    images = min(images, vectors.shape[0])
    drawn = (vectors[rng.integers(0, vectors.shape[0], images)] for _ in range(repetitions))
    return np.mean([latent_recovery(sample, latents) for sample in drawn], axis=0)


@checked
def pair(
    first: Vectors,
    second: Vectors,
    training: Sequence[Others],
    reference: Reference,
) -> Pair:
    """All order parameters of two models.

    Args:
        first: images of the first model, the mean of the data removed, one a seed.
        second: images of the second from the same seeds.
        training: the two training sets, the mean of the data removed, parts of the data.
        reference: the data, from `reference`.

    Raises:
        ValueError: if an image is not finite, or nothing is left beside a training set.
    """
    for some in training:
        integer("images of a training set", some.shape[0], low=1, high=reference.images - 1)
    variance = float(np.trace(reference.covariance))
    both = [np.asarray(finite("generated images", images)) for images in (first, second)]
    own = [closest_cosine(g, t) for g, t in zip(both, training, strict=True)]
    cross = [closest_cosine(g, t) for g, t in zip(both, training[::-1], strict=True)]
    return Pair(
        convergence(*both),
        float(np.mean(own)),
        float(np.mean(cross)),
        float(np.mean([np.mean(cosine > COPY) for cosine in own])),
        np.mean([latent_recovery(g, reference.latents) for g in both], axis=0),
        float(np.mean([np.mean(np.sum(g**2, axis=1)) for g in both]) / variance),
        float(np.mean([_memorisation(g, t, reference) for g, t in zip(both, training, strict=True)])),
    )


@checked
def reference(vectors: Vectors, latents: int) -> Reference:
    """What `pair` compares with: all images, their mean removed, and so many of their leading latents."""
    if not vectors.size:
        raise ValueError(f"vectors must hold at least one image, got shape {vectors.shape}")
    latents = integer("latents", latents, low=1, high=min(vectors.shape))
    covariance = vectors.T @ vectors / vectors.shape[0]
    return Reference(vectors.shape[0], covariance, directions(vectors, latents))


@checked
def onset(samples: Sequence[float] | np.ndarray, values: Float[np.ndarray, "s l"], level: float) -> Onset:
    """Where each repetition first passes `level` for good, interpolated along log n.

    A repetition that starts above the level, or ends below it, passes nowhere on this ladder.

    Args:
        samples: the ladder of n, increasing, shape (l,).
        values: one row a repetition.
        level: the level.

    Raises:
        ValueError: unless the ladder is of positive numbers, as many as a row has.
    """
    where = np.log(np.asarray(vector("samples", positive("samples", samples))))
    if where.shape != values.shape[1:] or not values.size:
        raise ValueError(f"values must have a row and a column for each of samples, got {values.shape}")
    each = [_crossing(where, row, level) for row in np.atleast_2d(values)]
    passed = np.array([x for x in each if np.isfinite(x)])
    if passed.size == 0:
        return Onset(float("nan"), float("nan"), each)
    error = passed.std(ddof=1) / np.sqrt(passed.size) if passed.size > 1 else float("nan")
    return Onset(float(np.exp(passed.mean())), float(np.exp(error)), [float(np.exp(x)) for x in each])


def _memorisation(generated: Vectors, training: Others, reference: Reference) -> float:
    """tr(GᵀG S)/tr(GᵀG F), S of the training images, F of all images beside them."""
    own, whole = np.sum((generated @ training.T) ** 2), np.sum((generated @ reference.covariance) * generated)
    count, total = training.shape[0], reference.images
    fresh = (total * whole - own) / (total - count)
    return float(own / count / positive("squared overlap with fresh images", fresh))


def _crossing(where: np.ndarray, row: np.ndarray, level: float) -> float:
    below = np.flatnonzero(row < level)
    if below.size == 0 or below[-1] == row.size - 1:
        return float("nan")
    low = below[-1]
    share = (level - row[low]) / (row[low + 1] - row[low])
    return float(where[low] + share * (where[low + 1] - where[low]))


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1.0)
