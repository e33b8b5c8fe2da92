"""Write the measured tables into docs/inference.md: `python docs/inference.py`."""

from pathlib import Path

from lingen.claims.calibration import inference_record, record
from lingen.claims.calibration.inference_families import CRITICAL, POWER, PRIOR

PAGE = Path(__file__).with_name("inference.md")


def renewed(page: str) -> str:
    """The page with the tables of today's measurements between their marks."""
    rows = {row.name: row for row in inference_record.measured()}
    parts = {
        "power": inference_record.table([rows[f.name] for f in POWER if f.name in rows]),
        "critical": inference_record.table([rows[f.name] for f in CRITICAL if f.name in rows]),
        "prior": inference_record.ranks(rows[PRIOR.name]) if PRIOR.name in rows else "Not measured.",
    }
    for name, table in parts.items():
        page = record.between_marks(page, name, table + "\n")
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
