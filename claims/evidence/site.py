"""One point of a claim: what is predicted there, its cells at all dimensions, and what they say so far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lingen.claims import fields
from lingen.claims.evidence.answer import Engine
from lingen.claims.evidence.assumptions import known_of
from lingen.claims.evidence.broken import Broken, attempt, numbers
from lingen.claims.evidence.draws import Known, Reading, Rules, first_draws, look_level, read
from lingen.claims.evidence.estimated import Kept
from lingen.claims.evidence.point import Point, PointEvidence, describe
from lingen.claims.evidence.sampling import CellDraws

if TYPE_CHECKING:
    from lingen.claims.claim import Claim

__all__ = ["Cells", "Site"]

DOUBLED_SHARE = 0.1
"""A dimension with less than this share of a variance gets no more draws, unless that is what others have too."""
BEHIND = 16
"""No dimension has so many times fewer draws than another: a misfit must have a chance to be seen."""


class Cells(ABC):
    """The cells of one point of a claim; what they say is for its kinds to tell."""

    def __init__(self, claim: Claim, index: int, key: Any):
        self.claim, self.index, self.key = claim, index, key
        self.point = claim.points[index]
        self.known = known_of(claim)
        self.settled = tuple(claim.settled(dim, self.point) for dim in claim.dims)
        self.looks = 0
        self.evidence: PointEvidence | None = None
        self.cells: list[CellDraws] = []
        self.prediction = np.zeros(len(claim.dims))

    def draw_cells(self, shape: tuple[int, ...] | None) -> None:
        """Make the cells ready to draw; `shape` is that of what is kept of a draw."""
        self.cells = [CellDraws(self.claim, self.index, dim, self.key, shape) for dim in self.claim.dims]

    @abstractmethod
    def first(self, error_rate: float, comparisons: int, resolution: float) -> int:
        """Draws of each cell before the first look."""

    @abstractmethod
    def look(self, error_rate: float, comparisons: int, resolution: float) -> None:
        """Compare anew, once every dimension has draws; each look spends its part of the error rate."""

    def hungry(self) -> list[CellDraws]:
        """The cells from which more draws would tell most."""
        return self.cells

    def alive(self, engine: Engine) -> bool:
        """Whether every cell has draws, and they differ or are meant not to."""
        if min(cell.draws for cell in self.cells) < 2:
            return False
        alike = [bool(np.all(cell.kept.alike)) for cell in self.cells]
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


class Site(Cells):
    """One point of a claim: its predictions, its cells, and what they say so far."""

    def __init__(self, claim: Claim, index: int, key: Any):
        super().__init__(claim, index, key)
        self.prediction = self._predict("the prediction", claim.predict)
        self.shape = self.prediction.shape[1:] if claim.exact else self.prediction.shape
        if wrong := fields.misplaced(claim.components, self.shape):
            raise Broken(wrong)
        self.rivals = {name: self._rival(name, rival) for name, rival in claim.rivals.items()}
        self.scale = (
            np.abs(self.prediction) if claim.scale is None else np.full_like(self.prediction, claim.scale)
        )
        if not np.all(self.scale > 0):
            raise Broken(f"the prediction at {describe(self.point)} is 0, so the claim needs a scale")
        self.draw_cells(self.shape if claim.estimate is None else None)
        self.shifts = self._shifts()

    def first(self, error_rate: float, comparisons: int, resolution: float) -> int:
        """Draws of each cell before the first look."""
        level = look_level(error_rate, comparisons, 1)
        least, estimate = self._least(level), self.claim.estimate
        if estimate is not None and estimate.every_law:
            return least
        return max(least, first_draws(self.known, level, resolution))

    def look(self, error_rate: float, comparisons: int, resolution: float) -> None:
        """Compare anew, once every dimension has draws; each look spends its part of the error rate."""
        level = look_level(error_rate, comparisons, self.looks + 1)
        if min(cell.draws for cell in self.cells) < self._least(level):
            return
        self.looks += 1
        kept, names = [cell.kept for cell in self.cells], list(self.shifts)
        shifts = [self.shifts[name] for name in names]
        found = attempt(
            f"the estimate at {describe(self.point)}",
            lambda: self._read(kept, error_rate / comparisons, shifts),
        )
        self.evidence = self._evidence(kept, found, names, resolution)

    def _read(self, kept: Sequence[Kept], level: float, shifts: Sequence[np.ndarray]) -> Reading:
        found = read(kept, self._rules(), level, self.looks, shifts)
        if found.means.shape[1:] != self.shape:
            raise Broken(f"gave shape {found.means.shape[1:]} where the prediction has {self.shape}")
        if not np.all(np.isfinite(found.means)):
            raise Broken(f"gave {found.means[~np.isfinite(found.means)].flat[0]}")
        return found

    def _least(self, level: float) -> int:
        """Draws without which nothing is known of their errors."""
        estimate = self.claim.estimate
        return 2 if estimate is None else estimate.first(level / (1 if self.claim.exact else len(self.cells)))

    def hungry(self) -> list[CellDraws]:
        """The cells from which more draws would tell most."""
        evidence = self.evidence
        if evidence is None:
            return self.cells
        undecided = evidence.undecided if np.any(evidence.undecided) else np.ones_like(evidence.undecided)
        shares = evidence.shares.reshape(len(self.cells), -1)
        enough = np.minimum(DOUBLED_SHARE, shares.max(axis=0) / 2)
        wanted = (shares >= enough).reshape(evidence.shares.shape) & undecided
        chosen = wanted.reshape(len(self.cells), -1).any(axis=1)
        most = max(cell.draws for cell in self.cells)
        return [
            cell
            for cell, more in zip(self.cells, chosen, strict=True)
            if more or (not self.claim.exact and BEHIND * cell.draws <= most)
        ]

    def _rules(self) -> Rules:
        bounds = self.claim.bounds
        ends = None if bounds is None else _ends(bounds, self.shape)
        scale = (
            self.scale if self.claim.exact else np.broadcast_to(self.scale, (len(self.cells), *self.shape))
        )
        order = None if self.claim.exact else self.claim.order
        proved = bool(self.claim.order_source)
        return Rules(
            self.known, ends, scale, self.claim.dims, order, proved, self.claim.orders, self.claim.estimate
        )

    def _evidence(
        self, kept: Sequence[Kept], found: Reading, names: list[str], resolution: float
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
            draws=tuple(one.draws for one in kept),
            means=found.means,
            standard_errors=found.errors,
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
            contradicted=found.contradicted,
            orders=limit.left,
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
            where = describe(point | self.claim.size.at(dim))
            return attempt(f"{what} at {where}", lambda: _finite(predict(dim=dim, **point)))

        values = [at(dim, point) for dim, point in zip(self.claim.dims, self.settled, strict=True)]
        if len({value.shape for value in values}) > 1:
            raise Broken(f"{what} at {describe(self.point)} gave another shape at another size")
        return np.stack(values)

    def _rival(self, name: str, rival: Callable[..., Any]) -> np.ndarray:
        value = self._predict(_words(name), rival)
        if value.shape != self.prediction.shape:
            shapes = f"shape {value.shape} where the prediction has {self.prediction.shape}"
            raise Broken(f"rival {name!r} at {describe(self.point)} gave {shapes}")
        return value


def _words(name: str) -> str:
    return f"rival {name!r}" if name else "the prediction"


def _ends(bounds: tuple[Any, Any], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    low, high = (np.broadcast_to(np.asarray(end, float), shape) for end in bounds)
    return low, high


def _finite(value: Any) -> np.ndarray:
    array = numbers(value)
    if not array.size:
        raise Broken("gave no number")
    if not np.all(np.isfinite(array)):
        raise Broken(f"gave {array[~np.isfinite(array)].flat[0]}")
    return array
