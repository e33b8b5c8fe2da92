"""How often 95 % intervals hold the planted truth, and how often they are told sound: `python -m` this module.

A family passes when at least nine of ten of its sound fits cover every quantity, or when it is told unsound at least as
often as a fit misses.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np

from lingen.boundary import checked
from lingen.claims.calibration.inference_families import (
    CRITICAL,
    POWER,
    PRIOR,
    CriticalFamily,
    PlantedPrior,
    PowerFamily,
)
from lingen.claims.calibration.inference_record import LEVEL, Row, Trial, keep, share, table
from lingen.claims.inference import critical_points, exponents, scaling
from lingen.claims.inference.adequacy import Fit

__all__ = ["calibrate", "main", "trial"]

Family = PowerFamily | CriticalFamily | PlantedPrior


@checked
def trial(family: Family, seed: int) -> Trial:
    """Plant, fit and compare once."""
    rng = np.random.default_rng([seed, *family.name.encode()])
    begin = time.perf_counter()
    data: tuple[np.ndarray, ...]
    drawn = isinstance(family, PlantedPrior)
    if isinstance(family, PlantedPrior):
        family, data = family.draw(rng)
    else:
        data = family.draw(rng)
    found = _fit(family, data, jr.key(seed), ("exact",) if drawn else None)
    seconds = time.perf_counter() - begin
    names = [n for n in family.truth if n != "offset" or getattr(family, "offset", False)]
    intervals = {name: found.posterior.interval(name, LEVEL) for name in names}
    covers = {name: low <= family.truth[name] <= high for name, (low, high) in intervals.items()}
    ranks = (
        {n: float(np.mean(found.posterior.flat(f"_{n}") < family.truth[n])) for n in names} if drawn else {}
    )
    return Trial(covers, found.posterior.sound, found.posterior.trouble, seconds, intervals, ranks)


@checked
def calibrate(
    families: Iterable[Family], sets: int, tell: Callable[[Row], None] = lambda row: None
) -> list[Row]:
    """Every family, `sets` times."""
    rows = []
    for family in families:
        rows.append(Row(family.name, tuple(trial(family, seed) for seed in range(sets))))
        tell(rows[-1])
    return rows


@checked
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 if a family breaks the promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=25, help="data sets of a family")
    parser.add_argument("--law", choices=("power", "critical", "prior", "all"), default="all")
    parser.add_argument("--only", nargs="*", default=[""], help="families whose name holds one of these")
    parser.add_argument("--out", type=Path, help="JSON whose rows of these families are replaced")
    options = parser.parse_args(arguments)
    known: dict[str, list[Family]] = {"power": [*POWER], "critical": [*CRITICAL], "prior": [PRIOR]}
    families = known.get(options.law) or [*POWER, *CRITICAL, PRIOR]
    chosen = [family for family in families if any(part in family.name for part in options.only)]
    rows = calibrate(chosen, options.sets, _tell)
    print(table(rows))
    if options.out is not None:
        keep(options.out, rows)
    return int(not all(row.kept for row in rows))


def _fit(family: Family, data: tuple[np.ndarray, ...], key: Any, laws: tuple[str, ...] | None) -> Fit:
    if isinstance(family, PowerFamily):
        return exponents.power_law(exponents.means(*data), key, offset=family.offset)
    return critical_points.critical(scaling.curves(*data), key, laws=laws)


def _tell(row: Row) -> None:
    told = ", ".join(share(name, *row.coverage(name)) for name in row.quantities)
    seconds = float(np.mean([t.seconds for t in row.trials]))
    mark = "kept" if row.kept else "BROKEN"
    counted = f"sound {row.sound:3} of {len(row.trials)}, missed {row.missed:3}"
    print(f"{row.name:32} {counted}; {told}; {mark}; {seconds:.2f} s a fit", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
