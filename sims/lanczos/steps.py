"""How many Lanczos steps an accuracy takes: measured on a pilot draw of the very problem.

The error after k steps falls like (1+√(λ₋/λ₊))^{-2k}-fold where the spectrum of S stays away from the
singularity of g, and like 1/k² for √λ at load one; power laws and filters lie anywhere between. A pilot, one
seed and revealed data, gives the quantity at a ladder of k; the shortest k is taken from which on it stays
within half the accuracy of the pilot's longest, at least twice as long. One pilot speaks for a typical draw:
the accuracy is a root mean square, and single draws at small d have been seen off by twice as much.
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
LONGEST = (64, 128, 256, 512)
"""Lengths of the pilots that are tried one after the other."""


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
        ladder = (*(k for k in LADDER if 2 * k <= longest), longest)
        curve = np.asarray(_pilot(source, arguments, measure=measure, ladder=ladder))
        scale = np.abs(curve[-1]) if relative else 1.0
        errors = np.abs(curve[:-1] - curve[-1]) / scale
        worst = errors.reshape(len(ladder) - 1, -1).max(axis=1)
        within = np.maximum.accumulate(worst[::-1])[::-1] <= accuracy / 2
        if within.any():
            return ladder[int(np.argmax(within))]
    raise ValueError(
        f"accuracy must be at least {2 * worst[-1]:.1g} for {ladder[-2]} steps, got {accuracy:g}"
    )


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
