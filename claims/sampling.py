"""The draws of one claim: a cell for each point and dimension, topped up look by look.

Cell (i, d) of a claim draws under fold_in(fold_in(fold_in(key, crc32(name)), i), d), and draw j of a cell
under a fold_in of j: a cell's numbers depend on nothing else, and appending draws never repeats any.
Before anything is compared the draws are seen to differ: a simulation that ignores its key is no evidence.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.random as jr
import numpy as np
from jaxtyping import Float

from lingen.claims.assumptions import known_of
from lingen.claims.claim import Claim, Point
from lingen.claims.evidence.draws import Known, Reading, Rules, first_draws, look_level, read
from lingen.claims.evidence.sums import Sums
from lingen.claims.verdict import PointEvidence, describe
from lingen.sims.ensemble import depends_on_key, group_width, stream

__all__ = ["Broken", "Cell", "Engine", "Site", "attempt", "numbers"]

Engine = Callable[..., Iterator[Any]]

DOUBLED_SHARE = 0.1
"""A dimension with less than this share of a variance gets no more draws, unless that is what others have too."""
BEHIND = 16
"""No dimension has so many times fewer draws than another: a misfit must have a chance to be seen."""
ALIKE = 4096
"""Draws that are all one number before they are called no evidence, though they depend on their key."""
ROUNDING = 1e-9
"""How far a draw may lie outside its bounds, relative to their distance."""


class Broken(Exception):
    """A claim cannot be checked; the message says where and why in one line."""


class Cell:
    """The draws at one point and dimension."""

    def __init__(self, claim: Claim, index: int, dim: int, key: Any, shape: tuple[int, ...]):
        self.claim, self.dim, self.shape = claim, dim, shape
        self.where = describe(claim.points[index], dim)
        for number in (zlib.crc32(claim.name.encode()), index, dim):
            key = jr.fold_in(key, np.uint32(number))
        self.key = key
        self.sums = Sums.empty(shape)
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


class Site:
    """One point of a claim: its predictions, its cells, and what they say so far."""

    def __init__(self, claim: Claim, index: int, key: Any):
        self.claim, self.point = claim, claim.points[index]
        where = describe(self.point)
        self.known = known_of(claim)
        self.settled = tuple(claim.settled(dim, self.point) for dim in claim.dims)
        self.prediction = self._predict("the prediction", claim.predict)
        self.shape = self.prediction.shape[1:] if claim.exact else self.prediction.shape
        self.rivals = {name: self._rival(name, rival) for name, rival in claim.rivals.items()}
        self.scale = (
            np.abs(self.prediction) if claim.scale is None else np.full_like(self.prediction, claim.scale)
        )
        if not np.all(self.scale > 0):
            raise Broken(f"the prediction at {where} is 0, so the claim needs a scale")
        self.cells = [Cell(claim, index, dim, key, self.shape) for dim in claim.dims]
        self.shifts = self._shifts()
        self.looks = 0
        self.evidence: PointEvidence | None = None

    def first(self, error_rate: float, comparisons: int, resolution: float) -> int:
        """Draws of each cell before the first look."""
        return first_draws(self.known, look_level(error_rate, comparisons, 1), resolution)

    def look(self, error_rate: float, comparisons: int, resolution: float) -> None:
        """Compare anew, once every dimension has draws; each look spends its part of the error rate."""
        sums = [cell.sums for cell in self.cells]
        if min(s.draws for s in sums) < 2:
            return
        self.looks += 1
        names = list(self.shifts)
        found = read(
            sums, self._rules(), error_rate / comparisons, self.looks, [self.shifts[name] for name in names]
        )
        self.evidence = self._evidence(sums, found, names, resolution)

    def hungry(self) -> list[Cell]:
        """The cells from which more draws would tell most."""
        evidence = self.evidence
        if evidence is None:
            return self.cells
        undecided = evidence.undecided if np.any(evidence.undecided) else np.ones_like(evidence.undecided)
        shares = evidence.shares.reshape(len(self.cells), -1)
        enough = np.minimum(DOUBLED_SHARE, shares.max(axis=0) / 2)
        wanted = (shares >= enough).reshape(evidence.shares.shape) & undecided
        chosen = wanted.reshape(len(self.cells), -1).any(axis=1)
        most = max(cell.sums.draws for cell in self.cells)
        return [
            cell
            for cell, more in zip(self.cells, chosen, strict=True)
            if more or (not self.claim.exact and BEHIND * cell.sums.draws <= most)
        ]

    def alive(self, engine: Engine) -> bool:
        """Whether every cell has draws, and they differ or are meant not to."""
        if min(cell.sums.draws for cell in self.cells) < 2:
            return False
        alike = [bool(np.all(cell.sums.alike)) for cell in self.cells]
        if self.known is Known.DETERMINISTIC:
            if not all(alike):
                where = self.cells[alike.index(False)].where
                raise Broken(f"the simulation at {where} gave draws that differ where deterministic=True")
            return True
        if not all(alike):
            return True
        for cell in self.cells:
            if why := cell.still(engine):
                raise Broken(f"the simulation at {cell.where} {why}")
        return False

    def _rules(self) -> Rules:
        bounds = self.claim.bounds
        ends = (
            None
            if bounds is None
            else tuple(np.broadcast_to(np.asarray(b, float), self.shape) for b in bounds)
        )
        scale = (
            self.scale if self.claim.exact else np.broadcast_to(self.scale, (len(self.cells), *self.shape))
        )
        order = None if self.claim.exact else self.claim.order
        return Rules(self.known, ends, scale, self.claim.dims, order, bool(self.claim.order_source))

    def _evidence(
        self, sums: Sequence[Sums], found: Reading, names: list[str], resolution: float
    ) -> PointEvidence:
        limit = found.limit
        ends = {name: (one.low, one.high) for name, one in zip(names[1:], found.moved, strict=True)}
        low, high = (
            np.where(found.heavy, end, own) for end, own in ((-np.inf, limit.low), (np.inf, limit.high))
        )
        if found.heavy.any():
            ends = {name: (low, high) for name in self.rivals}
        return PointEvidence(
            point=self.point,
            dims=self.claim.dims,
            draws=tuple(s.draws for s in sums),
            means=np.stack([s.mean for s in sums]),
            standard_errors=np.stack([s.standard_error for s in sums]),
            estimate=limit.value,
            standard_error=limit.standard_error,
            low=low,
            high=high,
            prediction=self.prediction,
            scale=self.scale,
            rivals=self.rivals,
            drawn=limit.drawn,
            shares=limit.shares,
            resolution=resolution,
            misfit=bool(limit.misfit.any()),
            settled=bool(np.all(limit.settled)),
            tail=float(found.tail.min()),
            rival_ends=ends,
            drawn_points=self.settled if any(one != self.point for one in self.settled) else (),
        )

    def _shifts(self) -> dict[str, np.ndarray]:
        """What rounded parameters do to each prediction, taken off the means; rivals only if it is something else.

        A prediction of the limit is for the parameters asked for, a draw has those of its size.
        """
        none = np.zeros((len(self.cells), *self.shape))
        if self.claim.exact or all(one == self.point for one in self.settled):
            return {"": none}
        claims = {"": self.claim.predict, **self.claim.rivals}
        here = {"": self.prediction, **self.rivals}
        return {
            name: np.stack([here[name] - self._at(_words(name), claims[name], one) for one in self.settled])
            for name in claims
        }

    def _at(self, what: str, predict: Callable[..., Any], point: Point) -> np.ndarray:
        return attempt(f"{what} at {describe(point)}", lambda: _finite(predict(**point)))

    def _predict(self, what: str, predict: Callable[..., Any]) -> np.ndarray:
        if not self.claim.exact:
            return self._at(what, predict, self.point)

        def at(dim: int, point: Point) -> np.ndarray:
            where = describe(point, dim)
            return attempt(f"{what} at {where}", lambda: _finite(predict(dim=dim, **point)))

        values = [at(dim, point) for dim, point in zip(self.claim.dims, self.settled, strict=True)]
        if len({value.shape for value in values}) > 1:
            raise Broken(f"{what} at {describe(self.point)} gave another shape at another dimension")
        return np.stack(values)

    def _rival(self, name: str, rival: Callable[..., Any]) -> np.ndarray:
        value = self._predict(_words(name), rival)
        if value.shape != self.prediction.shape:
            shapes = f"shape {value.shape} where the prediction has {self.prediction.shape}"
            raise Broken(f"rival {name!r} at {describe(self.point)} gave {shapes}")
        return value


def _words(name: str) -> str:
    return f"rival {name!r}" if name else "the prediction"


def _within(bounds: tuple[Any, Any], values: np.ndarray) -> np.ndarray:
    """The values, if they lie within the bounds; what rounding put outside is put back."""
    low, high = (np.asarray(end, float) for end in bounds)
    slack = ROUNDING * (high - low)
    wrong = (values < low - slack) | (values > high + slack)
    if wrong.any():
        raise Broken(f"gave {values[wrong].flat[0]:.6g}, which lies outside bounds={bounds!r}")
    return np.clip(values, low, high)


def _finite(value: Any) -> np.ndarray:
    array = numbers(value)
    if not array.size:
        raise Broken("gave no number")
    if not np.all(np.isfinite(array)):
        raise Broken(f"gave {array[~np.isfinite(array)].flat[0]}")
    return array


def attempt(what: str, action: Callable[[], Any]) -> Any:
    """`action()`, with anything it raises turned into one line of `Broken` that begins with `what`."""
    try:
        return action()
    except Broken as error:
        raise Broken(f"{what} {error}") from error
    except (Exception, SystemExit) as error:  # a user's function ends its claim, not the run
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise Broken(f"{what} raised {type(error).__name__}{': ' + lines[0] if lines else ''}") from error


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
