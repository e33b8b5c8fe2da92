"""One point of a claim on a law: how far the draws of its cells are from that law, and from its rivals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.broken import Broken, attempt, stacked
from lingen.claims.evidence.draws import look_level
from lingen.claims.evidence.point import PointEvidence, describe, percent
from lingen.claims.evidence.site import Cells

if TYPE_CHECKING:
    from lingen.claims.law_claim import LawClaim

__all__ = ["LawPoint", "LawSite", "distance", "reach"]

Numbers = np.ndarray
Cdf = Callable[[Any], Any]

LEAST = 16
"""Draws before the first look."""
ULPS = 64
"""Draws that differ by less are one number, up to the rounding of what made them, and an atom this near to one is theirs."""
ROUNDING = 1e-9
"""Of probabilities."""
SHOWN = 400
"""Places at which a figure shows the distribution functions."""
SPREAD = 0.26
"""Standard deviation of √n sup|F_n − F| for a continuous law."""


@dataclass(frozen=True, eq=False)
class LawPoint(PointEvidence):
    """Distances from a law; the prediction is that they are zero."""

    distances: Mapping[str, Numbers] = field(default_factory=dict)
    """Of the draws from each rival, at each dimension."""
    apart: Mapping[str, Numbers] = field(default_factory=dict)
    """Of each rival from the law that is claimed, at each dimension, as far as the draws' places show it."""
    curves: tuple[Mapping[str, Numbers], ...] = ()
    """At each dimension, places `x`, the `draws`' distribution function there, the `law`'s and those of the rivals."""
    measure = "distance"

    @property
    def doubtful(self) -> bool:
        """No: more draws tell more of any law."""
        return False

    def gap(self, rival: str) -> float:
        """The distance of a rival from the law that is claimed."""
        return float(np.max(self.apart[rival]))

    def beyond(self, rival: str) -> Numbers:
        """How much farther than the resolution the draws are from a rival."""
        return self.distances[rival] - self.resolution

    def against(self, where: tuple[int, ...]) -> str:
        """What speaks against the claim in this place, in words."""
        return (
            f"the draws' law is {percent(self.estimate[where])} ± {percent(self.margin[where])} away from it"
        )


class LawSite(Cells):
    """One point of a claim on a law."""

    def __init__(self, claim: LawClaim, index: int, key: Any):
        super().__init__(claim, index, key)
        self.laws = {"": self._cdfs("the law", claim.law)}
        self.laws |= {name: self._cdfs(f"rival {name!r}", rival) for name, rival in claim.rivals.items()}
        self.draw_cells(None)

    def first(self, error_rate: float, comparisons: int, resolution: float) -> int:
        """Draws of each cell before the first look."""
        return LEAST

    def look(self, error_rate: float, comparisons: int, resolution: float) -> None:
        """Measure the distances anew; each look spends its part of the error rate."""
        if min(cell.draws for cell in self.cells) < LEAST:
            return
        self.looks += 1
        level = look_level(error_rate, comparisons, self.looks)
        samples = [np.sort(self._numbers(cell)) for cell in self.cells]
        found = [self._compared(row, sample) for row, sample in enumerate(samples)]
        counts = np.array([len(sample) for sample in samples], float)
        away = {name: np.array([one[name] for one, _, _ in found]) for name in self.laws}
        half = reach(counts, level)
        ends = {name: (np.maximum(d - half, 0.0), np.minimum(d + half, 1.0)) for name, d in away.items()}
        zero, one = np.zeros(len(counts)), np.ones(len(counts))
        rivals = list(self.claim.rivals)
        self.evidence = LawPoint(
            point=self.point,
            dims=self.claim.dims,
            draws=tuple(map(len, samples)),
            means=away[""],
            standard_errors=SPREAD / np.sqrt(counts),
            estimate=away[""],
            standard_error=SPREAD / np.sqrt(counts),
            low=ends[""][0],
            high=ends[""][1],
            prediction=zero,
            scale=one,
            rivals=dict.fromkeys(rivals, zero),
            drawn=half,
            shares=one,
            resolution=resolution,
            rival_ends={name: ends[name] for name in rivals},
            drawn_points=self.settled if any(at != self.point for at in self.settled) else (),
            distances={name: away[name] for name in rivals},
            apart={name: np.array([apart[name] for _, apart, _ in found]) for name in rivals},
            curves=tuple(curves for _, _, curves in found),
        )

    def _numbers(self, cell: Any) -> Float[Numbers, "draws"]:
        values = attempt(f"the simulation at {cell.where}", lambda: stacked(cell.kept.values))
        if values.ndim != 1:
            raise Broken(
                f"the simulation at {cell.where} gave shape {values.shape[1:]} where a law is of one number: "
                "measure=lambda draws: draws[:, 0] picks one"
            )
        return values

    def _compared(
        self, row: int, ordered: Float[Numbers, "draws"]
    ) -> tuple[dict[str, float], dict[str, float], dict[str, Numbers]]:
        """Distances of the draws from each law, of each law from the claimed one, and what a figure shows."""
        first, last, steps = _clusters(ordered)
        values = {name: self._values(name, row, first, last) for name in self.laws}
        away = {name: distance(steps, *ends) for name, ends in values.items()}
        claimed = values[""]
        apart = {
            name: float(max(np.abs(ends[0] - claimed[0]).max(), np.abs(ends[1] - claimed[1]).max()))
            for name, ends in values.items()
        }
        shown = np.unique(np.linspace(0, len(last) - 1, min(SHOWN, len(last))).astype(int))
        curves = {"x": last[shown], "draws": steps[shown]}
        curves |= {name or "law": ends[1][shown] for name, ends in values.items()}
        return away, apart, curves

    def _values(self, name: str, row: int, first: Numbers, last: Numbers) -> tuple[Numbers, Numbers]:
        """F just below and at some places."""
        what = f"rival {name!r}" if name else "the law"
        where = describe(self.point | self.claim.size.at(self.claim.dims[row]))
        below, at = first - ULPS * np.spacing(np.abs(first)), last + ULPS * np.spacing(np.abs(last))
        return attempt(f"{what} at {where}", lambda: _probabilities(self.laws[name][row], below, at))

    def _cdfs(self, what: str, law: Callable[..., Cdf]) -> list[Cdf]:
        found = []
        for dim, point in zip(self.claim.dims, self.settled, strict=True):
            where = describe(point | self.claim.size.at(dim))
            more = {"dim": dim} if self.claim.exact else {}
            cdf = attempt(f"{what} at {where}", partial(law, **more, **point))
            if not callable(cdf):
                raise Broken(
                    f"{what} at {where} gave a {type(cdf).__name__} where a distribution function is needed, such as "
                    "scipy.stats.norm(0, 1).cdf"
                )
            found.append(cdf)
        return found


def _clusters(ordered: Float[Numbers, "draws"]) -> tuple[Numbers, Numbers, Numbers]:
    """The different numbers among the draws, up to rounding: first and last of each, and F_n from there on."""
    apart = np.diff(ordered) > 2 * ULPS * np.spacing(np.abs(ordered[1:]))
    ends = np.append(np.flatnonzero(apart), len(ordered) - 1)
    begins = np.append(0, ends[:-1] + 1)
    return ordered[begins], ordered[ends], (ends + 1) / len(ordered)


def distance(steps: Float[Numbers, "m"], below: Float[Numbers, "m"], at: Float[Numbers, "m"]) -> float:
    """sup|F_n − F|, from F_n at its steps and F just below and at them.

    Between two steps F_n is constant and F rises from its value at the first to that just below the second.
    """
    before = np.concatenate([[0.0], steps[:-1]])
    return float(max(np.abs(steps - at).max(), np.abs(before - below).max()))


def reach(draws: Float[Numbers, "*shape"], level: float) -> Float[Numbers, "*shape"]:
    """The distance of so many draws from their law that is exceeded with probability at most `level`."""
    return np.sqrt(np.log(2 / level) / (2 * draws))


def _probabilities(cdf: Cdf, below: Numbers, at: Numbers) -> tuple[Numbers, Numbers]:
    left, right = (_evaluated(cdf, places) for places in (below, at))
    merged = np.stack([left, right], axis=1).ravel()
    if np.any((merged < -ROUNDING) | (merged > 1 + ROUNDING)):
        wrong = merged[(merged < -ROUNDING) | (merged > 1 + ROUNDING)][0]
        raise Broken(
            f"gave {wrong:.6g}, which is no probability: a cumulative distribution function is needed"
        )
    if np.any(np.diff(merged) < -ROUNDING):
        raise Broken("falls somewhere: a cumulative distribution function is needed, which is no density")
    return left, right


def _evaluated(cdf: Cdf, places: Numbers) -> Numbers:
    """F at all places: at once, or one by one where the function takes a number only."""
    try:
        values = np.asarray(cdf(places), float)
    except (TypeError, ValueError):
        values = np.array([float(cdf(place)) for place in places.tolist()])
    if values.shape != places.shape:
        raise Broken(f"gave shape {values.shape} for places of shape {places.shape}")
    if not np.all(np.isfinite(values)):
        raise Broken(f"gave {values[~np.isfinite(values)][0]}")
    return values
