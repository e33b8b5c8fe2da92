"""What planted laws have shown: trials, the promise, and the tables of the documentation."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from lingen.boundary import checked

__all__ = ["Row", "Trial", "clopper_pearson", "keep", "measured", "ranks", "record", "share", "table"]

FILE = "inference_measured.json"
LEVEL = 0.95
PROMISE = 0.9
BINS = 5


class Trial(NamedTuple):
    """One planted data set."""

    covers: Mapping[str, bool]
    """By quantity that has a truth."""
    sound: bool
    trouble: str
    seconds: float
    intervals: Mapping[str, tuple[float, float]]
    ranks: Mapping[str, float] = MappingProxyType({})
    """Share of samples below the truth, for laws drawn from the prior."""

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


@checked
def clopper_pearson(hits: int, count: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact interval of a share."""
    if count == 0:
        return 0.0, 1.0
    out = (1 - level) / 2
    low = float(stats.beta.ppf(out, hits, count - hits + 1)) if hits else 0.0
    return low, float(stats.beta.ppf(1 - out, hits + 1, count - hits)) if hits < count else 1.0


@checked
def table(rows: Sequence[Row]) -> str:
    """Markdown: by family, sound fits, coverage of each quantity among them with its bounds, and the promise."""
    lines = [
        "| family | sound | sound and covered, by quantity | missed in all | kept |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        told = "; ".join(share(name, *row.coverage(name)) for name in row.quantities) or "no number is right"
        count = len(row.trials)
        lines.append(
            f"| {row.name} | {row.sound} of {count} | {told} | {row.missed} | {'yes' if row.kept else '**no**'} |"
        )
    return "\n".join(lines)


@checked
def ranks(row: Row) -> str:
    """Markdown: how often the truth ranks in each fifth of the samples, and χ² of evenness with its probability."""
    names = tuple(row.trials[0].ranks)
    edges = np.linspace(0, 1, BINS + 1)
    head = " | ".join(f"{low:g} to {high:g}" for low, high in itertools.pairwise(edges))
    lines = [
        f"| of {len(row.trials)} ranks | {head} | χ², {BINS - 1} degrees | probability |",
        "|---" * (BINS + 3) + "|",
    ]
    for name in names:
        counts = np.histogram([t.ranks[name] for t in row.trials], edges)[0]
        found = stats.chisquare(counts)
        told = " | ".join(str(n) for n in counts)
        lines.append(f"| {name} | {told} | {found.statistic:.1f} | {found.pvalue:.2f} |")
    return "\n".join(lines)


@checked
def record(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What JSON keeps."""
    return [{"family": row.name, "kept": row.kept, "trials": [_told(t) for t in row.trials]} for row in rows]


@checked
def keep(path: Path, rows: Sequence[Row]) -> None:
    """Write rows into a file, a family a line; what it holds of other families stays."""
    old = json.loads(path.read_text("utf-8")) if path.exists() else []
    new = {one["family"]: one for one in [*old, *record(rows)]}
    lines = [json.dumps(one, ensure_ascii=False, allow_nan=False) for one in new.values()]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


@checked
def measured(known: Iterable[Mapping[str, Any]] | None = None) -> list[Row]:
    """The rows of records; of those that were last measured if absent."""
    if known is None:
        known = json.loads((files("lingen.claims.calibration") / FILE).read_text("utf-8"))
    return [Row(one["family"], tuple(Trial(**t) for t in one["trials"])) for one in known]


def _told(one: Trial) -> dict[str, Any]:
    """With six digits."""
    intervals = {name: [float(f"{end:.6g}") for end in ends] for name, ends in one.intervals.items()}
    ranks = {name: round(rank, 4) for name, rank in one.ranks.items()}
    more = {"intervals": intervals, "ranks": ranks, "seconds": round(one.seconds, 2)}
    return {**one._asdict(), "covers": dict(one.covers), **more}


@checked
def share(name: str, hits: int, count: int) -> str:
    """How many cover, with the bounds of their share."""
    low, high = clopper_pearson(hits, count)
    return f"{name} {hits}/{count} ({low:.2f} to {high:.2f})"
