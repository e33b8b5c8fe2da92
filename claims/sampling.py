"""The draws of one claim: a cell for each point and dimension, topped up look by look.

Cell (i, d) of a claim draws under fold_in(fold_in(fold_in(key, crc32(name)), i), d), and draw j of a cell
under a fold_in of j: a cell's numbers depend on nothing else, and appending draws never repeats any.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.random as jr
import numpy as np
from jaxtyping import Float

from lingen.claims.claim import Claim
from lingen.claims.evidence import Estimate, Sums, extrapolate, look_level, quantile
from lingen.claims.verdict import PointEvidence, describe
from lingen.sims.ensemble import group_width, stream

__all__ = ["Broken", "Cell", "Engine", "Site", "attempt", "numbers"]

Engine = Callable[..., Iterator[Any]]

DOUBLED_SHARE = 0.1
"""A dimension with less than this share of an estimate's variance gets no more draws."""


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
        self.draw = attempt(f"the sampler at {self.where}", lambda: claim.draw(dim, claim.points[index]))
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
        return values


class Site:
    """One point of a claim: its predictions, its cells, and what they say so far."""

    def __init__(self, claim: Claim, index: int, key: Any):
        self.claim, self.point = claim, claim.points[index]
        where = describe(self.point)
        self.prediction = self._predict("the prediction", claim.predict)
        self.shape = self.prediction.shape[1:] if claim.exact else self.prediction.shape
        self.rivals = {name: self._rival(name, rival) for name, rival in claim.rivals.items()}
        self.scale = (
            np.abs(self.prediction) if claim.scale is None else np.full_like(self.prediction, claim.scale)
        )
        if not np.all(self.scale > 0):
            raise Broken(f"the prediction at {where} is 0, so the claim needs a scale")
        self.cells = [Cell(claim, index, dim, key, self.shape) for dim in claim.dims]
        self.looks = 0
        self.evidence: PointEvidence | None = None

    def look(self, error_rate: float, comparisons: int, resolution: float) -> None:
        """Compare anew, once every dimension has draws; each look spends its part of the error rate."""
        sums = [cell.sums for cell in self.cells]
        if min(s.draws for s in sums) < 2:
            return
        self.looks += 1
        estimate = self._estimate(sums)
        level = look_level(error_rate, comparisons, self.looks)
        self.evidence = PointEvidence(
            point=self.point,
            dims=self.claim.dims,
            draws=tuple(s.draws for s in sums),
            means=np.stack([s.mean for s in sums]),
            standard_errors=np.stack([s.standard_error for s in sums]),
            estimate=estimate.value,
            standard_error=estimate.standard_error,
            half_width=quantile(level, estimate.dof, estimate.skewness) * estimate.standard_error
            + estimate.widening,
            prediction=self.prediction,
            scale=self.scale,
            rivals=self.rivals,
            lack_of_fit=estimate.lack_of_fit,
            widening=estimate.widening,
            shares=estimate.shares,
            resolution=resolution,
        )

    def hungry(self) -> list[Cell]:
        """The cells from which more draws would tell most."""
        evidence = self.evidence
        if evidence is None:
            return [cell for cell in self.cells if cell.sums.draws < 2]
        undecided = evidence.undecided if np.any(evidence.undecided) else True
        useful = ((evidence.shares >= DOUBLED_SHARE) | (evidence.widening > 0)) & undecided
        chosen = np.asarray(useful).reshape(len(self.cells), -1)
        return [cell for cell, wanted in zip(self.cells, chosen, strict=True) if wanted.any()]

    def _estimate(self, sums: Sequence[Sums]) -> Estimate:
        if not self.claim.exact:
            return extrapolate(sums, self.claim.dims, self.claim.order)
        alone = [extrapolate([s], [dim], ()) for s, dim in zip(sums, self.claim.dims, strict=True)]
        value, error, dof, skewness, _, fit, widening = (
            np.stack(field) for field in zip(*alone, strict=True)
        )
        return Estimate(value, error, dof, skewness, np.ones_like(value), fit, widening)

    def _predict(self, what: str, predict: Callable[..., Any]) -> np.ndarray:
        if not self.claim.exact:
            return attempt(f"{what} at {describe(self.point)}", lambda: _finite(predict(**self.point)))

        def at(dim: int) -> np.ndarray:
            where = describe(self.point, dim)
            return attempt(f"{what} at {where}", lambda: _finite(predict(dim=dim, **self.point)))

        values = [at(dim) for dim in self.claim.dims]
        if len({value.shape for value in values}) > 1:
            raise Broken(f"{what} at {describe(self.point)} gave another shape at another dimension")
        return np.stack(values)

    def _rival(self, name: str, rival: Callable[..., Any]) -> np.ndarray:
        value = self._predict(f"rival {name!r}", rival)
        if value.shape != self.prediction.shape:
            shapes = f"shape {value.shape} where the prediction has {self.prediction.shape}"
            raise Broken(f"rival {name!r} at {describe(self.point)} gave {shapes}")
        return value


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
