"""The draws of one cell of a claim, a point and a dimension, topped up look by look.

Cell (i, d) of a claim draws under fold_in(fold_in(fold_in(key, crc32(name)), i), d), and draw j of a cell
under a fold_in of j: a cell's numbers depend on nothing else, and appending draws never repeats any.
Before anything is compared the draws are seen to differ: a simulation that ignores its key is no evidence.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import jax
import jax.random as jr
import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.answer import Engine
from lingen.claims.evidence.broken import Broken, attempt, misshapen, numbers, stacked
from lingen.claims.evidence.estimated import Kept
from lingen.claims.evidence.means.sums import RunningSums
from lingen.claims.evidence.point import describe
from lingen.claims.evidence.sample import ROOM, Sample
from lingen.experiments.grid.python_draws import PythonDraw
from lingen.sims.engine.ensemble import depends_on_key, group_width, stream

if TYPE_CHECKING:
    from lingen.claims.claim import Claim

__all__ = ["CellDraws"]

ALIKE = 4096
"""Draws that are all one number before they are called no evidence, though they depend on their key."""
ROUNDING = 1e-9
"""How far a draw may lie outside its bounds, relative to their distance."""


class CellDraws:
    """The draws at one point and dimension."""

    def __init__(self, claim: Claim, index: int, dim: int, key: Any, shape: tuple[int, ...] | None):
        """`shape` is that of what is kept of a draw; any, if absent."""
        self.claim, self.dim, self.shape = claim, dim, shape
        self.where = describe(claim.points[index] | claim.size.at(dim))
        for number in (zlib.crc32(claim.name.encode()), index, dim):
            key = jr.fold_in(key, np.uint32(number))
        self.key = key
        self.kept: Kept = Sample() if shape is None else RunningSums.empty(shape)
        self.point = claim.settled(dim, claim.points[index])
        self.draw = attempt(f"the sampler at {self.where}", lambda: claim.draw(dim, self.point))
        self.width = 1

    @property
    def draws(self) -> int:
        """How many there are."""
        return self.kept.draws

    def room(self, cells: int) -> float:
        """How many draws can be kept, if so many cells share the memory."""
        return np.inf if not self.kept.nbytes else ROOM / cells / (self.kept.nbytes / self.draws)

    def top_up(
        self, draws: int, first: int, engine: Engine, devices: Any, expired: Callable[[], bool]
    ) -> None:
        """Append about `draws` draws, whole groups of them; fewer if time runs out on the way."""
        what = f"the simulation at {self.where}"
        if not self.draws and engine is stream and not isinstance(self.draw, PythonDraw):
            self.width = attempt(what, lambda: group_width(self.draw, self.key))
        draws = -(-draws // self.width) * self.width
        batch = None if draws >= 32 * first else -(-first // self.width) * self.width
        values = attempt(what, lambda: self._values(self._batches(engine, draws, devices, batch), expired))
        self.kept = self.kept.add(values)

    def _batches(self, engine: Engine, draws: int, devices: Any, batch: int | None) -> Iterator[Any]:
        """The next draws, in batches: here alone draws are made."""
        if isinstance(self.draw, PythonDraw):
            return self.draw.stream(self.key, draws, self.draws)
        return engine(self.draw, self.key, draws, devices, batch, self.draws)

    def _values(self, batches: Iterator[Any], expired: Callable[[], bool]) -> Any:
        parts: list[Any] = []
        made = self.draws
        for batch in batches:
            parts.append(self._measured(batch))
            made += len(jax.tree.leaves(parts[-1])[0])
            if expired() and made > 1:
                break
        return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)

    def _measured(self, batch: Any) -> Any:
        length = len(jax.tree.leaves(batch)[0])
        values = batch if self.claim.measure is None else self.claim.measure(batch)
        if self.shape is None:
            return jax.tree.map(lambda leaf: _sound(numbers(leaf), length), values)
        values = stacked(values)
        if values.shape != (length, *self.shape):
            raise Broken(misshapen(values.shape, length, self.shape, self.claim.measure is not None))
        values = _sound(values, length)
        return values if self.claim.bounds is None else _within(self.claim.bounds, values)

    def still(self, engine: Engine) -> str:
        """Why draws that are all alike are no evidence; nothing while they may still differ."""
        known = engine is stream and not isinstance(self.draw, PythonDraw)
        if known and not depends_on_key(self.draw, self.key):
            return (
                "does not depend on its key: every draw is the same number (random numbers must come from the key, "
                "by jax.random; NumPy's generators are frozen when the draw is compiled)"
            )
        if self.draws < ALIKE:
            return ""
        return (
            f"gave {self.draws:,} draws that are equal bit for bit, which is no evidence: "
            "deterministic=True if so it shall be, bounds=(low, high) if others are rare"
        )


def _sound(values: Float[np.ndarray, "draws ..."], length: int) -> Float[np.ndarray, "draws ..."]:
    if values.shape[:1] != (length,):
        raise Broken(misshapen(values.shape, length, None, True))
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise Broken(f"gave {values[wrong].flat[0]} in {np.mean(wrong):.2g} of its numbers")
    return values


def _within(bounds: tuple[Any, Any], values: np.ndarray) -> np.ndarray:
    """The values, if they lie within the bounds; what rounding put outside is put back."""
    low, high = (np.asarray(end, float) for end in bounds)
    slack = ROUNDING * (high - low)
    wrong = (values < low - slack) | (values > high + slack)
    if wrong.any():
        raise Broken(f"gave {values[wrong].flat[0]:.6g}, which lies outside bounds={bounds!r}")
    return np.clip(values, low, high)
