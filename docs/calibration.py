"""Write the measured tables into docs/calibration.md: `python docs/calibration.py`."""

from pathlib import Path

from lingen.claims.calibration import record

PAGE = Path(__file__).with_name("calibration.md")
BEGIN, END = "<!-- verdicts -->\n", "<!-- /verdicts -->"


def renewed(page: str) -> str:
    """The page with the table of today's measurements between its marks."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + record.table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
