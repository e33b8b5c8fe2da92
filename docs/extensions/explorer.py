"""The explorer of the site: made once for every state of the package, with points simulated for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import lingen as lg
from lingen.scripts.figures.explorer.page import render
from lingen.scripts.figures.explorer.tabulated import CORRELATION, DIM, NOISE

LOADS = np.geomspace(0.1, 10, 9)


def setup(app):
    """Write the page before others are built."""
    app.connect("builder-inited", begin)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def begin(app) -> None:
    """The page, from beside the pages that ran, where it is kept."""
    kept = Path(app.config.nb_execution_cache_path) / "explorer.html"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(render(simulated()), "utf-8")
    out = Path(app.outdir) / "explorer.html"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(kept.read_bytes())


def simulated() -> list:
    """Sweeps of what the page shows: at several strengths, one ridge, one power law, two windows."""
    spikes = {"spike": [0.5, 1.0, 2.0, 4.0], "dim": 10_000, "method": "krylov"}
    small = {"load": LOADS, "dim": DIM, "draws": 16}
    windows = {"samples": [16, 64, 256, 1024], "dim": DIM, "noise": NOISE, "correlation": CORRELATION}
    made = [
        lg.sweep("decoupling", load=LOADS, draws=16, **spikes),
        lg.sweep("convergence", ridge=[0.1], **small),
        lg.sweep("memorisation", **small),
        lg.sweep("distances", **small),
        lg.sweep("decoupling", spike=2.0, exponent=[0.5, 1.0], **small),
        lg.sweep("convolutional", taps=[9, 33], draws=8, **windows),
        lg.sweep("local_denoisers", taps=[9, 33], draws=8, **windows),
    ]
    return [data.assign_attrs(path=data.attrs["topic"]) for data in made]
