"""How many Lanczos steps an accuracy takes: measured on a pilot draw of the very problem.

The error after k steps falls like (1+√(λ₋/λ₊))^{-2k}-fold where the spectrum of S stays away from the
singularity of g, and like 1/k² for √λ at load one; power laws and filters lie anywhere between. A pilot, one
seed and revealed data, gives the quantity at a ladder of k; the shortest k is taken from which on it stays
within half the accuracy of the pilot's longest, L, at least twice as long. Where no pilot is long enough,
what the longest lacks follows from its last doublings: if |q_L − q_{L/2}| = D is r times the doubling before,
those to come add D(r + r² + ...) where the error is a power of k, and less where it falls faster.

How the error falls is a property of the law of the spectrum and of n/d, not of d: where 64 steps do not
suffice and d is large, the longer pilots are drawn from every so many-th eigenvalue, min(n, d) = 4096. That
they stand for the whole is seen at 16 to 32 steps, where the errors of both are known: their ratio must lie
between 1/2 and 2, and what exceeds 1 multiplies the errors; else the longer pilots are of the full size too.

One pilot speaks for a typical draw: the accuracy is a root mean square, and single draws at small d have
been seen off by twice as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from lingen.boundary import checked
from lingen.sims.dense.wishart import DataSource
from lingen.sims.lanczos import process as lanczos_process
from lingen.sims.lanczos.process import Krylov
from lingen.sims.lanczos.revealed import Revealed

__all__ = ["LADDER", "LONGEST", "needed"]

LADDER = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
LONGEST = (64, 128, 256)
"""Lengths of the pilots that are tried one after the other."""
SMALLER = 4096
"""n or d, whichever is less, of what the longer pilots are drawn from."""
ALIKE = (16, 24, 32)
"""Steps at which a smaller draw must err as the full one does, and within what factor."""
WITHIN = 2.0
BEYOND = (384, 512)
"""Steps that the longest pilot speaks for by its doublings alone."""
FASTEST, SLOWEST = 0.1, 0.9
"""By what a doubling shrinks an error: none is trusted to shrink it more, and what shrinks less is cut."""


@checked
def needed(
    source: DataSource, measure: Callable[..., Any], arguments: Any, accuracy: float, relative: bool = True
) -> int:
    """Steps for which `measure` is within `accuracy` of its limit.

    Args:
        source: where training sets come from.
        measure: `measure(arguments, one, two)`, the quantity from two Krylov spaces of the same seed.
        arguments: its arguments: a pytree beginning with the seed, shape (1, d); or a function of the source
            that gives them, where a smaller source may stand for the whole.
        accuracy: the error allowed, relative to the quantity, or absolute.
        relative: which of the two.

    Raises:
        ValueError: if the longest pilot does not reach the accuracy.
    """
    dim = source.spectrum.size
    for ladder, curve, factor in _pilots(source, measure, arguments, relative):
        if ladder[-1] >= dim:
            return dim
        errors = factor * np.abs(curve - curve[-1]).max(axis=1)
        sure = sum(2 * k <= ladder[-1] for k in ladder)
        steps = _first_within(ladder[:sure], errors[:sure], accuracy)
        if steps:
            return steps
    ladder, errors = _beyond(ladder, curve)
    errors = factor * errors
    steps = _first_within(ladder, errors, accuracy)
    if not steps:
        raise ValueError(
            f"accuracy must be at least {2 * errors[-1]:.1g} for {ladder[-1]} steps, got {accuracy:g}"
        )
    return min(dim, steps)


def _pilots(
    source: DataSource, measure: Callable[..., Any], arguments: Any, relative: bool
) -> Iterator[tuple[tuple[int, ...], np.ndarray, float]]:
    """Ladders, longer and longer, the quantity along them, and by what its errors are to be multiplied."""

    def along(source: DataSource) -> np.ndarray:
        given = arguments(source) if callable(arguments) else arguments
        curve = np.asarray(_pilot(source, given, measure=measure, ladder=ladder)).reshape(len(ladder), -1)
        return curve / (np.abs(curve[-1]) if relative else 1.0)

    smaller = _smaller(source) if callable(arguments) else None
    first = None
    for longest in LONGEST:
        ladder = tuple(k for k in LADDER if k <= longest)
        if longest >= source.spectrum.size:
            yield ladder, np.zeros((len(ladder), 1)), 1.0
        curve, factor = None, 0.0
        if first is not None and smaller is not None:
            curve = along(smaller)
            factor = _alike(first, curve[: len(first)], relative)
        if curve is None or not factor:
            smaller = smaller if first is None else None
            curve, factor = along(source), 1.0
        first = curve if first is None else first
        yield ladder, curve, factor


def _smaller(source: DataSource) -> DataSource | None:
    """Every so many-th eigenvalue and sample, SMALLER of the fewer; None where that saves less than half."""
    dim, samples = source.spectrum.size, int(source.samples)
    share = SMALLER / min(dim, samples)
    if share > 0.5:
        return None
    count = round(share * dim)
    places = ((np.arange(count) + 0.5) * (dim / count)).astype(int)
    spectrum = np.sort(np.asarray(source.spectrum))[::-1][places]
    numbers = jax.device_put((spectrum, np.asarray(max(1, round(share * samples)))))
    fewer: DataSource = source.replace(spectrum=numbers[0], samples=numbers[1])  # type: ignore[attr-defined]
    return fewer


def _alike(full: np.ndarray, other: np.ndarray, relative: bool) -> float:
    """By how much the full curve errs more than the other, at least 1; 0 where they are not alike."""
    ends = [np.abs(curve[-1]) if relative else 1.0 for curve in (full, other)]
    errors = [(np.abs(c - c[-1]) / end).max(axis=1) for c, end in zip((full, other), ends, strict=True)]
    ratios = [errors[0][at] / max(errors[1][at], 1e-300) for at in map(LADDER.index, ALIKE)]
    alike = max(ratios) <= WITHIN and min(ratios) >= 1 / WITHIN
    return max(1.0, *ratios) if alike else 0.0


def _first_within(ladder: tuple[int, ...], errors: np.ndarray, accuracy: float) -> int:
    """The first k from which on all errors are within half the accuracy; 0 if there is none."""
    within = np.maximum.accumulate(errors[::-1])[::-1] <= accuracy / 2
    return ladder[int(np.argmax(within))] if within.any() else 0


def _beyond(ladder: tuple[int, ...], curve: np.ndarray) -> tuple[tuple[int, ...], np.ndarray]:
    """The ladder up to 2L, and the errors with what the doublings after L would add."""
    longest = ladder[-1]
    quarter, half = (curve[ladder.index(longest // part)] for part in (4, 2))
    before, last = np.abs(half - quarter), np.abs(curve[-1] - half)
    ratio = np.clip(last / np.where(before > 0, before, 1.0), FASTEST, SLOWEST)
    missing = last * ratio / (1.0 - ratio)
    after = tuple(k for k in BEYOND if k > longest)
    errors = np.max(np.abs(curve - curve[-1]) + missing, axis=1)
    return ladder + after, np.append(errors, [np.max(missing * ratio ** np.log2(k / longest)) for k in after])


@partial(jax.jit, static_argnames=("measure", "ladder"))
def _pilot(
    source: DataSource, arguments: Any, *, measure: Callable[..., Any], ladder: tuple[int, ...]
) -> Any:
    """`measure` after each number of steps on the ladder."""
    one, two = (_space(source, arguments[0], jr.key(which), ladder[-1]) for which in (0, 1))
    cut = lanczos_process.truncated
    return jax.lax.map(lambda k: measure(arguments, cut(one, k), cut(two, k)), jnp.asarray(ladder))


def _space(source: DataSource, seed: Any, key: Any, steps: int) -> Krylov:
    return lanczos_process.decompose(Revealed(key, source.spectrum, source.samples), seed, steps)
