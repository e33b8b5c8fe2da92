"""How exact the numbers of a matrix are: to their dtype, or to the digits that they are written with."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lingen.boundary import checked

__all__ = ["DIGITS", "error"]

DIGITS = (6, 7, 8, 9)
"""Numbers of digits that are recognised: fewer than six may well be exact."""
_SAME = 1e-13


@checked
def error(values: Float[np.ndarray, "..."], dtype: np.dtype) -> float:
    """The largest error of a single entry.

    Args:
        values: the entries, in double precision.
        dtype: the one in which they came.

    Returns:
        Four units of the last place of a dtype below double precision, at the largest entry, for the
        rounding of a few sums; half a unit of the last digit where all entries end after so many significant
        digits or decimals; else 0: exact to double precision.
    """
    largest = float(np.abs(values).max())
    if dtype.kind == "f" and dtype.itemsize < 8:
        return 4.0 * float(np.finfo(dtype).eps) * largest
    if dtype.kind != "f" or largest == 0.0:
        return 0.0
    logs = np.floor(np.log10(np.where(values == 0.0, 1.0, np.abs(values))))
    for digits in DIGITS:
        unit = 10.0 ** (logs + 1 - digits)
        if _ends(values / unit):
            return 0.5 * float(unit.max())
        if _ends(values * 10.0**digits):
            return 0.5 * 10.0**-digits
    return 0.0


def _ends(scaled: np.ndarray) -> bool:
    """Whether all are whole numbers to the rounding of double precision."""
    return bool(np.all(np.abs(scaled - np.rint(scaled)) <= _SAME * np.maximum(np.abs(scaled), 1.0)))
