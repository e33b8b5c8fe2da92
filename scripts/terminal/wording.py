"""Verdicts in words: how many of each, what a measurement found, numbers with their errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from lingen.claims.evidence.point import Outcome, describe, percent
from lingen.claims.verdict import Verdict

__all__ = ["counts", "duration", "finding", "in_words"]


def counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How many claims hold, are refuted, undecided, broken; measurements that ran are counted apart."""
    tally = Counter("measured" if _is_measurement(v) else str(v.outcome) for v in verdicts)
    return {word: tally[word] for word in (*map(str, Outcome), "measured")}


def in_words(verdicts: Sequence[Verdict]) -> str:
    """`44 hold, 1 undecided, 3 measured`."""
    found = {("hold" if word == "holds" else word): count for word, count in counts(verdicts).items()}
    return ", ".join(f"{count} {word}" for word, count in found.items() if count or word == "hold")


def finding(verdict: Verdict) -> str:
    """What a measurement found, in one line: `breaks: differs by 4.2 % ± 0.3 % at load=1`."""
    if not verdict.points or verdict.outcome is Outcome.BROKEN:
        return verdict.reason
    worst = max(verdict.points, key=lambda e: float(np.max(np.abs(e.error) - e.margin)))
    place = np.unravel_index(np.argmax(np.abs(worst.error) - worst.margin), np.shape(worst.error))
    error, margin = abs(float(worst.error[place])), float(worst.margin[place])
    told = f"{percent(error)} ± {percent(margin)} at {describe(worst.point)}"
    if verdict.outcome is Outcome.REFUTED:
        return f"breaks: differs by {told}"
    if verdict.outcome is Outcome.HOLDS and verdict.bound is not None:
        return f"agrees: differences above {percent(verdict.bound)} are excluded"
    return f"open: the largest difference is {told}"


def _is_measurement(verdict: Verdict) -> bool:
    return verdict.claim.exploratory and verdict.outcome is not Outcome.BROKEN


def duration(seconds: float) -> str:
    """`8.2 s`, `3 min 12 s`, with spaces that do not break."""
    return (
        f"{seconds:.1f}\u00a0s" if seconds < 60 else f"{seconds // 60:.0f}\u00a0min {seconds % 60:.0f}\u00a0s"
    )
