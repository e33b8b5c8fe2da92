"""`lingen sweep`: a grid of any parameters, simulated and predicted, in a Zarr store that resumes."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingen.scripts.terminal.exit_codes import INTERRUPTED
from lingen.scripts.terminal.runtime import Devices, Multihost

if TYPE_CHECKING:
    from lingen.experiments.experiment import Experiment
    from lingen.experiments.grid.sweep import Sweep
    from lingen.experiments.parameters import Parameter
    from lingen.experiments.store.store import Store
    from lingen.experiments.sweep import Options

__all__ = ["CONTEXT", "sweep"]

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Flags of parameters belong to the experiment; `--help` shows them."""
HELP = ("--help", "-h")


Draws = Annotated[int | None, typer.Option(help="Draws a cell.", show_default="64")]
Out = Annotated[Path | None, typer.Option(help="The store.", show_default="sweep.zarr")]
Config = Annotated[
    Path | None, typer.Option(help="A TOML file of the same names; flags win.", show_default=False)
]
ClusterAddress = Annotated[
    str | None,
    typer.Option(help="Run cells on Dask: local:N, or tcp://host:port of a scheduler.", show_default=False),
]
Extend = Annotated[
    bool, typer.Option("--extend", help="Add these cells and draws to the store that is there.")
]
Changed = Annotated[
    bool,
    typer.Option(
        "--continue-with-changed-source", help="Go on with a store whose experiment has changed since."
    ),
]
WorkerCount = Annotated[
    int | None,
    typer.Option(help="Processes for draws in plain Python.", show_default="one a core", min=0),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Run even a very large grid.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show the last line only.")]


def sweep(
    context: typer.Context,
    draws: Draws = None,
    out: Out = None,
    config: Config = None,
    cluster: ClusterAddress = None,
    extend: Extend = False,
    changed: Changed = False,
    workers: WorkerCount = None,
    devices: Devices = None,
    multihost: Multihost = False,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Simulate and predict an experiment on a grid of its parameters, into a store that resumes.

    NAME is one of lingen's experiments, or a file of your own, FILE.py (FILE.py::name), and each of its
    parameters is a flag; `lingen sweep NAME --help` shows them. Their values are `low:high:N` (N equal
    steps), `low:high:log:N` (N equal ratios), single values, or several of these with commas between;
    `--seed` is for independent repetitions. Started again, the same command goes on where it stopped. Exit
    code 0 when the grid is complete, 2 for bad usage, 130 when interrupted or when a cluster is lost.
    """
    from lingen.scripts.commands.sweep_request import flagged, read_config, request, split
    from lingen.scripts.terminal.runtime import leads, prepare

    helped = any(word in HELP for word in context.args)
    name, flags = split([word for word in context.args if word not in HELP])
    if helped:
        raise typer.Exit(_help(context, name))
    given = ({} if config is None else read_config(config)) | flags
    name = name or given.pop("experiment", None)
    given.pop("experiment", None)
    if cluster is not None and (multihost or devices is not None):
        raise ValueError("--cluster must be without --multihost and --devices: its workers use all they have")
    where = prepare(devices, multihost)
    experiment: Experiment | None = None
    try:
        experiment = _named(name)
        store, wanted = Path(given.pop("out", "sweep.zarr")), given.pop("draws", 64)
        grid = request(experiment, given, wanted if draws is None else draws, yes)
        from lingen.experiments.sweep import Options, help_out

        options = Options(where, workers, extend, changed)
        if not leads():
            help_out(options)
            raise typer.Exit(0)
        raise typer.Exit(_run(grid, store if out is None else out, cluster, options, quiet))
    except ValueError as error:
        raise ValueError(flagged(str(error), experiment)) from None


def _named(name: str | None) -> Experiment:
    from lingen.experiments import library
    from lingen.experiments.loading import experiment_of

    if name is None:
        raise ValueError(f"experiment must be one of {', '.join(library.names())} or a file, got none")
    return experiment_of(name)


def _run(grid: Sweep, path: Path, cluster: str | None, options: Options, quiet: bool) -> int:
    from rich.console import Console

    from lingen.experiments.cluster.patience import ClusterLost
    from lingen.experiments.progress import Progress
    from lingen.experiments.sweep import runner, swept

    console = Console(highlight=False)
    held: list[Store] = []

    def display(store: Store) -> Progress:
        held.append(store)
        shown.append(Progress(console, store.sweep, store.done, quiet))
        return shown[0]

    shown: list[Progress] = []
    try:
        with runner(cluster, _say(quiet)) as run:
            swept(grid, path, run, options, display, _say(quiet))
    except KeyboardInterrupt:
        if not held:
            raise
        with contextlib.suppress(OSError, ValueError, KeyboardInterrupt):
            held[0].publish()
        typer.echo(f"error: interrupted: {held[0].kept}", err=True)
        return INTERRUPTED
    except ClusterLost as error:
        typer.echo(f"error: {error}", err=True)
        return INTERRUPTED
    except OSError as error:
        kept = f"; {held[0].kept}" if held else ""
        raise OSError(f"--out {path}: {error.strerror or error}{kept}") from None
    console.print(_last_line(held[0], shown[0].seconds), soft_wrap=True, markup=False)
    return 0


def _say(quiet: bool) -> Any:
    """Warnings are always told, remarks on theory unless all is quiet."""

    def say(line: str) -> None:
        note = line.startswith("no theory")
        if not (note and quiet):
            typer.echo(f"{'note' if note else 'warning'}: {line}", err=True)

    return say


def _help(context: typer.Context, name: str | None) -> int:
    """The help of the command, and the parameters of the experiment that is named."""
    typer.echo(context.get_help().rstrip() + "\n")
    lines = context.make_formatter()
    if name is None:
        from lingen.experiments import library

        with lines.section("Experiments that ship"):
            lines.write_text(", ".join(library.names()))
    else:
        experiment = _named(name)
        with lines.section(f"Parameters of {experiment.name}"):
            lines.write_dl([_described(*item) for item in experiment.coordinates.items()])
    typer.echo(lines.getvalue(), nl=False)
    return 0


def _described(name: str, parameter: Parameter) -> tuple[str, str]:
    """A parameter's flag, and what is known of it."""
    default = "" if parameter.default is None else f"default {parameter.default}"
    needed = "needed" if parameter.needed else "may be left out" if parameter.optional else default
    words = (parameter.title, parameter.allowed, needed)
    return f"--{name.replace('_', '-')}", ", ".join(filter(None, words))


def _last_line(store: Store, seconds: float) -> str:
    import numpy as np

    from lingen.experiments.store.dataset import ordered

    wrong = np.zeros(store.sweep.size, bool)
    for mean, _ in store.values.values():
        wrong |= np.isnan(mean).reshape(store.sweep.size, -1).any(axis=1)
    names = ", ".join(ordered(store.sweep.experiment, store.values))
    cells = f"{store.sweep.size:,} cell{'s' if store.sweep.size > 1 else ''}"
    told = f"{cells} of {names} in {seconds:.0f} s; {store.path}"
    return told + (f" ({wrong.sum():,} cells lack a number)" if wrong.any() else "")
