"""No name is used that is not there: the linter cannot be asked in general, as it takes shapes for names."""

from __future__ import annotations

import io
import json
import sys
import tokenize
from pathlib import Path

import children

ROOT = Path(__file__).parents[2]
ROOMS = (
    "benchmarks",
    "claims",
    "docs",
    "experiments",
    "lingen",
    "models",
    "scripts",
    "sims",
    "tests",
    "theory",
)


def strings(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the strings of a file begin and end: rows and columns from 1, as the linter counts."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    ends = [(t.start, t.end) for t in tokens if t.type == tokenize.STRING]
    return [((a, b + 1), (c, d + 1)) for (a, b), (c, d) in ends]


def test_every_name_is_defined():
    asked = [
        "check",
        "--isolated",
        "--target-version",
        "py311",
        "--select",
        "F821",
        "--output-format",
        "json",
    ]
    done = children.run([sys.executable, "-m", "ruff", *asked, *ROOMS], cwd=ROOT)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found  # the shapes of arrays, which are strings
    unknown = []
    for one in found:
        path, place = Path(one["filename"]), (one["location"]["row"], one["location"]["column"])
        if not any(start <= place < end for start, end in strings(path.read_text("utf-8"))):
            unknown.append(f"{path.relative_to(ROOT)}:{place[0]}: {one['message']}")
    assert not unknown, "\n".join(unknown)
