"""`lingen explore`: one page whose sliders move what the theory says of linear models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lingen.scripts.commands.options.store_options import Stores

__all__ = ["explore"]


def explore(
    out: Annotated[Path, typer.Option(help="The page; one beside the report is linked from it.")] = Path(
        "report/explorer.html"
    ),
    stores: Stores = None,
) -> None:
    """Write a page of sliders for γ, θ, spectrum, ridge and receptive field: one file, no network.

    Convergence q, recovery Q, memorisation m, distances and the spectrum move with them. All numbers are
    tabulated from the theory, and interpolated to 1e-4. A store for --from is made by, for example, lingen
    sweep decoupling --load 0.1:10:log:9 --spike 0.5,1,2 --dim 10000 --out q.zarr. Exit code 0 when the page
    is written, 2 for bad usage.
    """
    from lingen.files import open_folder, replace_file
    from lingen.scripts.terminal.runtime import prepare

    if out.suffix != ".html":
        raise ValueError(f"--out must end in .html, got {out}")
    prepare()
    from lingen.scripts.figures.points import open_store

    opened = [open_store(path) for path in stores or ()]
    open_folder("--out", out.parent, [out.name])
    page = _rendered(opened)
    replace_file(out, page)
    typer.echo(out)


def _rendered(opened: list) -> str:
    """The page, with a bar on terminals while tables are made."""
    from lingen.scripts.figures.explorer.page import render
    from lingen.watching import shown_bar

    with shown_bar("tables of the theory") as bar:
        return render(opened, lambda done: bar(done, ""))
