"""What lingen does on an accelerator, in eight minutes: is it right there, and what does it cost.

python benchmarks/accelerator/run.py [--out FOLDER] [--seconds 460] [--quick] [--only NAME ...]

Each section has a share of the time and may fail alone. `OUT/accelerator.jsonl` has a line a measurement, as
soon as it is known; at the end `accelerator.json` and `ACCELERATOR.md` have all. Without an accelerator the
script compares the processor with itself, which shows that it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "tests" / "calls"), str(ROOT)]
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # else the first to come takes all the memory
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # else its threads spin beside XLA's

import agreement  # noqa: E402
import cost  # noqa: E402
import hardware  # noqa: E402
import jax  # noqa: E402
import table  # noqa: E402
import verdicts  # noqa: E402
from record import Record, places  # noqa: E402

import lingen  # noqa: E402, F401  (double precision before the first array)
from machine import processor  # noqa: E402

SECTIONS = {
    "hardware": (hardware.measure, 30),
    "sections_agree": (agreement.sections, 80),
    "draws_agree": (agreement.draws, 110),
    "predictions_agree": (agreement.predictions, 100),
    "draws": (cost.draws, 60),
    "claims": (verdicts.claims, 90),
    "predictions": (cost.predictions, 20),
    "eigenvalues": (cost.eigenvalues, 30),
    "stored_products": (cost.stored_products, 15),
    "networks": (verdicts.networks, 40),
}
"""What is measured, and the seconds that it may take of the usual time; what one leaves, the next may use."""


def main() -> int:
    given = arguments()
    where = places()
    given.out.mkdir(parents=True, exist_ok=True)
    record = Record(given.out / "accelerator.jsonl", given.seconds, given.quick)
    failed = []
    chosen = {name: both for name, both in SECTIONS.items() if name in given.only or not given.only}
    for name, (section, seconds) in chosen.items():
        record.begin(name, seconds * given.seconds / sum(share for _, share in chosen.values()))
        try:
            section(record, where)
        except Exception as error:
            traceback.print_exc()
            failed.append(name)
            record.say("failed", why=f"{type(error).__name__}: {str(error)[:300]}")
        write(given.out, record)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def write(out: Path, record: Record) -> None:
    """What is known so far."""
    machine = {
        "device": f"{jax.device_count()} × {jax.devices()[0].device_kind}",
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "jax": jax.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }
    document = {"machine": machine, "quick": record.quick, "rows": record.rows}
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    (out / "accelerator.json").write_text(text + "\n")
    (out / "ACCELERATOR.md").write_text(table.markdown(document))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=HERE, help="where results go")
    parser.add_argument("--seconds", type=float, default=460.0, help="for all sections together")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", choices=list(SECTIONS), help="sections to run"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
