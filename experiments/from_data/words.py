"""A forecast in sentences: what it says, what splits measured, and what should make one doubt."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from lingen.models.images.data import ImageData

if TYPE_CHECKING:
    from lingen.experiments.forecast import Forecast

__all__ = ["LEVEL", "sentences"]

LEVEL = 0.95
NARROW = 1.05
"""A range of a ratio below this is told as one number."""


def sentences(result: Forecast) -> list[str]:
    """The answer in words."""
    data, whole = result.data, result.whole
    n, distance = data.samples, whole.distance[0]
    known = result.onsets < float("inf")
    lines = [
        f"{_reach_in_words(result)}; two models trained on N = {n:,} {_what(data)} each have "
        f"{_q_in_words(result)}.",
        f"{whole.latents[0]:.0f} of {known.sum()} latents are recoverable from N; "
        f"the first from n ≈ {max(result.onsets.min(), 1):.0f}, half of them from n ≈ {_half(result):,.0f}.",
        f"At N a sample's squared cosine with a training image is {whole.memorisation[0]:.5g} times that "
        "with a fresh one (column leak)"
        + (f", and W₂²/tr Σ = {distance:.3g}." if distance == distance else "."),
    ]
    if math.isinf(_half(result)):
        lines[1] = "No latent is recoverable at any n: the eigenvalues are equal."
    return lines + _splits_in_words(result) + _caveats(result)


def _reach_in_words(result: Forecast) -> str:
    """From how many samples q is at the level: a number, a range, or that N samples do not tell."""
    reached, where, d, n = result.reaches(LEVEL), result.reach, result.data.dim, result.data.samples
    opening = f"Convergence reaches q = {LEVEL} "
    if reached is None:
        return opening + f"beyond n = {result.curve.samples[-1]:,.0f}"
    if where is not None and where.high is not None:
        if reached <= result.curve.samples[0]:
            return opening + f"at n ≤ {reached:,.0f}"
        if where.high < NARROW * where.low:
            return opening + f"at n ≈ {reached:,.0f} (γ ≈ {reached / d:.3g})"
        return opening + (
            f"between n = {where.low:,.0f} and {where.high:,.0f} "
            f"(γ = {where.low / d:.3g} to {where.high / d:.3g})"
        )
    low = reached if where is None else where.low
    return opening + (
        f"above n = {low:,.0f}, and how far above cannot be told from N = {n:,}: with more samples it grows"
    )


def _q_in_words(result: Forecast) -> str:
    q, gap = float(result.whole.convergence[0]), result.gap
    if gap is None or gap.high is None:
        return f"at most q = {q:.4f}"
    low, high = max(0.0, 1.0 - gap.high), min(1.0, 1.0 - gap.low)
    return f"q = {q:.4f}" if high - low < 0.002 else f"q = {low:.4f} to {high:.4f}"


def _what(data: ImageData) -> str:
    if data.patch is None:
        return data.noun if data.groups is None else f"{data.noun} of {data.families} groups"
    groups = "" if data.families == data.sources else f" in {data.families} groups"
    return f"patches of {data.sources} {'picture' if data.sources == 1 else 'pictures'}{groups}"


def _splits_in_words(result: Forecast) -> list[str]:
    if not result.checks:
        return ["No number of samples could be checked on disjoint splits."]
    worst, last = max(result.checks, key=lambda c: abs(c.deviation)), result.checks[-1]
    apart = "" if last.mixed is None else ", each side with sources of its own,"
    lines = [
        f"On disjoint splits{apart} q is off the prediction by at most {abs(worst.deviation):.1%} "
        f"(n = {worst.samples:,}); at n = {last.samples:,} by {abs(last.deviation):.2%}, and the gap 1 − q "
        f"is {last.gap:.3g} times the predicted one. Errors are over random splits of this one data set."
    ]
    if last.mixed_gap is not None:
        lines.append(
            f"With all sources mixed on both sides the gap at n = {last.samples:,} is {last.mixed_gap:.3g} "
            "times the predicted one: what more samples of the same sources would show, not other sources."
        )
    return lines


def _caveats(result: Forecast) -> list[str]:
    data, w, lines = result.data, result.worth, []
    if data.patch is not None and data.families == 1:
        lines.append("All patches are of one picture: the splits say nothing of another picture.")
    if data.patch is not None and data.stride is not None and data.stride < data.patch:
        lines.append(
            f"Stride {data.stride} is below the patch size {data.patch}: patches overlap and are no "
            f"independent samples, so that N = {data.samples:,} counts too many and splits agree too well."
        )
    if w is not None and not 0.9 < w.gaussian < 1.1:
        lines.append(
            f"Not Gaussian: by its fourth moments an image is worth {w.gaussian:.2g} Gaussian samples, so "
            f"universality breaks; the dotted curve is the prediction at {w.predicted:.2g} n, for large n."
        )
    if data.samples < 10 * data.dim:
        lines.append(
            f"N/d = {data.samples / data.dim:.2g}: the spectrum is itself a noisy estimate and too broad, so "
            "q comes out too high and the onsets of the last latents mean little."
        )
    if result.left_out:
        which = ", ".join(f"{n:,}" for n in result.left_out)
        lines.append(f"Splits of n = {which} were left out: in {data.dim} dimensions they take too long.")
    lines.append("Data: " + "; ".join(data.notes) + ".")
    return lines


def _half(result: Forecast) -> float:
    finite = [float(onset) for onset in result.onsets if math.isfinite(onset)]
    return statistics.median(finite) if finite else math.inf
