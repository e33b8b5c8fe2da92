"""The draws of one cell of a claim, a point and a dimension, topped up look by look.

Cell (i, d) of a claim draws under fold_in(fold_in(fold_in(key, crc32(name)), i), d), and draw j of a cell
under a fold_in of j: a cell's numbers depend on nothing else, and appending draws never repeats any.
Before anything is compared the draws are seen to differ: a simulation that ignores its key is no evidence.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.random as jr
import numpy as np
from jaxtyping import Float

from lingen.boundary import checked
from lingen.claims.claim import Claim
from lingen.claims.evidence.point import describe
from lingen.claims.evidence.sums import RunningSums
from lingen.sims.engine.ensemble import depends_on_key, group_width, stream

__all__ = ["Broken", "CellDraws", "Engine", "attempt", "numbers"]

Engine = Callable[..., Iterator[Any]]

ALIKE = 4096
"""Draws that are all one number before they are called no evidence, though they depend on their key."""
ROUNDING = 1e-9
"""How far a draw may lie outside its bounds, relative to their distance."""


class Broken(Exception):
    """A claim cannot be checked; the message says where and why in one line."""


class CellDraws:
    """The draws at one point and dimension."""

    def __init__(self, claim: Claim, index: int, dim: int, key: Any, shape: tuple[int, ...]):
        self.claim, self.dim, self.shape = claim, dim, shape
        self.where = describe(claim.points[index], dim)
        for number in (zlib.crc32(claim.name.encode()), index, dim):
            key = jr.fold_in(key, np.uint32(number))
        self.key = key
        self.sums = RunningSums.empty(shape)
        self.point = claim.settled(dim, claim.points[index])
        self.draw = attempt(f"the sampler at {self.where}", lambda: claim.draw(dim, self.point))
        self.width = 1

    def top_up(
        self, draws: int, first: int, engine: Engine, devices: Any, expired: Callable[[], bool]
    ) -> None:
        """Append about `draws` draws, whole groups of them; fewer if time runs out on the way."""
        if not self.sums.draws and engine is stream:
            self.width = attempt(f"the simulation at {self.where}", lambda: group_width(self.draw, self.key))
        draws = -(-draws // self.width) * self.width
        batch = None if draws >= 32 * first else -(-first // self.width) * self.width
        self.sums = self.sums.add(
            attempt(
                f"the simulation at {self.where}",
                lambda: self._values(
                    engine(self.draw, self.key, draws, devices, batch, self.sums.draws), expired
                ),
            )
        )

    def _values(self, batches: Iterator[Any], expired: Callable[[], bool]) -> Float[np.ndarray, "draws ..."]:
        parts: list[np.ndarray] = []
        for batch in batches:
            parts.append(self._measured(batch))
            if expired() and self.sums.draws + sum(map(len, parts)) > 1:
                break
        return np.concatenate(parts)

    def _measured(self, batch: Any) -> Float[np.ndarray, "draws ..."]:
        length = len(jax.tree.leaves(batch)[0])
        values = numbers(batch if self.claim.measure is None else self.claim.measure(batch))
        if values.shape != (length, *self.shape):
            one = values.shape[1:] if values.shape[:1] == (length,) else values.shape
            raise Broken(f"gave shape {one} where the prediction has {self.shape}")
        if not np.all(np.isfinite(values)):
            wrong = values[~np.isfinite(values)]
            raise Broken(f"gave {wrong.flat[0]} in {np.mean(~np.isfinite(values)):.2g} of its numbers")
        return values if self.claim.bounds is None else _within(self.claim.bounds, values)

    def still(self, engine: Engine) -> str:
        """Why draws that are all alike are no evidence; nothing while they may still differ."""
        if engine is stream and not depends_on_key(self.draw, self.key):
            return (
                "does not depend on its key: every draw is the same number (random numbers must come from the key, "
                "by jax.random; NumPy's generators are frozen when the draw is compiled)"
            )
        if self.sums.draws < ALIKE:
            return ""
        return (
            f"gave {self.sums.draws:,} draws that are equal bit for bit, which is no evidence: "
            "deterministic=True if so it shall be, bounds=(low, high) if others are rare"
        )


def _within(bounds: tuple[Any, Any], values: np.ndarray) -> np.ndarray:
    """The values, if they lie within the bounds; what rounding put outside is put back."""
    low, high = (np.asarray(end, float) for end in bounds)
    slack = ROUNDING * (high - low)
    wrong = (values < low - slack) | (values > high + slack)
    if wrong.any():
        raise Broken(f"gave {values[wrong].flat[0]:.6g}, which lies outside bounds={bounds!r}")
    return np.clip(values, low, high)


@checked
def attempt(what: str, action: Callable[[], Any]) -> Any:
    """`action()`, with anything it raises turned into one line of `Broken` that begins with `what`."""
    try:
        return action()
    except Broken as error:
        raise Broken(f"{what} {error}") from error
    except (Exception, SystemExit) as error:  # a user's function ends its claim, not the run
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise Broken(f"{what} raised {type(error).__name__}{': ' + lines[0] if lines else ''}") from error


@checked
def numbers(value: Any) -> np.ndarray:
    """`value` as an array of floats, or `Broken`."""
    try:
        array = np.asarray(value)
        real = array.astype(float) if array.dtype.kind in "biuf" else None
    except (TypeError, ValueError):
        real = None
    if real is None or hasattr(value, "_fields"):
        raise Broken(f"gave a {type(value).__name__} where an array of real numbers is needed")
    return real
