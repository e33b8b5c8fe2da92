"""Whether a filter can be told apart from a constant on a spectrum, in double precision."""

from __future__ import annotations

import jax
import numpy as np

from lingen.models.filters import Filter

__all__ = ["check_gains"]

FARTHEST = 1e60
"""Gains beyond it, or below its inverse, in units of √σ₁ and of one: their fourth powers are no numbers."""
ALIKE = 1e-12
"""Gains that differ by less, relatively, are one number to round-off."""


def check_gains(filter: Filter, spectrum: np.ndarray, given: str) -> None:
    """Raise `ValueError` unless g is finite and varies over the eigenvalues of some data, as computed.

    A filter such as √(λ+10²⁰⁰) has numbers that are allowed each, and yet no derivative that a double holds.

    Args:
        filter: g.
        spectrum: the d eigenvalues of the data, not all zero.
        given: the filter as its caller wrote it.
    """
    values = np.sort(np.asarray(spectrum, float))
    try:
        gains = np.asarray(filter.on_spectrum(jax.device_put(values)))
    except ValueError as error:
        raise ValueError(f"filter must suit {values.size} dimensions, got {given}: {error}") from None
    # an isotropic spectrum makes every filter constant: zero and half the mean are asked as well
    probes = np.array([0.0, values.mean() / 2.0])
    more = gains[:0] if _by_rank(filter) else np.asarray(filter(probes))
    gains = np.append(gains, more)
    largest = float(np.abs(gains).max())
    scales = (largest, largest / np.sqrt(values[-1]))
    if not np.isfinite(gains).all() or not any(1.0 / FARTHEST < scale < FARTHEST for scale in scales):
        raise ValueError(
            f"filter must have gains within double precision on these data, got {given}, whose largest is "
            f"{largest:.3g}"
        )
    if more.size and np.ptp(gains) <= ALIKE * largest:
        raise ValueError(
            f"filter must tell eigenvalues up to {values[-1]:.3g} apart in double precision, got {given}, "
            f"which makes {largest:.3g} of all"
        )


def _by_rank(filter: Filter) -> bool:
    """Whether a filter acts on a whole spectrum alone."""
    return type(filter).__call__ is Filter.__call__
