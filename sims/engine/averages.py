"""The mean of draws and its standard error."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from lingen.boundary import checked
from lingen.checks import shown

__all__ = ["mean_and_error"]

Numbers: TypeAlias = Float[np.ndarray, "..."] | np.floating
"""An array, or one number of NumPy's."""


@checked
def mean_and_error(draws: Any, axis: int = 0) -> tuple[Numbers, Numbers]:
    """The mean of independent draws and its standard error, s/√n with s² = Σ(x − x̄)²/(n − 1).

    An infinite mean has an infinite error; what is not a number stays so, for the caller to report.

    Args:
        draws: numbers, NaN among them; `axis` counts the draws, at least two.
        axis: the axis of draws.

    Returns:
        Mean and standard error, without the axis of draws.

    Raises:
        ValueError: for fewer than two draws, or an axis that is not there.
    """
    try:
        values = np.asarray(draws, float)
    except (TypeError, ValueError):
        raise ValueError(f"draws must be an array of numbers, got {shown(draws)}") from None
    count = _count(values, axis)
    mean = np.mean(values, axis=axis)
    with np.errstate(invalid="ignore"):
        spread = np.std(values, axis=axis, ddof=1) / np.sqrt(count)
    return np.asarray(mean), np.where(np.isfinite(mean), spread, np.abs(mean))


def _count(values: np.ndarray, axis: int) -> int:
    if not -values.ndim <= axis < values.ndim:
        raise ValueError(f"axis must be one of draws of shape {values.shape}, got {axis}")
    if values.shape[axis] < 2:
        raise ValueError(f"draws must be at least 2, got {values.shape[axis]}")
    return values.shape[axis]
