"""What is said of a finding: one line a parameter, and all numbers for a JSON file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.claims.inference.adequacy import Fit
from lingen.claims.inference.findings import Estimate, Finding
from lingen.experiments.symbols import SYMBOLS as AXES
from lingen.words import greek, measured, plain, short

__all__ = ["heading", "interval", "lines", "numbers", "symbol"]

SYMBOLS = {
    "nu": "ν", "beta": "β", "exponent": "α", "offset": "c", "correction_exponent": "ω",
    "weight": "weight of a transition",
}  # fmt: skip
FORM = ",.10g"
WORDS = {"critical": "critical point", "power": "power law", "transition": "transition"}


@checked
def symbol(found: Finding, name: str) -> str:
    """How a parameter is written."""
    if name == "critical_point":
        told = found.slice.about.get(found.along, {}).get("symbol")
        return f"{told or AXES.get(found.along) or greek(found.along)}_c"
    return SYMBOLS.get(name) or greek(name)


@checked
def heading(found: Finding) -> str:
    """What was inferred from what, in one line."""
    taken = found.slice
    axes = ", ".join(_extent(name, values) for name, values in taken.asked.items())
    fixed = "".join(f", {name} {short(value, FORM)}" for name, value in taken.fixed.items())
    counted = f"{taken.whole:,} cells"
    if taken.whole < taken.cells:
        counted = f"{taken.whole:,} of {taken.cells:,} cells (the others hold no number yet)"
    drawn = f" of {taken.draws:,} draws in all" if taken.draws else ""
    return f"{WORDS[found.model]} of {taken.observable} along {found.along}: {axes}{fixed}; {counted}{drawn}"


@checked
def lines(found: Finding) -> Iterator[str]:
    """One line a parameter, and one for the chains."""
    names = {name: symbol(found, name) for name in found.quantities}
    width = max(map(len, names.values()))
    for name, written in names.items():
        yield f"  {written:<{width}}  {_told(found.estimate(name))}"
    if found.comparison is not None:
        yield f"  {_compared(found)}"
    posterior = found.posterior
    yield f"  chains: {posterior.diagnostics}" + ("" if posterior.sound else f"; {posterior.trouble}")
    if found.fit is not None:
        yield from _averaged(found, found.fit)
    if found.caution:
        yield f"  caution: {found.caution}"


@checked
def numbers(found: Finding) -> dict[str, Any]:
    """The posterior in plain numbers."""
    taken = found.slice
    scalars = [n for n, x in found.posterior.samples.items() if np.ndim(x) == 2 and not n.startswith("_")]
    record: dict[str, Any] = {
        "model": found.model,
        "observable": taken.observable,
        "along": found.along,
        "size": found.size,
        "axes": {name: np.unique(values).tolist() for name, values in taken.asked.items()},
        "fixed": dict(taken.fixed),
        "cells": taken.cells,
        "whole_cells": taken.whole,
        "draws": taken.draws,
        "quantities": {name: _record(found.estimate(name)) for name in found.quantities},
        "other_parameters": {n: _record(found.estimate(n)) for n in scalars if n not in found.quantities},
        "divergences": found.posterior.divergences,
        "sound": found.sound,
        "trouble": found.trouble,
        "caution": found.caution,
    }
    if found.fit is not None:
        record |= _adequacy(found.fit)
    if found.comparison is not None:
        record["elpd"] = {
            "difference": found.comparison.difference,
            "standard_error": found.comparison.error,
            "better": found.better,
        }
    return dict(plain(record))


@checked
def interval(one: Estimate) -> str:
    """Mean and 95 % interval, as many digits as they are known to."""
    half = (one.high - one.low) / 2
    digits = min(10, max(0, 2 - math.ceil(math.log10(half)))) if half > 0 and math.isfinite(half) else 4
    return f"{one.mean:.{digits}f} ({one.low:.{digits}f} to {one.high:.{digits}f})"


def _told(one: Estimate) -> str:
    text = f"{interval(one)}, 95 %"
    if math.isfinite(one.r_hat) and math.isfinite(one.effective):
        text += f"; R-hat {one.r_hat:.4f}, {min(one.effective, one.tail):,.0f} effective samples"
    return text


def _averaged(found: Finding, fit: Fit) -> Iterator[str]:
    """What was averaged, and what speaks for it."""
    weights = sorted(fit.weights.items(), key=lambda item: -item[1])
    yield "  laws averaged: " + ", ".join(f"{name} {weight:.2g}" for name, weight in weights)
    runs = ", ".join(f"of runs along {axis} {chance:.2g}" for axis, chance in fit.checks.runs.items())
    checks = f"probability of χ² {fit.checks.chi_square:.2g}, {runs}"
    yield f"  residuals: {checks}; scatter beyond the errors {fit.checks.scatter:.2%}"
    for refit in fit.refits:
        moved = ", ".join(f"{symbol(found, name)} by {shift:.1f}" for name, shift in refit.shifts.items())
        yield f"  {refit.part}: {moved} of its own errors"


def _adequacy(fit: Fit) -> dict[str, Any]:
    checks = fit.checks
    return {
        "weights": dict(fit.weights),
        "checks": {
            "chi_square_probability": checks.chi_square,
            "runs_probability": dict(checks.runs),
            "scatter_beyond_errors": checks.scatter,
        },
        "refits": [
            {
                "part": refit.part,
                "mean": dict(refit.mean),
                "standard_deviation": dict(refit.deviation),
                "shift_in_own_errors": dict(refit.shifts),
            }
            for refit in fit.refits
        ],
    }


def _compared(found: Finding) -> str:
    compared = found.comparison
    assert compared is not None
    gap = f"elpd difference, critical − smooth: {measured(compared.difference, compared.error)} nats"
    better = "neither law is better by two standard errors"
    return f"{gap}; {better if found.better == 'neither' else f'the {found.better} law foretells better'}"


def _extent(name: str, values: Any) -> str:
    unique = np.unique(values)
    return f"{unique.size} values of {name} ({short(unique[0], FORM)} to {short(unique[-1], FORM)})"


def _record(one: Estimate) -> dict[str, Any]:
    return {
        "mean": one.mean,
        "standard_deviation": one.deviation,
        "interval_95": [one.low, one.high],
        "r_hat": one.r_hat,
        "effective_samples": one.effective,
        "effective_samples_tails": one.tail,
    }
