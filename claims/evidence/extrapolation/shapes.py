"""Shapes of the finite-size term: what the mean at dimension d may owe to d, before the draws say more.

Without a proof of its order the term is taken to be b·f(d) with f one of

    r^{−p}, p from 1/4 to 4,    r^{−p}(1 ± r^{−p}/4), p from 1/2 on,    log d / d,

where r is d over the smallest dimension: any single power, a power with a next term of either sign that is a quarter of it
at the smallest dimension, a logarithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from jaxtyping import Float

__all__ = ["POWERS", "candidates", "in_words", "powers_of"]

Numbers = np.ndarray

POWERS = np.concatenate([np.linspace(0.25, 2.0, 43), np.linspace(2.25, 4.0, 8)])
NEXT = 0.25
"""The next term, as a part of the first at the smallest dimension."""
NEXT_FROM = 0.5
"""Least power that is given a next term: for smaller ones it would not matter less than the first."""


def candidates(dims: Sequence[int], stated: Sequence[float] = ()) -> Float[Numbers, "shapes dims"]:
    """Every shape at these dimensions; the stated powers come first."""
    d = np.asarray(dims, float)
    ratio = d / d.min()
    powers = np.append(np.asarray(stated, float), POWERS)
    plain = ratio ** -powers[:, None]
    first = plain[powers >= NEXT_FROM]
    logarithm = np.log(d) / d
    logarithm = logarithm / logarithm.max()
    return np.concatenate([plain, first * (1 + NEXT * first), first * (1 - NEXT * first), logarithm[None]])


def powers_of(dims: Sequence[int], order: Sequence[float]) -> Float[Numbers, "powers dims"]:
    """The terms of a proved order."""
    ratio = np.asarray(dims, float) / min(dims)
    return ratio ** -np.asarray(order, float)[:, None]


def in_words(order: Sequence[float]) -> str:
    """`1/3`, `1/2 and 1`: the powers of 1/d of a finite-size term."""
    near = [(power, Fraction(power).limit_denominator(12)) for power in order]
    return " and ".join(str(f) if abs(float(f) - power) < 1e-6 else f"{power:g}" for power, f in near)
