"""Least squares on real and generated points: y = β·x + σε, x ~ N(0, I) in d dimensions, n real points.

The generator is the fitted regression itself, y = β̂·x + σ̂ε with the unbiased σ̂² = RSS/(n−d); it makes m
points on fresh x ~ N(0, I), and least squares is done again on all n + m. Exactly, at every n, m, d,

    risk/σ² = d/(n−d−1) + m d/((n+m)(n+m−d−1)):

generated points never help, and cost nothing at m = 0 and as m → ∞ alone.
"""

from __future__ import annotations

import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, is_traced
from lingen.models.systems import Augmentation

__all__ = ["excess", "predict"]


@checked
def excess(samples: ArrayLike, generated: ArrayLike, dim: ArrayLike) -> Float[Array, "..."]:
    """What m generated points add to the risk of least squares, m d/((n+m)(n+m−d−1)), in units of σ².

    Args:
        samples: n > d + 1 real points, any shape.
        generated: m >= 0; broadcasts.
        dim: d >= 1; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, A1).
    """
    return predict(samples, generated, dim).excess


@checked
def predict(samples: ArrayLike, generated: ArrayLike, dim: ArrayLike) -> Augmentation:
    """Risk and excess, exact at every size; arguments and errors as for `excess`."""
    d = at_least("dim", dim, 1.0)
    n, m = at_least("samples", samples, 3.0), at_least("generated", generated, 0.0)
    if not is_traced((n, d)) and np.any(np.asarray(n) <= np.asarray(d) + 1.0):
        raise ValueError(
            f"samples must be above dim + 1, got samples = {np.min(n):g} at dim = {np.max(d):g}: "
            "with fewer the risk of least squares is infinite"
        )
    added = (m / (n + m)) * (d / (n + m - d - 1.0))
    return Augmentation(d / (n - d - 1.0) + added, added)
