"""A forecast in sentences: what it says, what splits measured, and what should make one doubt."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lingen.experiments.from_data.answers import BELOW, MEASURED, Needed
from lingen.experiments.from_data.checks import Check
from lingen.experiments.from_data.curves import passes
from lingen.models.images.data import ImageData
from lingen.words import measured

if TYPE_CHECKING:
    from lingen.experiments.forecast import Forecast

__all__ = ["about", "cautions", "checked_by", "headline", "sentences"]

SHARES = ("half", "90 %")
MEANING = (
    "q: cosine similarity of the models that two disjoint sets of n samples give, 1 where they are the same. "
    "Latent: an eigenvector of the covariance; it is found where it stands out of the noise of n samples. "
    "Leak: mean squared cosine of a generated sample with a training sample over that with a fresh one, 1 "
    "where nothing is memorised. W₂²: squared Wasserstein distance of the learnt law to the true one, over "
    "tr Σ. In brackets: 95 % intervals."
)


def sentences(result: Forecast) -> list[str]:
    """The answer in words: the numbers, what they mean, what splits measured, what to beware of."""
    return [headline(result), *about(result), *checked_by(result), *cautions(result)]


def about(result: Forecast) -> list[str]:
    """What all N samples give, how far apart two parts of them are, and what the words mean."""
    return [_whole(result), *fid(result), MEANING]


def headline(result: Forecast) -> str:
    """How many samples each level takes, and whether this data set has them."""
    first, *others = [f"{_level(one, result)} takes {_number(one)}" for one in result.answers]
    parts = [first, *(words.replace(" takes", "") for words in others)]
    if any(one.low is not None and one.high is None for one in result.answers):
        parts[-1] += f" (+: how far above cannot be told from N = {result.data.samples:,})"
    return f"{', '.join(parts)}; {_has(result)}."


def _level(one: Needed, result: Forecast) -> str:
    if one.quantity == "q":
        return f"q = {one.level:g}"
    if one.quantity == "leak":
        return f"a leak below {one.level:g}"
    alive = sum(math.isfinite(onset) for onset in result.onsets)
    if one.part in SHARES:
        return f"{one.part} of {alive:,} latents"
    return "the first latent" if one.level == 1 else f"{int(one.level):,} latents"


def _number(one: Needed) -> str:
    if one.low is None:
        return "no number of samples"
    if one.samples is None:
        return f"more than n = {_count(one.low)} (+)"
    if one.basis == BELOW and one.high is not None:
        return f"n ≤ {_count(one.high)}"
    if one.high is None:
        return f"more than n = {_count(one.low)} (+)"
    number = f"n = {_count(one.samples)}"
    low, high = _count(one.low), _count(one.high)
    return number if low == high else f"{number} ({low} to {high})"


def _count(samples: float) -> str:
    """Three digits of a number of samples, at least one sample."""
    return f"{float(f'{max(samples, 1.0):.3g}'):,.0f}"


def _has(result: Forecast) -> str:
    """Whether the data set has so many samples."""
    kinds = {True: "enough for", None: "perhaps enough for", False: "too few for"}
    said = []
    for holds, words in kinds.items():
        chosen = [one for one in result.answers if one.holds is holds]
        if chosen:
            every = {True: "all of these", None: "these", False: "any of these"}[holds]
            said.append(f"{words} {every if len(chosen) == len(result.answers) else _and(_short(chosen))}")
    return f"this data set has N = {result.data.samples:,}, {', '.join(said)}"


def _short(chosen: list[Needed]) -> list[str]:
    """What they are about, the latents named once."""
    names = {"q": "q", "leak": "the leak"}
    latents = [one for one in chosen if one.quantity == "latents"]
    said = [names[one.quantity] if one.quantity != "latents" else one.part for one in chosen]
    if latents:
        last = max(place for place, one in enumerate(chosen) if one.quantity == "latents")
        said[last] += (
            " latent" if latents[-1].level == 1 else " of the latents" * (latents[-1].part in SHARES)
        )
        said[last] += " latents" * (latents[-1].level > 1 and latents[-1].part not in SHARES)
    return said


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _both(result: Forecast) -> str:
    """What the spectrum of the sample says, and what the population estimated behind it does."""
    sample, other, bands = result.curve, result.estimated, result.bands
    if other is None or bands is None:
        return ""
    level = result.until.q
    told = [passes(one.samples, one.convergence, level) for one in (sample, other)]
    if None not in told:
        numbers = [f"n = {_count(n)}" for n in told if n is not None]
        return f": by it q = {level:g} takes {numbers[0]}, by the population estimated behind it {numbers[1]}"
    last = measured(float(other.convergence[-1]), float(bands.convergence[-1]))
    return (
        f": by it q = {sample.convergence[-1]:.4g} at n = {_count(sample.samples[-1])}, by the population "
        f"estimated behind it {last}"
    )


def _whole(result: Forecast) -> str:
    """What follows for all N samples."""
    whole, distance = result.whole, result.whole.distance[0]
    known = sum(math.isfinite(onset) for onset in result.onsets)
    said = (
        f"Two models trained on N = {result.data.samples:,} {_what(result.data)} each have "
        f"{_q_in_words(result)} by their spectrum"
    )
    if known:
        said += f", and {whole.latents[0]:.0f} of {known} latents found"
    else:
        said += "; no latent is found at any n: the eigenvalues are equal"
    said += f"; the leak is {whole.memorisation[0]:.5g}"
    return said + (f", W₂² {distance:.3g} of tr Σ." if distance == distance else ".")


def fid(result: Forecast) -> list[str]:
    """The Fréchet distance of two disjoint parts: by the spectrum, measured, and without end."""
    known = result.fid
    if known is None:
        return []
    first = known.predicted[0] * known.samples[0]
    said = (
        f"FID of the values: two disjoint sets of n {result.data.noun} are {first:.3g}/n apart by the "
        f"spectrum from n = {known.least:,} on"
    )
    if known.measured:
        most = known.measured[0]
        said += f"; measured at n = {most.samples:,}: {measured(most.measured, most.error)}"
    if known.limit is not None and known.limit_range is not None and known.limit_range.high is not None:
        low, high = known.limit_range.low, known.limit_range.high
        return [
            f"{said}. Along 1/n the splits lead to {known.limit:.2g} ({low:.2g} to {high:.2g}) at n → ∞, "
            "where sets of one law are 0 apart."
        ]
    if result.half < 2 * known.least:
        return [
            f"{said}. No limit n → ∞: FID is linear in 1/n from n = d on only, and N = "
            f"{result.data.samples:,} is less than 4 d = {4 * known.least:,}."
        ]
    return [f"{said}."]


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


def checked_by(result: Forecast) -> list[str]:
    """What disjoint splits measured."""
    if not result.checks:
        return ["No number of samples could be checked on disjoint splits."]
    worst, last = max(result.checks, key=lambda c: abs(c.deviation)), result.checks[-1]
    apart = "" if last.mixed is None else ", each side with sources of its own,"
    lines = [] if not (bases := _basis(result)) else [bases]
    lines += [
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


def _basis(result: Forecast) -> str:
    """On which splits the first number rests."""
    first = result.answers[0]
    seen = sorted((*result.checks, *result.around), key=lambda one: one.samples)
    if first.samples is None or not seen:
        return ""
    below = [c for c in seen if c.samples <= first.samples]
    above = [c for c in seen if c.samples > first.samples]
    near = [_seen(c) for c in (*below[-1:], *above[:1])]
    if first.basis == MEASURED:
        return f"The n of q = {first.level:g} lies between measured splits: {' and '.join(near)}."
    return f"The n of q = {first.level:g} lies {first.basis}, the nearest of which is {near[0]}."


def _seen(one: Check) -> str:
    return f"n = {one.samples:,}, q = {measured(one.measured, one.error)}"


def cautions(result: Forecast) -> list[str]:
    """What should make one doubt."""
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
    if data.samples < 10 * data.dim or result.estimated is not None:
        lines.append(
            f"N/d = {data.samples / data.dim:.2g}: the spectrum is itself a noisy estimate and too broad, so "
            f"q comes out too high and the onsets of the last latents mean little{_both(result)}."
        )
    if result.left_out:
        which = ", ".join(f"{n:,}" for n in result.left_out)
        lines.append(f"Splits of n = {which} were left out: in {data.dim} dimensions they take too long.")
    lines.append("Data: " + "; ".join(data.notes) + ".")
    return lines
