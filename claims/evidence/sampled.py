"""Check a claim by its draws: look, and draw more until the answer is in or the budget is spent.

All intervals of a claim, over points, components and looks, cover their targets together with probability
at least 1 − error_rate/comparisons. Whatever is read off them, a claim that holds, is refuted, or a rival
refuted, is therefore wrong with at most that probability: without further assumption where the observable's range is
declared, else as far as `Answer.assumptions` are true.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from lingen.claims.evidence.answer import Answer, Terms
from lingen.claims.evidence.judgement import draws_needed, explain, judge, judge_rivals, wanting
from lingen.claims.evidence.point import Outcome, largest
from lingen.claims.evidence.sampling import Broken, CellDraws
from lingen.claims.evidence.site import Cells
from lingen.sims.engine.hosts import agree

if TYPE_CHECKING:
    from lingen.claims.claim import Claim

__all__ = ["SampledCheck"]


class SampledCheck:
    """One run over the points of a claim."""

    def __init__(self, claim: Claim, terms: Terms):
        self.claim, self.terms, self.budget = claim, terms, terms.budget
        self.resolution = terms.resolution(claim)
        self.sites: list[Cells] = []
        self.began = time.monotonic()

    def answer(self) -> Answer:
        """Predict, then draw until it is decided or something ran out."""
        try:
            self.terms.tell(0.0, "predicting")
            for index in range(len(self.claim.points)):
                self.sites.append(self.claim.site(index, self.terms.key))
            spent = self._sample()
        except Broken as error:
            return self._answer(Outcome.BROKEN, str(error))
        evidence = [site.evidence for site in self.sites]
        return self._answer(judge(self.claim, evidence), explain(self.claim, evidence, spent))

    def _answer(self, outcome: Outcome, reason: str) -> Answer:
        evidence = [site.evidence for site in self.sites]
        points = tuple(point for point in evidence if point is not None)
        return Answer(
            outcome,
            reason,
            self.resolution,
            largest(point.bound for point in points),
            points,
            judge_rivals(self.claim, evidence),
            sum(cell.draws for site in self.sites for cell in site.cells),
            self.claim.assumptions(points),
            self.claim.evidence,
        )

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
                self.terms.tell(self._progress(number / len(rounds)), f"{cell.where}, {cell.draws:,} draws")
                cell.top_up(more, self.budget.first, self.terms.engine, self.terms.devices, self._expired)
            for site in dict.fromkeys(site for site, *_ in rounds):
                if site.alive(self.terms.engine) and (self._ready(site) or self._expired()):
                    site.look(self.budget.error_rate, self._comparisons(), self.resolution)
            if self._expired():
                return "time"

    def _ready(self, site: Cells) -> bool:
        """Whether a site has the draws of its first look, or all that it can get."""
        return min(cell.draws for cell in site.cells) >= self._first(site)

    def _first(self, site: Cells) -> int:
        need = site.first(self.budget.error_rate, self._comparisons(), self.resolution)
        return min(max(self.budget.first, need), self._most(site))

    def _most(self, site: Cells) -> int:
        """Draws that each cell of a site can get: within the budget, and within memory where all are kept."""
        cells = sum(len(one.cells) for one in self.sites)
        return int(min(self.budget.max_draws, *(cell.room(cells) for cell in site.cells)))

    def _more(self, site: Cells, cell: CellDraws) -> int:
        """How many draws a cell gets next: as many again, up to the first look and within what it can get."""
        have, first = cell.draws, self._first(site)
        if have < first:
            return min(have or self.budget.first, first - have)
        return have if 2 * have <= self._most(site) else 0

    def _comparisons(self) -> int:
        return self.terms.comparisons * sum(site.prediction.size for site in self.sites)

    def _expired(self) -> bool:
        return agree(time.monotonic() - self.began > self.budget.seconds)

    def _progress(self, part: float) -> float:
        """A tenth for the first look; then the share of the draws that the points seem to need."""
        points = [site.evidence for site in self.sites if site.evidence is not None]
        if len(points) < len(self.sites):
            return part / 10
        shares = [sum(p.draws) / (sum(p.draws) + draws_needed(p)) for p in points]
        return 0.1 + 0.85 * float(np.mean(shares))
