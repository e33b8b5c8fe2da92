"""Refitting on samples that users chose: a reward tilts every generation (docs/derivations, L)."""

from __future__ import annotations

from jaxtyping import ArrayLike

from lingen.boundary import checked
from lingen.checks import finite, nonnegative, positive
from lingen.models.systems import Curation

__all__ = ["curated"]


@checked
def curated(
    generations: ArrayLike,
    curvature: ArrayLike,
    slope: ArrayLike = 0.0,
    mean: ArrayLike = 0.0,
    variance: ArrayLike = 1.0,
) -> Curation:
    """The model when users keep samples with chance ∝ e^{r(x)}, r = bx − ρx²/2, infinitely many samples.

    p_{t+1} ∝ p_t e^r: the precision grows linearly, 1/v_t = 1/v₀ + tρ, and m_t/v_t = m₀/v₀ + tb. A reward of
    many dimensions does so along each of its principal axes.

    Args:
        generations: t >= 0, any shape.
        curvature: ρ >= 0; broadcasts.
        slope: b; broadcasts.
        mean: m₀; broadcasts.
        variance: v₀ > 0; broadcasts.

    Raises:
        ValueError: if a time or a curvature is negative, or the variance is not positive.

    Source: Ferbach et al., arXiv 2407.09499 (p_{t+1} ∝ p_t e^r); the Gaussian case is derived.
    """
    t, rho = nonnegative("generations", generations), nonnegative("curvature", curvature)
    v = positive("variance", variance)
    after = 1.0 / (1.0 / v + t * rho)
    return Curation((finite("mean", mean) / v + t * finite("slope", slope)) * after, after)
