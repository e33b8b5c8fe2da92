"""`lingen predict DATA`: the spectrum of a data set, and what follows from it as the samples grow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingen.scripts.commands.options.data_options import DataOptions, check_seed, on_data, whole_numbers
from lingen.scripts.plots.kinds import complete, kinds_of
from lingen.scripts.terminal.runtime import Devices

if TYPE_CHECKING:
    from rich.console import Console

    from lingen.experiments.forecast import Check, Forecast

__all__ = ["predict"]


@on_data
def predict(
    chosen: DataOptions,
    samples: Annotated[str, typer.Option(help="Numbers of samples, such as 16,64,256.")] = "",
    filter: Annotated[
        str, typer.Option(help="The model: gaussian, ridge:RHO, ode_sampler:MIN:MAX ...")
    ] = "gaussian",
    until: Annotated[
        str, typer.Option(help="Levels that are asked for: q=0.95,leak=1.05,latents=20, or some of them.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Seed of the splits.")] = 0,
    draws: Annotated[int, typer.Option(help="Draws at each point: random disjoint splits.")] = 16,
    devices: Devices = None,
    out: Annotated[
        Path, typer.Option("--out", "--report", help="Output folder: the figure and the numbers.")
    ] = Path("report"),
    format: Annotated[
        str,
        typer.Option(
            help="Kinds of files of the figure, pdf, svg, png, with commas between; none: no figure.",
            autocompletion=complete,
        ),
    ] = "pdf,svg,png",
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON, nothing else.")] = False,
) -> None:
    """How many samples like DATA a model takes to converge, find latents and stop memorising.

    Predicted from the spectrum of DATA, corrected by what its disjoint splits measure. The answer comes
    first, its figure after it. Interrupted, it keeps and shows the splits that are through.
    """
    from lingen.scripts.terminal.runtime import prepare

    where = prepare(devices)
    from rich.console import Console

    from lingen.checks import integer
    from lingen.experiments.from_data.targets import targets
    from lingen.files import open_folder
    from lingen.models import filters

    filters.parse(filter)
    listed = whole_numbers(samples)
    asked = targets(until, "--until") if until else None
    check_seed(seed)
    integer("draws", draws, low=2)
    for n in listed or ():
        integer("samples", n, low=1)
    kinds = kinds_of(format, optional=True)
    loaded = chosen.load()
    open_folder("--out", out, [f"predict.{kind}" for kind in ("json", *kinds)])
    how = {"samples": listed, "seed": seed, "draws": draws, "devices": where, "until": asked}
    result, stopped = _with_progress(Console(stderr=True), loaded, filter, how, out)
    _tell(result, out, kinds, as_json)
    if stopped:
        raise KeyboardInterrupt


def _tell(result: Forecast, folder: Path, kinds: Sequence[str], as_json: bool) -> None:
    """The answer, and then the figure, which takes as long again as a small answer."""
    from rich.console import Console

    numbers = _numbers(result, folder)
    if as_json:
        typer.echo(numbers.read_text("utf-8"))
        _drawn(result, folder, kinds)
        return
    console = Console()
    _show(console, result)
    files = [*_drawn(result, folder, kinds), numbers]
    console.print(*files, sep=", ", highlight=False, markup=False, soft_wrap=True)


def _with_progress(
    console: Console, data: Any, model: str, how: dict[str, Any], out: Path
) -> tuple[Forecast, bool]:
    """The forecast, or what there is of it at ^C; its numbers are on disk after every step."""
    from lingen.display import Display
    from lingen.experiments.forecast import growing
    from lingen.watching import timed

    result: Forecast | None = None
    with Display(console) as display:
        bar = display.bar(f"{data.name}: {data.samples:,} {data.noun} in {data.dim} dimensions", 1.0)

        def tell(done: int, total: int) -> None:
            bar.show(done / total, f"{done} of {total}", f"{done} of {total} steps")

        @timed
        def first(share: float, words: str) -> None:
            bar.show(0.0, words, words)

        try:
            for result in growing(data, model, progress=tell, tell=first, **how):
                _numbers(result, out)
        except KeyboardInterrupt:
            if result is None:
                raise
            return result, True
    assert result is not None  # the first step is always there
    return result, False


def _numbers(result: Forecast, folder: Path) -> Path:
    from lingen.files import replace_file
    from lingen.words import json_text

    target = folder / "predict.json"
    replace_file(target, json_text(result.to_json()))
    return target


def _drawn(result: Forecast, folder: Path, kinds: Sequence[str]) -> list[Path]:
    """Write the figure; returns its files."""
    if not kinds:
        return []
    from lingen.scripts.figures.data_figure import save
    from lingen.scripts.figures.predict_figure import draw

    return save(partial(draw, result), folder / "predict", kinds)


def _show(console: Console, result: Forecast) -> None:
    """The answer, the checks on splits, the cautions."""
    from lingen.experiments.from_data import words

    def say(*lines: str) -> None:
        for line in lines:
            console.print(line, highlight=False, markup=False)

    say(words.headline(result), *words.about(result))
    _show_splits(console, result)
    say(*words.checked_by(result), *words.cautions(result))


def _show_splits(console: Console, result: Forecast) -> None:
    from rich.table import Table
    from rich.text import Text

    from lingen.scripts.terminal.tables import show_whole

    data = result.data
    title = f"{data.name}: N = {data.samples:,}, d = {data.dim}, {result.filter.name}"
    mixed = ("mixed",) if any(check.mixed is not None for check in result.checks) else ()
    table = Table(title=Text(title), title_justify="left", padding=(0, 1), collapse_padding=True)
    for heading in ("n", "n/d", "q theory", "q splits", "off by", *mixed, "latents", "leak", "W₂²"):
        table.add_column(heading, justify="right", no_wrap=True)
    checks = {check.samples: check for check in result.checks}
    for row in zip(*result.table, strict=True):
        n, q, _, latents, ratio, distance = map(float, row)
        check = checks.get(int(n))
        seen = (*_measured(check), *(_mixed(check) for _ in mixed))
        numbers = (f"{n:.0f}", f"{n / data.dim:.3g}", f"{q:.4f}")
        table.add_row(
            *numbers,
            *seen,
            f"{latents:.0f}",
            f"{ratio:.4g}",
            f"{distance:.2g}" if distance == distance else "",
        )
    show_whole(console, table)


def _measured(check: Check | None) -> tuple[str, str]:
    from lingen.words import measured

    if check is None:
        return "", ""
    return measured(check.measured, check.error), f"{check.deviation:+.2%}"


def _mixed(check: Check | None) -> str:
    return "" if check is None or check.mixed is None else f"{check.mixed:.4f}"
