"""How many Lanczos steps an accuracy takes: measured on a pilot draw of the very problem.

The error after k steps falls like (1+√(λ₋/λ₊))^{-2k}-fold where the spectrum of S stays away from the
singularity of g, and like 1/k² for √λ at load one; power laws and filters lie anywhere between. A pilot, one
seed and revealed data, gives the quantity at a ladder of k; the shortest k is taken from which on it stays
within half the accuracy of the pilot's longest, L, at least twice as long. Where no pilot is long enough,
what the longest lacks follows from its last doublings: if |q_L − q_{L/2}| = D is r times the doubling before,
those to come add D(r + r² + ...) where the error is a power of k, and less where it falls faster. One pilot
speaks for a typical draw: the accuracy is a root mean square, and single draws at small d have been seen off
by twice as much.
"""

from __future__ import annotations

from collections.abc import Callable
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
        arguments: its arguments: a pytree beginning with the seed, shape (1, d).
        accuracy: the error allowed, relative to the quantity, or absolute.
        relative: which of the two.

    Raises:
        ValueError: if the longest pilot does not reach the accuracy.
    """
    dim = source.spectrum.size
    for longest in LONGEST:
        if longest >= dim:
            return dim
        ladder = tuple(k for k in LADDER if k <= longest)
        curve = np.asarray(_pilot(source, arguments, measure=measure, ladder=ladder)).reshape(len(ladder), -1)
        curve = curve / (np.abs(curve[-1]) if relative else 1.0)
        errors = np.abs(curve - curve[-1]).max(axis=1)
        sure = sum(2 * k <= longest for k in ladder)
        steps = _first_within(ladder[:sure], errors[:sure], accuracy)
        if steps:
            return steps
    ladder, errors = _beyond(ladder, curve)
    steps = _first_within(ladder, errors, accuracy)
    if not steps:
        raise ValueError(
            f"accuracy must be at least {2 * errors[-1]:.1g} for {ladder[-1]} steps, got {accuracy:g}"
        )
    return min(dim, steps)


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
