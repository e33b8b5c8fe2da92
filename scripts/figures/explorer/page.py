"""The explorer as HTML, complete in itself: tables, points, and a script that interpolates and draws."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from markupsafe import Markup

from lingen import __version__
from lingen.scripts.figures.explorer import tabulated
from lingen.scripts.figures.explorer.chebyshev import Tabulated
from lingen.scripts.figures.explorer.stored import stored
from lingen.scripts.report.templates import asset, filled

__all__ = ["data", "render"]


def render(stores: Sequence[xr.Dataset] = (), tell: Callable[[float], None] = lambda done: None) -> str:
    """The page, with the points of stored sweeps beside the theory; `tell` hears how far it is.

    Raises:
        ValueError: for a store that has nothing to show.
    """
    points = stored(stores)
    known = data(tabulated.tables(tell)) | {"points": points}
    text = json.dumps(known, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    return filled(
        "explorer.html.j2",
        style=asset("report.css") + asset("explorer.css"),
        script=asset("explorer.js"),
        data=Markup(text),
        version=__version__,
        measured=bool(points),
        dim=tabulated.DIM,
        noise=tabulated.NOISE,
        correlation=tabulated.CORRELATION,
    )


def data(tables: Sequence[Tabulated]) -> dict[str, Any]:
    """What the script reads: how each table is laid out in one run of float32 numbers, little endian."""
    blocks, told, start = [], [], 0
    for table in tables:
        flat = np.ascontiguousarray(table.coefficients, "<f4").ravel()
        sides = [
            {"name": side.name, "scale": side.scale, "ends": side.ends, "count": side.degrees}
            for side in table.sides
        ]
        told.append(
            {"name": table.name, "sides": sides, "log": table.log, "shift": table.shift}
            | {"start": start, "size": flat.size}
        )
        blocks.append(flat.tobytes())
        start += flat.size
    return {
        "tables": told,
        "numbers": base64.b64encode(b"".join(blocks)).decode(),
        "ranges": {
            "load": tabulated.LOADS,
            "spike": tabulated.SPIKES,
            "exponent": tabulated.EXPONENTS,
            "ridge": tabulated.RIDGES,
        },
        "taps": tabulated.TAPS,
        "dim": tabulated.DIM,
        "top": tabulated.TOP,
        "parts": tabulated.PARTS.round(9).tolist(),
    }
