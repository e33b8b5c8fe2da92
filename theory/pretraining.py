"""Pretraining by PCA: a latent direction from m unlabelled points, then a regression on it from n labels.

x ~ N(0, I + θvvᵀ) in d dimensions, y = b v·x + σe. The leading eigenvector v̂ of m unlabelled points is kept,
and y is regressed on v̂·x with n labels. For d → ∞ at load m/d and fixed n, with Q = (v̂·v)² of statement R1,

    risk = (σ² + b²(1+θ)(1−Q)/(1+θQ)) (1 + 1/(n−2)),

that of a fresh point: below the threshold m/d = 1/θ² unlabelled points are worth nothing.
"""

from __future__ import annotations

from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, bounded, nonnegative, positive
from lingen.models.systems import Pretraining
from lingen.theory.mixtures import noisy_overlap

__all__ = ["predict", "risk"]


@checked
def risk(
    overlap: ArrayLike,
    strength: ArrayLike,
    labels: ArrayLike,
    *,
    signal: ArrayLike = 1.0,
    noise: ArrayLike = 1.0,
) -> Float[Array, "..."]:
    """Risk of the regression on v̂·x from n labels, exact at every n > 2 for a given overlap.

    Given v̂ the pair (v·x, v̂·x) is Gaussian: the best coefficient leaves the variance
    σ² + b²(1+θ)(1−Q)/(1+θQ), and one coefficient fitted to n Gaussian points adds the part 1/(n−2) of it.

    Args:
        overlap: Q = (v̂·v)² in [0, 1], any shape.
        strength: θ > 0; broadcasts.
        labels: n > 2; broadcasts.
        signal: b² >= 0, the square of the coefficient; broadcasts.
        noise: σ² >= 0, variance of the labels given x; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, A4).
    """
    q, theta = bounded("overlap", overlap, 0.0, 1.0), positive("strength", strength)
    left = nonnegative("noise", noise) + nonnegative("signal", signal) * (1.0 + theta) * (1.0 - q) / (
        1.0 + theta * q
    )
    return left * (1.0 + 1.0 / (at_least("labels", labels, 3.0) - 2.0))


@checked
def predict(
    strength: ArrayLike,
    load: ArrayLike,
    labels: ArrayLike,
    *,
    signal: ArrayLike = 1.0,
    noise: ArrayLike = 1.0,
) -> Pretraining:
    """Q and the risk in the limit d → ∞.

    Args:
        strength: θ > 0, any shape.
        load: m/d > 0, unlabelled points a dimension; broadcasts.
        labels: n > 2; broadcasts.
        signal: b² >= 0; broadcasts.
        noise: σ² >= 0; broadcasts.

    Raises:
        ValueError: for a number out of range.
    """
    found = noisy_overlap(load, 1.0 / positive("strength", strength))
    return Pretraining(found, risk(found, strength, labels, signal=signal, noise=noise))
