"""Thousands of checks of planted observables: how often verdicts are wrong, and what they cost.

python -m lingen.claims.calibration.verdicts --checks 400 --out measured.json --only unknown
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.random as jr
import numpy as np

from lingen.boundary import checked
from lingen.checks import integer
from lingen.claims.calibration.catalogue import FAMILIES
from lingen.claims.calibration.families import Family
from lingen.claims.calibration.record import upper
from lingen.claims.calibration.whole_laws import LawFamily
from lingen.claims.checking import Budget, check
from lingen.claims.evidence.point import Outcome
from lingen.words import json_text

__all__ = ["OFF", "Tally", "measure"]

OFF = {"true": 0.0, "just false": 1.05, "clearly false": 3.0}
"""Predictions, by how many resolutions they are off."""
RATE = 0.01
"""The promised rate of wrong verdicts."""
MAX_DRAWS = 1 << 16


class Tally(NamedTuple):
    """Verdicts on one family and kind of prediction.

    Attributes:
        family: its name.
        group: its group.
        truth: `true`, `just false` or `clearly false`.
        checks: how many.
        wrong: how many were refuted though true, or held though false.
        decided: how many came to a verdict.
        draws: median number of draws of a check.
        upper: Clopper–Pearson upper bound at 95 % of the rate of wrong verdicts.
    """

    family: str
    group: str
    truth: str
    checks: int
    wrong: int
    decided: int
    draws: float
    upper: float


@checked
def measure(
    family: Family | LawFamily, truth: str, checks: int, budget: Budget | None = None, seed: int = 0
) -> Tally:
    """Verdicts on so many independent claims of a family.

    Raises:
        ValueError: for a `truth` that is no key of `OFF`, or no check.
    """
    if truth not in OFF:
        raise ValueError(f"truth must be one of {', '.join(OFF)}, got {truth!r}")
    integer("checks", checks, low=1)
    given = budget or Budget(
        resolution=family.resolution, error_rate=RATE, max_draws=MAX_DRAWS, seconds=600.0
    )
    found = [_verdict(family, truth, number, given, seed) for number in range(checks)]
    outcomes = Counter(outcome for outcome, _ in found)
    wrong = outcomes[Outcome.REFUTED if truth == "true" else Outcome.HOLDS]
    decided = outcomes[Outcome.REFUTED] + outcomes[Outcome.HOLDS]
    draws = float(np.median([draws for _, draws in found]))
    return Tally(family.name, family.group, truth, checks, wrong, decided, draws, upper(wrong, checks))


def _verdict(
    family: Family | LawFamily, truth: str, number: int, budget: Budget, seed: int
) -> tuple[Outcome, int]:
    claim = family.claim(f"planted-{number}", OFF[truth] * family.resolution * (-1) ** number)
    verdict = check(claim, jr.key(seed), budget, engine=_engine)
    return verdict.outcome, verdict.draws


def _engine(
    draw: Callable[..., np.ndarray], key: Any, draws: int, devices: Any, batch: Any, start: int
) -> Iterator[np.ndarray]:
    rng = np.random.default_rng([*np.asarray(jr.key_data(key)).tolist(), start])
    yield draw(rng, draws)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the catalogue and write the table; exit code 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m lingen.claims.calibration.verdicts")
    parser.add_argument("--checks", type=int, default=400, help="checks of each family and prediction")
    parser.add_argument("--only", default="", help="families whose name or group has these letters")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("measured.json"))
    chosen = parser.parse_args(arguments)
    families = [f for f in FAMILIES if chosen.only in f.name or chosen.only == f.group]
    found: list[Tally] = []
    for family, truth in ((f, t) for f in families for t in OFF):
        began = time.monotonic()
        found.append(measure(family, truth, chosen.checks, seed=chosen.seed))
        print(_line(found[-1], time.monotonic() - began), flush=True)
        chosen.out.write_text(json_text([t._asdict() for t in found]), "utf-8")
    promised = [t for t in found if t.group != "untrue"]
    broken = [t for t in promised if t.upper > 3 * RATE and t.wrong > RATE * t.checks]
    print(f"{sum(t.checks for t in found):,} checks, {sum(t.wrong for t in found)} wrong verdicts; "
          f"{len(broken)} of {len(promised)} rows break the promise")  # fmt: skip
    return 1 if broken else 0


def _line(tally: Tally, seconds: float) -> str:
    share = f"{tally.wrong}/{tally.checks} wrong (< {100 * tally.upper:.1f} %)"
    return f"{tally.family:42} {tally.truth:14} {share:26} {tally.decided:4} decided  {tally.draws:9,.0f} draws {seconds:6.1f} s"


if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    sys.exit(main())
