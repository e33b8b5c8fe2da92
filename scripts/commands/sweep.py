"""`lingen sweep`: a grid of any parameters, simulated and predicted, in a Zarr store that resumes."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingen.scripts.terminal.exit_codes import INTERRUPTED
from lingen.scripts.terminal.runtime import Devices, Multihost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import jax

    from lingen.experiments.grid.axes import Sweep
    from lingen.experiments.grid.run import Runner
    from lingen.experiments.store.store import Store

__all__ = ["sweep"]

SNAPSHOT_SECONDS, SNAPSHOT_SHARE = 60.0, 0.02
Values = str | None


def _option(words: str) -> Any:
    return typer.Option(help=words, metavar="VALUES", show_default=False, rich_help_panel="Axes")


def sweep(
    topic: Annotated[
        str | None,
        typer.Argument(
            help="convergence, recovery, decoupling (q and Q), memorisation, distances, denoising, leakage, "
            "refitting or entropy.",
            show_default=False,
        ),
    ] = None,
    load: Annotated[Values, _option("γ = n/d.")] = None,
    dim: Annotated[Values, _option("d.")] = None,
    spike: Annotated[Values, _option("Strength θ of a spike, ℓ = 1 + θ.")] = None,
    exponent: Annotated[Values, _option("Power-law exponent a, σ_k = k^−a.")] = None,
    ridge: Annotated[Values, _option("ρ of the filter √(λ+ρ).")] = None,
    noise: Annotated[Values, _option("Variance s: of the noise to remove, or added to the data.")] = None,
    filter: Annotated[Values, _option("As name:number, such as ode_sampler:0.01:80.")] = None,
    method: Annotated[Values, _option("auto, dense, krylov or lanczos.")] = None,
    seed: Annotated[Values, _option("Seeds of independent repetitions.")] = None,
    draws: Annotated[int | None, typer.Option(help="Draws a cell.", show_default="64")] = None,
    out: Annotated[Path | None, typer.Option(help="The store.", show_default="sweep.zarr")] = None,
    config: Annotated[
        Path | None, typer.Option(help="A TOML file of the same names; flags win.", show_default=False)
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Run cells on Dask: local:N, or tcp://host:port of a scheduler.", show_default=False
        ),
    ] = None,
    devices: Devices = None,
    multihost: Multihost = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Run even a very large grid.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show the last line only.")] = False,
) -> None:
    """Simulate and predict a topic on a grid of parameters, into a Zarr store.

    VALUES are `low:high:N` (N equal steps), `low:high:log:N` (N equal ratios), single values, or several of
    these with commas between. Started again, the same command goes on where it stopped. Exit code 0 when the
    grid is complete, 2 for bad usage, 130 when interrupted.
    """
    flags = {
        "topic": topic, "load": load, "dim": dim, "spike": spike, "exponent": exponent, "ridge": ridge,
        "noise": noise, "filter": filter, "method": method, "seed": seed, "draws": draws, "out": out,
    }  # fmt: skip
    from lingen.scripts.commands.sweep_request import read_config, request
    from lingen.scripts.terminal.runtime import leads, prepare

    given = ({} if config is None else read_config(config)) | {
        k: v for k, v in flags.items() if v is not None
    }

    if cluster is not None and (multihost or devices is not None):
        raise ValueError("--cluster must be without --multihost and --devices: its workers use all they have")
    where = prepare(devices, multihost)
    store = Path(given.pop("out", "sweep.zarr"))
    grid = request(given, yes)
    if not leads():
        raise typer.Exit(_help(grid))
    with _runner(cluster) as run:
        raise typer.Exit(_run(grid, store, run, where, quiet))


@contextlib.contextmanager
def _runner(cluster: str | None) -> Iterator[Runner]:
    """What runs the cells: this process, all processes that joined, or a cluster."""
    from lingen.experiments.cluster.host_cells import run_shared
    from lingen.experiments.grid.run import run_cells
    from lingen.sims.engine import hosts

    if cluster is None:
        yield run_cells if hosts.count() == 1 else run_shared
        return
    from lingen.experiments.cluster.dask_cells import Cluster

    with Cluster(cluster) as found:
        yield found.run_cells


def _help(grid: Sweep) -> int:
    """Run this process's cells of another process's sweep."""
    import numpy as np

    from lingen.experiments.cluster.host_cells import run_shared
    from lingen.sims.engine import hosts

    done = hosts.same(np.zeros(grid.size, bool))
    for _ in run_shared(grid, np.flatnonzero(~done).tolist()):
        pass
    return 0


def _run(grid: Sweep, path: Path, run: Runner, devices: Sequence[jax.Device] | None, quiet: bool) -> int:
    from rich.console import Console

    from lingen.experiments.store.store import Store
    from lingen.scripts.terminal.runtime import hardware, versions
    from lingen.scripts.terminal.sweep_progress import Progress
    from lingen.sims.engine import hosts

    made = {name: _version(name) for name in ("xarray", "zarr")}
    about = {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": versions() | made,
        "hardware": hardware(devices),
    }
    with Store(path, grid, about) as store:
        for note in store.notes:
            typer.echo(f"warning: {note}", err=True)
        console = Console(highlight=False)
        try:
            with Progress(console, grid, store.done, quiet) as shown:
                hosts.same(store.done)
                _fill(store, run(grid, store.missing.tolist(), shown.tell, devices=devices), shown)
            _finish(store, quiet)
        except KeyboardInterrupt:
            return _interrupted(store)
        except OSError as error:
            raise OSError(f"--out {path}: {error.strerror or error}; {_kept(store)}") from None
        console.print(_last_line(store, shown.seconds), soft_wrap=True, markup=False)
    return 0


def _fill(store: Store, parts: Any, shown: Any) -> None:
    """Keep what is finished as it comes, and now and then show it to readers."""
    due, began = SNAPSHOT_SECONDS, time.monotonic()
    for part in parts:
        store.add(part)
        shown.done(len(part.cells))
        if time.monotonic() - began > due:
            start = time.monotonic()
            store.publish()
            began = time.monotonic()
            due = max(SNAPSHOT_SECONDS, (began - start) / SNAPSHOT_SHARE)


def _finish(store: Store, quiet: bool) -> None:
    from lingen.experiments.grid.theory import predictions

    theory, reasons = predictions(store.sweep)
    if not quiet:
        for reason in reasons[:3]:
            typer.echo(f"note: {reason}", err=True)
    store.publish(theory)
    store.compact()


def _interrupted(store: Store) -> int:
    """Show readers what is finished; the files of cells are kept even where that fails."""
    with contextlib.suppress(OSError, KeyboardInterrupt):
        store.publish()
    typer.echo(f"error: interrupted: {_kept(store)}", err=True)
    return INTERRUPTED


def _kept(store: Store) -> str:
    done, total = int(store.done.sum()), store.sweep.size
    return f"{done:,} of {total:,} cells are kept in {store.path}, the same command goes on"


def _last_line(store: Store, seconds: float) -> str:
    import numpy as np

    wrong = np.zeros(store.sweep.size, bool)
    for mean, _ in store.values.values():
        wrong |= np.isnan(mean)
    names = ", ".join(store.values)
    cells = f"{store.sweep.size:,} cell{'s' if store.sweep.size > 1 else ''}"
    told = f"{cells} of {names} in {seconds:.0f} s; {store.path}"
    return told + (f" ({wrong.sum():,} cells lack a number)" if wrong.any() else "")


def _version(name: str) -> str:
    from importlib.metadata import version

    return version(name)
