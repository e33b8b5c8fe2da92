"""Measure: every row, its contenders in turn; `results.json`, `RESULTS.md` and `cost.svg`.

python benchmarks/run.py [--only NAME ...] [--quick] [--no-peers] [--limit SECONDS] [--output FOLDER] [--list]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

import measure  # noqa: E402
import report  # noqa: E402
from machine import machine  # noqa: E402
from rows import draws, ensembles, laws, matrix_free, processes, training  # noqa: E402

ROWS = [*processes.ROWS, *draws.ROWS, *matrix_free.ROWS, *laws.ROWS, *ensembles.ROWS, *training.ROWS]


def main() -> int:
    given = arguments()
    names = [row.name for row in ROWS]
    if given.list:
        print("\n".join(f"{row.name:36}{row.title}" for row in ROWS))
        return 0
    unknown = sorted(set(given.only) - set(names))
    if unknown:
        print(f"--only must be among {', '.join(names)}, got {', '.join(unknown)}", file=sys.stderr)
        return 2
    chosen = [row for row in ROWS if row.name in given.only or not given.only]
    given.output.mkdir(parents=True, exist_ok=True)
    path = given.output / "results.json"
    kept = json.loads(path.read_text())["rows"] if given.only and path.exists() else []
    table = {row["name"]: row for row in kept}
    here = machine(measure.PEERS)
    for row in chosen:
        start = time.time()
        found = measure.run(row, given.quick, not given.no_peers, given.limit)
        table[row.name] = found | {name: here[name] for name in ("date", "cores")}
        print(report.line(table[row.name], time.time() - start), flush=True)
        write(given, [table[name] for name in names if name in table])
    return 0


def write(given: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """What is known so far, so that an interrupted run keeps it."""
    document = {"machine": machine(measure.PEERS), "quick": given.quick, "rows": rows}
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    (given.output / "results.json").write_text(text + "\n")
    (given.output / "RESULTS.md").write_text(report.markdown(document))
    report.figure(document, given.output / "cost.svg")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="rows to measure; others are kept"
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, two rounds: does it run?")
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    parser.add_argument("--limit", type=float, default=measure.LIMIT, help="seconds for one turn of work")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where results go")
    parser.add_argument("--list", action="store_true", help="list the rows and stop")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
