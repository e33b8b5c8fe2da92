"""The form that many claims have: one observable of one topic along loads, as d → ∞."""

from __future__ import annotations

from typing import Any

from lingen.boundary import checked
from lingen.claims.claim import Claim
from lingen.claims.library.sources import PAPER, SMOOTH, Fields

__all__ = ["DIMS", "along_loads"]

DIMS = (64, 128, 256)
SHARED: Fields = {"reference": PAPER, "dims": DIMS, "rivals": {}, **SMOOTH}
"""What is meant where nothing else is said."""


@checked
def along_loads(
    name: str, title: str, statement: str, loads: tuple[float, ...], observable: str, **fields: Any
) -> Claim:
    """A claim on an observable along loads, by its name in what a draw is; `fields` are others of `Claim`."""
    return Claim(
        name=name,
        title=title,
        statement=statement,
        grid={"load": loads},
        measure=lambda draws: getattr(draws, observable),
        **SHARED | fields,
    )
