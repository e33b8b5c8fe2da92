"""From evidence at the points to an answer, a sentence, and where more draws are wanted.

A claim is refuted by one interval that lies outside ±resolution. It holds when all lie inside and every
rival is refuted: draws that would not notice a wrong theory are no evidence for the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lingen.boundary import checked
from lingen.claims.evidence.extrapolation.shapes import in_words
from lingen.claims.evidence.point import Outcome, PointEvidence, describe, percent

if TYPE_CHECKING:
    from lingen.claims.claim import Claim

__all__ = ["draws_needed", "explain", "judge", "judge_rivals", "wanting"]

Evidence = Sequence[PointEvidence | None]
"""One entry a point; None before its first look."""

SLOWEST = 0.5
"""Power of a finite-size term that no shape fits."""
BOUNDARY = 0.05
"""Errors this close to the resolution, relative to it, are not promised an answer."""


@checked
def judge(claim: Claim, evidence: Evidence) -> Outcome:
    """The answer as it stands."""
    outcomes = {Outcome.UNDECIDED if point is None else point.outcome for point in evidence}
    if Outcome.REFUTED in outcomes:
        return Outcome.REFUTED
    rivals = judge_rivals(claim, evidence)
    sound = bool(rivals) and set(rivals.values()) == {Outcome.REFUTED}
    return Outcome.HOLDS if outcomes == {Outcome.HOLDS} and sound else Outcome.UNDECIDED


@checked
def judge_rivals(claim: Claim, evidence: Evidence) -> dict[str, Outcome]:
    """Each rival: refuted by one interval outside ±resolution of it; it holds when all lie inside."""
    return {name: _judge_rival(name, evidence) for name in claim.rivals}


@checked
def wanting(claim: Claim, evidence: Evidence) -> list[int]:
    """Indices of the points whose draws should be doubled."""
    if judge(claim, evidence) is not Outcome.UNDECIDED:
        return []
    undecided = [i for i, p in enumerate(evidence) if p is None or p.outcome is Outcome.UNDECIDED]
    if undecided:
        return [i for i in undecided if (p := evidence[i]) is None or not p.doubtful]
    points = [point for point in evidence if point is not None]
    open_rivals = [n for n, o in judge_rivals(claim, evidence).items() if o is Outcome.UNDECIDED]
    return sorted(
        {_telling(name, points) for name in open_rivals if _gap(name, points) > points[0].resolution}
    )


@checked
def explain(claim: Claim, evidence: Evidence, spent: str) -> str:
    """One sentence: why the answer is what it is; `spent` names what ran out, if it is undecided."""
    outcome = judge(claim, evidence)
    points = [point for point in evidence if point is not None]
    if outcome is Outcome.REFUTED:
        return _refutation(claim, points)
    if outcome is Outcome.HOLDS:
        worst = max(points, key=lambda point: point.bound)
        rivals = f"{len(claim.rivals)} rival{'s' if len(claim.rivals) > 1 else ''} refuted"
        told = f"{worst.measure}s above {percent(worst.bound)} are excluded at {_points(len(points))}"
        return f"{told}{_parts(worst)}; {rivals}{_chosen(points)}"
    if len(points) < len(evidence):
        missing = next(i for i, point in enumerate(evidence) if point is None)
        return f"out of {spent} before the first look at {describe(claim.points[missing])}"
    undecided = [point for point in points if point.outcome is Outcome.UNDECIDED]
    return _indecision(claim, undecided, spent) if undecided else _survivors(claim, points, spent)


@checked
def draws_needed(point: PointEvidence) -> float:
    """About how many more draws decide this point; zero if it is decided."""
    if point.outcome is not Outcome.UNDECIDED:
        return 0.0
    distance = np.abs(np.abs(point.error) - point.resolution)
    goal = np.maximum(distance, BOUNDARY * point.resolution)
    margin = np.where(np.isfinite(point.margin), point.margin, 2 * goal)
    factor = np.max(((margin / goal) ** 2)[point.undecided])
    return max(float(factor) - 1, 0.1) * sum(point.draws)


def _judge_rival(name: str, evidence: Evidence) -> Outcome:
    outcomes = {Outcome.UNDECIDED if p is None else p.judge(name) for p in evidence}
    if Outcome.REFUTED in outcomes:
        return Outcome.REFUTED
    return Outcome.HOLDS if outcomes == {Outcome.HOLDS} else Outcome.UNDECIDED


def _gap(name: str, points: Sequence[PointEvidence]) -> float:
    """The largest difference of a rival from the claim, relative to the scale."""
    return max(point.gap(name) for point in points)


def _telling(name: str, points: Sequence[PointEvidence]) -> int:
    """The point whose draws come closest to refuting a rival."""
    return int(np.argmin([_more(point, name) for point in points]))


def _more(point: PointEvidence, rival: str) -> float:
    """About how many times more draws refute a rival at this point; infinite where it is too close."""
    beyond = point.beyond(rival)
    close = beyond <= BOUNDARY * point.resolution
    return float(np.min(np.where(close, np.inf, (point.margin / np.where(close, 1, beyond)) ** 2)))


def _refutation(claim: Claim, points: Sequence[PointEvidence]) -> str:
    refuted = [point for point in points if point.outcome is Outcome.REFUTED]
    worst = max(refuted, key=lambda p: float(np.max(np.abs(p.error) - p.margin)))
    where, dim = _worst(worst, np.abs(worst.error) - worst.margin)
    return f"at {describe(worst.point | claim.size.at(dim))}: {worst.against(where)}"


def _worst(point: PointEvidence, badness: np.ndarray) -> tuple[tuple[int, ...], int | None]:
    """Where the badness is largest, and at which dimension if that is one of the comparison's axes."""
    where = tuple(int(i) for i in np.unravel_index(int(np.argmax(badness)), badness.shape))
    by_dim = point.prediction.ndim == point.means.ndim
    return where, point.dims[where[0]] if by_dim else None


def _indecision(claim: Claim, undecided: Sequence[PointEvidence], spent: str) -> str:
    heavy = [point for point in undecided if not np.isfinite(point.bound)]
    if heavy:
        worst = min(heavy, key=lambda p: p.tail)
        return (
            f"at {describe(worst.point)} the draws have a tail of index {worst.tail:.2g}: the variance may be infinite, "
            "or a rare outcome has been seen too seldom; declare bounds, or measure a probability or a quantile"
        )
    worst = max(undecided, key=lambda p: p.bound)
    where, dim = _worst(worst, worst.largest)
    if worst.doubtful or worst.extrapolation[where] > worst.drawn[where]:
        return _open_order(claim, worst, where, dim)
    size, margin = percent(abs(worst.error[where])), percent(worst.margin[where])
    state = f"the {worst.measure} is {size} ± {margin}{_parts(worst)}"
    more = sum(draws_needed(point) for point in undecided)
    where_told = describe(worst.point | claim.size.at(dim))
    return f"out of {spent}: at {where_told} {state}, needs about {_round(more)} more draws{claim.advice}"


def _chosen(points: Sequence[PointEvidence]) -> str:
    """The caution that goes with an order which the draws chose themselves, among those that were stated."""
    left = {order for point in points for order in point.orders}
    if not left:
        return ""
    told = " or ".join(in_words(order) for order in sorted(left))
    return f"; which order the finite-size term has is not proved: the draws leave {told} of the candidates"


def _open_order(claim: Claim, point: PointEvidence, where: tuple[int, ...], dim: int | None) -> str:
    """What to do where the finite-size term keeps a point open; its doubt is taken to shrink as the term itself."""
    state = f"the error is {percent(abs(point.error[where]))} ± {percent(point.margin[where])}{_parts(point)}"
    why = "none fits these sizes" if point.misfit else "several fit"
    goal = max(point.resolution - abs(float(point.error[where])), point.resolution / 4)
    power = SLOWEST if point.misfit else min(min(order) for order in point.orders or (claim.order,))
    factor = (float(point.margin[where]) / goal) ** (1 / power)
    larger = 2 ** int(np.ceil(np.log2(max(factor, 2))))
    return (
        f"at {describe(point.point | claim.size.at(dim))} {state}; the order of the finite-size term is in doubt ({why}): "
        f"{claim.size.symbol} {larger} times as large would decide, or a proof of the order (Claim.order_source)"
    )


def _parts(point: PointEvidence) -> str:
    """`(of ± 0.8 %: 0.2 % draws, 0.6 % extrapolation)`, where extrapolation adds to the interval."""
    where, _ = _worst(point, point.largest)
    drawn, extra = (float((part / point.scale)[where]) for part in (point.drawn, point.extrapolation))
    if extra <= drawn / 20:
        return ""
    whole = float(point.margin[where])
    return f" (of ± {percent(whole)}: {percent(drawn)} draws, {percent(extra)} extrapolation)"


def _survivors(claim: Claim, points: Sequence[PointEvidence], spent: str) -> str:
    if not claim.rivals:
        return "no rival was put to the test, so these draws are no evidence"
    rivals = judge_rivals(claim, points)
    name = next(n for n, outcome in rivals.items() if outcome is not Outcome.REFUTED)
    gap = _gap(name, points)
    if rivals[name] is Outcome.HOLDS:
        return f"rival {name!r} holds as well"
    if gap <= points[0].resolution:
        return f"rival {name!r} survives: it differs by {percent(gap)} only, too little for this resolution"
    best = points[_telling(name, points)]
    factor = _more(best, name)
    if not np.isfinite(factor):
        return f"rival {name!r} survives: the draws lie between it and the claim"
    return f"rival {name!r} survives, out of {spent}: needs about {_round(max(factor - 1, 0.1) * sum(best.draws))} more draws"


def _points(count: int) -> str:
    return "its only point" if count == 1 else f"all {count} points"


def _round(number: float) -> str:
    """Two digits, with thousands separated."""
    digits = max(0, int(np.floor(np.log10(max(number, 1)))) - 1)
    return f"{int(round(number, -digits)):,}"
