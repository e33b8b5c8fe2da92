"""Check a claim: draw, compare, and draw more until the answer is in or the budget is spent.

All intervals of a claim, over points, components and looks, cover their targets together with probability
at least 1 − error_rate/comparisons. Whatever is read off them, a claim that holds, is refuted, or a rival
refuted, is therefore wrong with at most that probability: without further assumption where the observable's range is
declared, else as far as `Verdict.assumptions` are true.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import jax
import numpy as np
from jaxtyping import Key

import lingen
from lingen.boundary import checked
from lingen.checks import bounded, integer, positive
from lingen.claims.claim import Claim
from lingen.claims.evidence.assumptions import assumptions_of
from lingen.claims.evidence.judgement import draws_needed, explain, judge, judge_rivals, wanting
from lingen.claims.evidence.point import Outcome, PointEvidence
from lingen.claims.evidence.sampling import Broken, CellDraws, Engine
from lingen.claims.evidence.site import Site
from lingen.claims.inference.inferred import InferredClaim, conclude, gather
from lingen.claims.verdict import Verdict
from lingen.sims.engine.ensemble import stream
from lingen.sims.engine.hosts import agree

__all__ = ["RESOLUTION", "Budget", "Progress", "check"]

RESOLUTION = 0.01
"""Relative error told apart where neither the budget nor the claim says another."""
Progress = Callable[[str, float, str], None]
"""Called with a claim's name, how far it is (0 to 1) and a message."""


@checked
@dataclass(frozen=True)
class Budget:
    """How well to check, and how long.

    Attributes:
        resolution: the relative error to tell apart; if absent the claim's own, or 1 %.
        error_rate: probability of a wrong verdict, over all claims that share it.
        first: draws at each point and dimension before the first look, at least: more where nothing is known of the
            observable (`Claim.bounds`, `Claim.concentration`).
        max_draws: draws at one point and dimension at most.
        seconds: wall time for one claim; what runs when it ends is finished.

    Raises:
        ValueError: if a field is out of range.
    """

    resolution: float | None = None
    error_rate: float = 0.01
    first: int = 16
    max_draws: int = 1 << 17
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.resolution is not None:
            positive("resolution", self.resolution)
        positive("error_rate", self.error_rate)
        bounded("error_rate", self.error_rate, 0.0, 0.5)
        integer("first", self.first, low=2)
        integer("max_draws", self.max_draws, low=self.first)
        positive("seconds", self.seconds)


@checked
def check(
    claim: Claim,
    key: Key[jax.Array, ""],
    budget: Budget | None = None,
    progress: Progress | None = None,
    comparisons: int = 1,
    devices: Sequence[jax.Device] | None = None,
    engine: Engine = stream,
) -> Verdict:
    """Whether the claim holds, by simulation.

    Args:
        claim: what to check.
        key: a typed key; the draws depend on it and on the claim's name, point and dimension alone.
        budget: resolution, error rate, draws and time; `Budget()` if absent.
        progress: told how far it is, often.
        comparisons: number of claims that share the error rate.
        devices: where to draw; all devices of all processes if absent.
        engine: makes the draws, with the signature of `lingen.sims.engine.ensemble.stream`.

    A claim whose functions raise, or give something other than finite numbers of one shape, is BROKEN.

    Raises:
        ValueError: if `key` is not a typed key or `comparisons` is below one.
    """
    integer("comparisons", comparisons, low=1)
    return _Check(claim, key, budget or Budget(), progress, comparisons, devices, engine).run()


class _Check:
    """One run of `check`."""

    def __init__(
        self,
        claim: Claim,
        key: Any,
        budget: Budget,
        progress: Progress | None,
        comparisons: int,
        devices: Sequence[jax.Device] | None,
        engine: Engine,
    ):
        self.claim, self.key, self.budget = claim, key, budget
        self.resolution = budget.resolution or claim.resolution or RESOLUTION
        self.progress, self.comparisons = progress, comparisons
        self.devices, self.engine = devices, engine
        self.sites: list[Site] = []
        self.began, self.fraction, self.drawn = time.monotonic(), 0.0, 0

    def run(self) -> Verdict:
        """Predict, then draw until it is decided or something ran out."""
        if isinstance(self.claim, InferredClaim):
            return self._infer(self.claim)
        try:
            self._tell(0.0, "predicting")
            for index in range(len(self.claim.points)):
                self.sites.append(Site(self.claim, index, self.key))
            spent = self._sample()
        except Broken as error:
            return self._verdict(Outcome.BROKEN, str(error))
        evidence = [site.evidence for site in self.sites]
        return self._verdict(judge(self.claim, evidence), explain(self.claim, evidence, spent))

    def _infer(self, claim: InferredClaim) -> Verdict:
        """A posterior in place of means; a resolution asked for makes every tolerance as much tighter."""
        level = self.budget.error_rate / self.comparisons
        ease = (self.budget.resolution or RESOLUTION) / RESOLUTION
        try:
            self._tell(0.0, "drawing")
            found, points = gather(claim, self.key, self._tell, self.devices, level, ease)
        except Broken as error:
            return self._verdict(Outcome.BROKEN, str(error))
        worst = max(points, key=lambda point: point.bound / point.resolution)
        self.resolution, self.drawn = worst.resolution, found.draws
        verdict = self._verdict(*conclude(claim, found, points), points)
        return replace(verdict, bound=worst.bound, inference=found)

    def _sample(self) -> str:
        """Double what is wanted until nothing is; says what ran out, if anything did."""
        while True:
            wanted = wanting(self.claim, [site.evidence for site in self.sites])
            cells = [(self.sites[i], cell) for i in wanted for cell in self.sites[i].hungry()]
            if not cells:
                return ""
            rounds = [(site, cell, self._more(site, cell)) for site, cell in cells]
            rounds = [one for one in rounds if one[2] > 0]
            if not rounds:
                return "draws"
            for number, (_, cell, more) in enumerate(rounds):
                if self._expired():
                    break
                self._tell(self._progress(number / len(rounds)), f"{cell.where}, {cell.sums.draws:,} draws")
                cell.top_up(more, self.budget.first, self.engine, self.devices, self._expired)
            for site in dict.fromkeys(site for site, *_ in rounds):
                if site.alive(self.engine) and (self._ready(site) or self._expired()):
                    site.look(self.budget.error_rate, self._comparisons(), self.resolution)
            if self._expired():
                return "time"

    def _ready(self, site: Site) -> bool:
        """Whether a site has the draws of its first look, or all that it can get."""
        return min(cell.sums.draws for cell in site.cells) >= self._first(site)

    def _first(self, site: Site) -> int:
        need = site.first(self.budget.error_rate, self._comparisons(), self.resolution)
        return min(max(self.budget.first, need), self.budget.max_draws)

    def _more(self, site: Site, cell: CellDraws) -> int:
        """How many draws a cell gets next: as many again, up to the first look and within the budget."""
        have, first = cell.sums.draws, self._first(site)
        if have < first:
            return min(have or self.budget.first, first - have)
        return have if 2 * have <= self.budget.max_draws else 0

    def _comparisons(self) -> int:
        return self.comparisons * sum(site.prediction.size for site in self.sites)

    def _expired(self) -> bool:
        return agree(time.monotonic() - self.began > self.budget.seconds)

    def _progress(self, part: float) -> float:
        """A tenth for the first look; then the share of the draws that the points seem to need."""
        points = [site.evidence for site in self.sites if site.evidence is not None]
        if len(points) < len(self.sites):
            return part / 10
        shares = [sum(p.draws) / (sum(p.draws) + draws_needed(p)) for p in points]
        return 0.1 + 0.85 * float(np.mean(shares))

    def _tell(self, fraction: float, message: str) -> None:
        self.fraction = max(self.fraction, fraction)
        if self.progress is not None:
            self.progress(self.claim.name, self.fraction, message)

    def _verdict(
        self, outcome: Outcome, reason: str, inferred: tuple[PointEvidence, ...] | None = None
    ) -> Verdict:
        evidence = inferred or [site.evidence for site in self.sites]
        points = tuple(point for point in evidence if point is not None)
        self._tell(1.0, str(outcome))
        return Verdict(
            claim=self.claim,
            outcome=outcome,
            resolution=self.resolution,
            bound=_largest(point.bound for point in points),
            half_width=_largest(float(np.max(point.margin)) for point in points),
            points=points,
            rivals=judge_rivals(self.claim, evidence),
            reason=reason,
            provenance=self._provenance(),
            assumptions=() if isinstance(self.claim, InferredClaim) else assumptions_of(self.claim),
        )

    def _provenance(self) -> dict[str, Any]:
        devices = list(self.devices if self.devices is not None else jax.devices())
        return {
            "key": np.asarray(jax.random.key_data(self.key)).tolist(),
            "lingen": lingen.__version__,
            "jax": jax.__version__,
            "numpy": np.__version__,
            "platform": devices[0].platform,
            "device": devices[0].device_kind,
            "devices": len(devices),
            "dtype": str(jax.numpy.zeros(()).dtype),
            "seconds": round(time.monotonic() - self.began, 3),
            "draws": self.drawn + sum(cell.sums.draws for site in self.sites for cell in site.cells),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def _largest(values: Iterable[float]) -> float | None:
    """The largest of some numbers; None where there is none, or no bound."""
    largest = max(values, default=np.inf)
    return float(largest) if np.isfinite(largest) else None
