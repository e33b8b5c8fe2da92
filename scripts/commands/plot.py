"""`lingen plot`: any stored sweep as a figure: lines and points, a heat map, a collapse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lingen.scripts.commands.options.store_options import At, Store, Within, as_flags, fixed, parts

__all__ = ["plot"]

KEYWORDS = ("x", "hue", "y", "heat", "collapse", "at", "within", "log_x", "log_y")
FLAGS = {name: f"--{name.replace('_', '-')}" for name in KEYWORDS} | {"data": "STORE"}


def plot(
    store: Store,
    x: Annotated[
        str | None,
        typer.Option("--x", help="The axis drawn along.", show_default="load, or the only one that fits"),
    ] = None,
    hue: Annotated[
        str | None,
        typer.Option(help="The axis of one curve a value.", show_default="the only other one that varies"),
    ] = None,
    y: Annotated[
        str | None,
        typer.Option("--y", help="The observable.", show_default="the sweep's topic, or the only one"),
    ] = None,
    heat: Annotated[
        str | None,
        typer.Option(metavar="AXIS,AXIS", help="A heat map over two axes instead.", show_default=False),
    ] = None,
    collapse: Annotated[
        Path | None,
        typer.Option(
            metavar="JSON", help="The collapse by what `lingen infer` found instead.", show_default=False
        ),
    ] = None,
    at: At = None,
    within: Within = None,
    log_x: Annotated[
        bool | None,
        typer.Option(
            "--log-x/--no-log-x", help="A logarithmic axis.", show_default="where values are geometric"
        ),
    ] = None,
    log_y: Annotated[bool, typer.Option("--log-y", help="Likewise for the observable.")] = False,
    out: Annotated[Path, typer.Option(help="The figure: .png, .svg or .pdf.")] = Path("plot.png"),
) -> None:
    """Draw a stored sweep: theory as lines, what was measured as points with bars of two standard errors.

    STORE may be of any experiment. An observable that is an array is drawn along its own axis (--x bin). Exit
    code 0 when the figure is written, 2 for bad usage.
    """
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg", "pdf"):
        raise ValueError(f"--out must end in .png, .svg or .pdf, got {out}")
    given: dict[str, Any] = {"x": x, "hue": hue, "y": y, "log_x": log_x, "log_y": log_y}
    given |= {"at": fixed(at) or None, "within": dict(parts(within)) or None}
    if heat is not None:
        given["heat"] = [part.strip() for part in heat.split(",")]
    written = _drawn(store, given, collapse, kind)
    from lingen.files import open_folder, replace_file

    open_folder("--out", out.parent, [out.name])
    replace_file(out, written)
    typer.echo(out)


def _drawn(store: Path, given: Mapping[str, Any], collapse: Path | None, kind: str) -> bytes:
    """The figure as a file."""
    from lingen.experiments.store.reading import open_sweep

    data = open_sweep(store)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from lingen.scripts.plots import labels
    from lingen.scripts.plots.collapse import read_found
    from lingen.scripts.plots.plot import plot as draw
    from lingen.scripts.plots.style import rendered, styled

    found = None if collapse is None else read_found(collapse)
    with styled(), as_flags(**FLAGS):
        figure = Figure(figsize=labels.SIZE)
        FigureCanvasAgg(figure)
        draw(data, **given, collapse=found, ax=figure.add_subplot())
        return rendered(figure, kind)
