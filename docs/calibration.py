"""Write the measured tables into docs/calibration.md: `python docs/calibration.py`."""

from pathlib import Path

from lingen.claims.calibration import record

PAGE = Path(__file__).with_name("calibration.md")


def renewed(page: str) -> str:
    """The page with the table of today's measurements between its marks."""
    return record.between_marks(page, "verdicts", record.table())


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
