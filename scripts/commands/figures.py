"""`lingen figures`: every plot of the theory, ready for publication, with simulation beside it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingen.scripts.commands.options.store_options import Stores
from lingen.scripts.commands.options.words import WidthName
from lingen.scripts.plots.kinds import complete, kinds_of
from lingen.scripts.terminal.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from lingen.scripts.figures.points import Points, Request
    from lingen.scripts.figures.registry import Plot

__all__ = ["figures"]

BESIDE = ("txt", "json")
"""Written beside every figure: its caption, and what it takes to make it again."""


def figures(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Figures, all if absent.", show_default=False),
    ] = None,
    out: Annotated[Path, typer.Option(help="Output folder.")] = Path("figures"),
    format: Annotated[
        str,
        typer.Option(help="Kinds of files, pdf, svg, png, with commas between.", autocompletion=complete),
    ] = "pdf,svg,png",
    width: Annotated[
        WidthName, typer.Option(help="page (7 in) or column (3.4 in) of a paper.")
    ] = WidthName.page,
    stores: Stores = None,
    simulate: Annotated[bool, typer.Option(help="Compute points where no store is given.")] = True,
    draws: Annotated[int, typer.Option(help="Draws at each point, when computed.")] = 32,
    seed: Annotated[int, typer.Option(help="Seed of the points, when computed.")] = 0,
    listed: Annotated[bool, typer.Option("--list", help="Name the figures and stop.")] = False,
) -> None:
    """Draw the theory beside simulation, each figure with a caption and what it takes to make it again.

    Exit code 0 when all figures are written, 2 for bad usage, 130 when interrupted: figures that are finished
    stay.
    """
    if listed:
        return _list()
    kinds, plots, request = _checked(names or [], format, stores or [], simulate, draws, seed)
    from lingen.files import open_folder
    from lingen.scripts.terminal.runtime import prepare

    prepare()
    plots = _served(plots, request, named=bool(names))
    open_folder("--out", out, [f"{plot.name}.{kind}" for plot in plots for kind in (*kinds, *BESIDE)])
    raise typer.Exit(_draw_all(plots, request, out, kinds, width.value))


def _list() -> None:
    from rich.console import Console
    from rich.table import Table

    from lingen.scripts.figures.registry import every

    table = Table(box=None, pad_edge=False, show_header=False)
    for plot in every():
        topics = dict.fromkeys(need.topic for need in plot.needs if need.axes)
        table.add_row(plot.name, plot.title, f"stores of {', '.join(topics)}")
    Console(highlight=False).print(table)


def _checked(
    names: Sequence[str],
    format: str,
    stores: Sequence[Path],
    simulate: bool,
    draws: int,
    seed: int,
) -> tuple[tuple[str, ...], tuple[Plot, ...], Request]:
    """What was asked for, before anything is computed."""
    from lingen.checks import integer
    from lingen.scripts.figures.registry import choose

    kinds = kinds_of(format)
    plots = choose(names)
    from lingen.scripts.figures.points import Request, open_store

    draws, seed = integer("--draws", draws, low=2), integer("--seed", seed, low=0)
    return kinds, plots, Request(tuple(map(open_store, stores)), simulate, draws, seed)


def _served(plots: Sequence[Plot], request: Request, named: bool) -> tuple[Plot, ...]:
    """The figures that the stores can show; `ValueError` for one that was named and cannot."""
    from lingen.scripts.figures.points import lacking, serves

    if not request.stores:
        return tuple(plots)
    fitting = [p for p in plots if any(serves(n, s) for n in p.needs for s in request.stores)]
    for plot in plots:
        if named and plot not in fitting:
            store = request.stores[0]
            held = f"{lacking(plot.needs, store)} for the figure {plot.name}"
            raise ValueError(f"--from {store.attrs['path']} must hold {held}")
    if not fitting:
        store = request.stores[0]
        held = ", ".join(f"{name} ({size})" for name, size in store.sizes.items())
        raise ValueError(f"--from {store.attrs['path']}: no figure can be drawn of its axes {held}")
    return tuple(fitting)


def _draw_all(plots: Sequence[Plot], request: Request, out: Path, kinds: Sequence[str], width: str) -> int:
    done = 0
    try:
        for plot in plots:
            began = time.monotonic()
            try:
                _draw(plot, request, out, kinds, width)
            except OSError as error:
                raise OSError(f"--out {out}: {error.strerror or error}; {_kept(done, plots, out)}") from None
            done += 1
            typer.echo(f"{out / plot.name}.{{{','.join(kinds)}}}  {time.monotonic() - began:.1f} s")
    except KeyboardInterrupt:
        typer.echo(f"error: interrupted: {_kept(done, plots, out)}", err=True)
        return INTERRUPTED
    return 0


def _kept(done: int, plots: Sequence[Plot], out: Path) -> str:
    return f"{done} of {len(plots)} figures are in {out}"


def _draw(plot: Plot, request: Request, out: Path, kinds: Sequence[str], width: str) -> None:
    """Compute, draw and only then write: the files of one figure belong together."""
    from lingen.files import replace_file
    from lingen.scripts.figures.points import gather
    from lingen.scripts.plots.style import WIDTHS, canvas, rendered, styled
    from lingen.words import json_text

    points = [gather(need, request) for need in plot.needs]
    with styled():
        figure, panels = canvas(plot.panels, width, plot.tall)
        words = plot.draw(panels, points)
        content = {kind: rendered(figure, kind) for kind in kinds}
    command = f"lingen figures {plot.name} --width {width} --format {','.join(kinds)}"
    about = {
        "figure": plot.name,
        "title": plot.title,
        "caption": (caption := _caption(plot, words, points)),
        "width_inches": WIDTHS[width],
        "command": command + _options(request),
        "points": [p.origin | {"draws": p.draws} for p in points],
        "versions": _versions(),
    }
    content["txt"] = (caption + "\n").encode()
    content["json"] = json_text(about).encode()
    for kind, written in content.items():
        replace_file(out / f"{plot.name}.{kind}", written)


def _options(request: Request) -> str:
    if request.stores:
        return "".join(f" --from {store.attrs['path']}" for store in request.stores)
    return f" --draws {request.draws} --seed {request.seed}" + ("" if request.simulate else " --no-simulate")


def _caption(plot: Plot, words: str, points: Sequence[Points]) -> str:
    counts = sorted({p.draws for p in points if p.measured})
    if not counts:
        return f"{plot.title}. {words} Lines: theory."
    many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    source = dict.fromkeys(p.origin.get("store", "") for p in points if p.measured)
    stored = ", ".join(name for name in source if name)
    where = f" from {stored}" if stored else ""
    told = f"Lines: theory. Markers: simulation{where}, {many} draws each, ± 2 standard errors."
    return f"{plot.title}. {words} {told}"


def _versions() -> dict[str, Any]:
    from importlib.metadata import version

    from lingen.experiments.provenance import versions

    return versions() | {"matplotlib": version("matplotlib")}
