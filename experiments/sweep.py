"""Sweeps: an experiment on a grid of its parameters, simulated and predicted, in a store that resumes."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from lingen.checks import integer
from lingen.experiments.cluster.host_cells import exchanged, run_shared
from lingen.experiments.cluster.patience import ClusterLost
from lingen.experiments.experiment import Experiment
from lingen.experiments.grid.run import Runner, run_cells
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.grid.theory import predictions
from lingen.experiments.loading import experiment_of
from lingen.experiments.provenance import hardware, versions
from lingen.experiments.store.store import Store
from lingen.machine.extras import absent
from lingen.sims.engine import hosts
from lingen.watching import watched

if TYPE_CHECKING:
    import jax
    import xarray as xr

__all__ = ["Options", "SweepDisplay", "runner", "silent", "sweep", "swept"]

SNAPSHOT_SECONDS, SNAPSHOT_SHARE = 60.0, 0.02
"""Readers see a new state so often, if writing it takes no larger share of the time."""


class SweepDisplay(Protocol):
    """What a sweep tells while it runs."""

    def tell(self, index: int, cells: float) -> None:
        """Draws worth so many cells like the one at `index` are made."""

    def done(self, cells: int) -> None:
        """So many cells are kept."""


class Options(NamedTuple):
    """How a sweep runs; nothing here changes a number."""

    devices: Sequence[jax.Device] | None = None
    """Where to run; all devices when absent."""
    workers: int | None = None
    """Processes for draws in plain Python; one a core when absent."""
    extend: bool = False
    """Whether cells and draws may be added to a store."""
    changed: bool = False
    """Whether a store may go on whose experiment has changed."""


class _Silent:
    def tell(self, index: int, cells: float) -> None:
        """Nothing."""

    def done(self, cells: int) -> None:
        """Nothing."""


def silent(store: Store) -> AbstractContextManager[SweepDisplay]:
    """A display that shows nothing."""
    return nullcontext(_Silent())


def watched_display(store: Store) -> AbstractContextManager[SweepDisplay]:
    """A bar on terminals and in notebooks, nothing elsewhere."""
    if not watched():
        return silent(store)
    from rich.console import Console

    from lingen.experiments.progress import Progress

    return Progress(Console(), store.sweep, store.done)


def sweep(
    experiment: Experiment | str | Path,
    *,
    draws: int = 64,
    out: str | Path | None = None,
    cluster: str | None = None,
    workers: int | None = None,
    options: Options = Options(),  # noqa: B008
    display: Any = watched_display,
    **axes: Any,
) -> xr.Dataset:
    """An experiment on the product of the given axes, simulated and, where it predicts, predicted.

    The same call with the same `out` goes on where it stopped, and reads what is complete.

    Args:
        experiment: an `Experiment`, the name of one that ships, or a file `FILE.py` (`FILE.py::name`).
        draws: draws a cell.
        out: a folder for the results, in Zarr format; none are kept when absent.
        cluster: `local:N` or `tcp://host:port`, to run cells on Dask workers. In a script, call it under
            `if __name__ == "__main__":`, as everything that starts Dask's processes.
        workers: processes for draws in plain Python, none for 0; one a core when absent.
        options: devices, and whether a store may be extended or go on with another source.
        display: `display(store)` gives a context manager that shows how it goes; a bar on terminals and in
            notebooks.
        axes: values by parameter: numbers, words, lists, arrays, or texts such as "0.1:4:log:41"; `seed` too.

    Returns:
        A dataset with an axis for each parameter given, and for each observable NAME its means `NAME`, their
        standard errors `NAME_error` and the predictions `NAME_theory`; `draws` counts the draws of each cell.
        Units and names are attributes. The coordinate `load` hides `Dataset.load`: write `data["load"]`.

    Raises:
        ValueError: naming the parameter that is wrong; if a cell cannot be drawn; if `out` belongs to another
            sweep. What is computed by then is kept in `out`.
        ConnectionError: if the cluster has been without workers for a minute, or without its scheduler; `out`
            shows what is kept, and the same call goes on.
    """
    grid = Sweep.of(experiment_of(experiment), axes, draws)
    if workers is not None:
        options = options._replace(workers=integer("workers", workers, low=0))
    with runner(cluster, _warn) as run:
        if out is not None:
            return swept(grid, Path(out), run, options, display)
        with tempfile.TemporaryDirectory() as folder:
            try:
                return swept(grid, Path(folder) / "sweep.zarr", run, options, display)
            except ClusterLost as error:
                told = str(error).partition("; ")[0]
                raise ClusterLost(f"{told}; nothing is kept without out=") from None


def swept(
    grid: Sweep, path: Path, run: Runner, options: Options, display: Any = silent, say: Any = None
) -> xr.Dataset:
    """Run what is missing of a sweep's store, and give what it holds; `say` gets remarks, a line each."""
    say = say or (lambda line: None)
    with Store(path, grid, _about(options.devices), options.extend, options.changed) as store:
        for note in store.notes:
            say(note)
        exchanged((store.sweep, store.counts))
        with display(store) as shown:
            missing = store.missing
            parts = run(
                store.sweep,
                missing.tolist(),
                shown.tell,
                starts=store.counts[missing].tolist(),
                devices=options.devices,
                workers=options.workers,
            )
            try:
                _fill(store, parts, shown)
            except ClusterLost as error:
                with suppress(OSError, ValueError):
                    store.publish()
                raise ClusterLost(f"{error}; {store.kept}") from None
        theory, reasons = predictions(store.sweep)
        for reason in reasons[:3]:
            say(reason)
        told = store.publish(theory)
        store.compact()
        return told


def help_out(options: Options) -> None:
    """Run this process's cells of the sweep that process 0 writes."""
    grid, counts = exchanged(None)[0]
    missing = (counts < grid.draws).nonzero()[0]
    for _ in run_shared(
        grid,
        missing.tolist(),
        starts=counts[missing].tolist(),
        devices=options.devices,
        workers=options.workers,
    ):
        pass


@contextmanager
def runner(cluster: str | None, say: Callable[[str], None] = lambda line: None) -> Iterator[Runner]:
    """What runs the cells: this process, all that joined, or a Dask cluster, whose state is told to `say`."""
    if cluster is None:
        yield run_cells if hosts.count() == 1 else run_shared
        return
    if missing := absent("distributed"):
        raise ValueError(f"cluster must be left out here, got {cluster!r}: {missing}")
    from lingen.experiments.cluster.dask_cells import Cluster

    with Cluster(cluster, say) as found:
        yield found.run_cells


def _warn(line: str) -> None:
    warnings.warn(line, RuntimeWarning, stacklevel=2)


def _fill(store: Store, parts: Iterator[Any], shown: SweepDisplay) -> None:
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


def _about(devices: Sequence[jax.Device] | None) -> Mapping[str, Any]:
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": versions() | {name: version(name) for name in ("xarray", "zarr")},
        "hardware": hardware(devices),
    }
