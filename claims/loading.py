"""Claims from a user's own Python file: every `Claim`, or list, tuple or dict of them, at its top level."""

from __future__ import annotations

from pathlib import Path

from lingen.boundary import checked
from lingen.claims.claim import Claim
from lingen.experiments.loading import named, parted, run_file, top_level

__all__ = ["load_claims"]


@checked
def load_claims(path: str | Path) -> list[Claim]:
    """The claims a file defines, in its order; `FILE.py::name` gives the one of that name.

    The file is run under a private name; while it runs, modules of its own folder can be imported.

    Raises:
        ValueError: if there is no such file, it does not run, it holds no claim, two of one name, or none of the
            name asked for.
    """
    place, wanted = parted(path)
    found = top_level(run_file(Path(place), "claim"), Claim)
    return named(found, wanted, Path(place), "claim", "CLAIM = Claim(...)")
