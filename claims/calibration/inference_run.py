"""How often 95 % intervals hold the planted truth, and how often they are told sound: `python -m` this module.

A family passes when at least nine of ten of its sound fits cover every quantity, or when it is told unsound at least as
often as a fit misses.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax.random as jr
import numpy as np
from scipy.stats import beta

from lingen.claims import critical_points, exponents, scaling
from lingen.claims.adequacy import Fit
from lingen.claims.calibration.inference_families import (
    CRITICAL,
    POWER,
    PRIOR,
    CriticalFamily,
    PowerFamily,
    Prior,
)

__all__ = ["Row", "Trial", "calibrate", "clopper_pearson", "table", "trial"]

LEVEL = 0.95
PROMISE = 0.9
Family = PowerFamily | CriticalFamily | Prior


class Trial(NamedTuple):
    """One planted data set."""

    covers: Mapping[str, bool]
    """By quantity that has a truth."""
    sound: bool
    trouble: str
    seconds: float
    intervals: Mapping[str, tuple[float, float]]

    @property
    def right(self) -> bool:
        """Whether every interval holds the truth, of which there is one."""
        return bool(self.covers) and all(self.covers.values())


class Row(NamedTuple):
    """A family's trials."""

    name: str
    trials: tuple[Trial, ...]

    @property
    def sound(self) -> int:
        """How many were told sound."""
        return sum(t.sound for t in self.trials)

    @property
    def missed(self) -> int:
        """How many intervals of a fit miss, whatever was told; a family without truth always misses."""
        return sum(not t.right for t in self.trials)

    def coverage(self, name: str) -> tuple[int, int]:
        """Of the sound fits, how many hold the truth of one quantity, and how many there are."""
        told = [t for t in self.trials if t.sound]
        return sum(t.covers.get(name, False) for t in told), len(told)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What has a truth."""
        return tuple(self.trials[0].covers)

    @property
    def kept(self) -> bool:
        """Whether sound intervals cover, or the family is told unsound at least as often as it misses."""
        names = self.quantities
        covered = [self.coverage(name) for name in names]
        good = bool(names) and all(hit >= PROMISE * count for hit, count in covered)
        return good or len(self.trials) - self.sound >= self.missed


def trial(family: Family, seed: int) -> Trial:
    """Plant, fit and compare once."""
    rng = np.random.default_rng([seed, *family.name.encode()])
    begin = time.perf_counter()
    data: tuple[np.ndarray, ...]
    if isinstance(family, Prior):
        family, data = family.draw(rng)
    else:
        data = family.draw(rng)
    found = _fit(family, data, jr.key(seed))
    seconds = time.perf_counter() - begin
    names = [n for n in family.truth if n != "offset" or getattr(family, "offset", False)]
    intervals = {name: found.posterior.interval(name, LEVEL) for name in names}
    covers = {name: low <= family.truth[name] <= high for name, (low, high) in intervals.items()}
    return Trial(covers, found.posterior.sound, found.posterior.trouble, seconds, intervals)


def calibrate(
    families: Iterable[Family], sets: int, tell: Callable[[Row], None] = lambda row: None
) -> list[Row]:
    """Every family, `sets` times."""
    rows = []
    for family in families:
        rows.append(Row(family.name, tuple(trial(family, seed) for seed in range(sets))))
        tell(rows[-1])
    return rows


def clopper_pearson(hits: int, count: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact interval of a share."""
    if count == 0:
        return 0.0, 1.0
    out = (1 - level) / 2
    low = float(beta.ppf(out, hits, count - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(1 - out, hits + 1, count - hits)) if hits < count else 1.0


def table(rows: Sequence[Row]) -> str:
    """Markdown: by family, sound fits, coverage of each quantity among them with its bounds, and the promise."""
    lines = [
        "| family | sound | sound and covered, by quantity | missed in all | kept |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        told = "; ".join(_share(name, *row.coverage(name)) for name in row.quantities) or "no number is right"
        count = len(row.trials)
        lines.append(
            f"| {row.name} | {row.sound} of {count} | {told} | {row.missed} | {'yes' if row.kept else '**no**'} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 if a family breaks the promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=25, help="data sets of a family")
    parser.add_argument("--law", choices=("power", "critical", "prior", "both"), default="both")
    parser.add_argument("--only", default="", help="families whose name holds this")
    parser.add_argument("--out", type=Path, help="JSON of all trials")
    options = parser.parse_args(arguments)
    known: dict[str, list[Family]] = {"power": [*POWER], "critical": [*CRITICAL], "prior": [PRIOR]}
    families = known[options.law] if options.law in known else known["power"] + known["critical"]
    chosen = [family for family in families if options.only in family.name]
    rows = calibrate(chosen, options.sets, _tell)
    print(table(rows))
    if options.out is not None:
        options.out.write_text(json.dumps(record(rows), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return int(not all(row.kept for row in rows))


def record(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What JSON keeps."""
    return [
        {"family": row.name, "kept": row.kept, "trials": [t._asdict() for t in row.trials]} for row in rows
    ]


def _fit(family: Family, data: tuple[np.ndarray, ...], key: Any) -> Fit:
    if isinstance(family, PowerFamily):
        return exponents.power_law(exponents.means(*data), key, offset=family.offset)
    return critical_points.critical(scaling.curves(*data), key)


def _tell(row: Row) -> None:
    told = ", ".join(_share(name, *row.coverage(name)) for name in row.quantities)
    seconds = float(np.mean([t.seconds for t in row.trials]))
    mark = "kept" if row.kept else "BROKEN"
    counted = f"sound {row.sound:3} of {len(row.trials)}, missed {row.missed:3}"
    print(f"{row.name:32} {counted}; {told}; {mark}; {seconds:.2f} s a fit", flush=True)


def _share(name: str, hits: int, count: int) -> str:
    low, high = clopper_pearson(hits, count)
    return f"{name} {hits}/{count} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    raise SystemExit(main())
