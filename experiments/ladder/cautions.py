"""What the samplers of a ladder cannot show, however good the networks are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lingen.experiments.ladder.lines import Theory
from lingen.experiments.ladder.plan import Plan, Rung
from lingen.experiments.ladder.record import mean_recovery
from lingen.words import measured

__all__ = ["sampler"]


def sampler(plan: Plan, ladder: Sequence[Rung], theory: Theory) -> list[str]:
    """A line where the samplers start within the spread of the data, else none.

    From noise of variance σ² = σ_max² a linear model makes a latent of variance λ with λσ²/(λ + σ²): nearly
    the same for all λ >> σ², so that principal directions of its images mix them.
    """
    start, spread = plan.preset.flow["sigma_max"], float(np.sqrt(plan.data.spectrum[0]))
    if start >= spread or not ladder or not ladder[-1].linear:
        return []
    last = ladder[-1]
    seen, error = mean_recovery(last.linear)
    limit = float(theory.dense.recovery[theory.at(last.samples)].mean())
    return [
        f"The samplers start at σ = {start:g}, within the spread √λ₁ = {spread:.3g} of the data, and leading "
        f"latents come with nearly one variance: through them the linear model of the same halves has Q = "
        f"{measured(float(seen), float(error))} at n = {last.samples:,}, where dense theory has "
        f"{limit:.2f}."
    ]
