"""The cells of a sweep on a Dask cluster: stretches of cells as tasks, those of lost workers run again.

A cell's key depends on its coordinates alone, so its numbers do not depend on which worker runs it, nor on
how often. Inside a cell the draws use all devices of its worker, which runs one task at a time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from lingen.experiments.cluster.patience import ClusterLost, Watch
from lingen.experiments.grid.part import Part, Tell
from lingen.experiments.grid.run import run_cells
from lingen.experiments.grid.sweep import Sweep
from lingen.machine.cores import cores

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Cluster"]

CONNECT_SECONDS, CLOSE_SECONDS = 4.0, 5.0
MOST_LOCAL = 1024
"""Workers on this machine, each a process."""
TASKS_A_WORKER, TASK_LARGEST = 8, 256
LOSSES = 100
"""Workers that may die under one task before it is given up."""
_ONE_TASK = threading.Lock()


class Cluster:
    """A connection to Dask workers; a context manager.

    Args:
        address: `local:N` starts N worker processes on this machine, which share its cores; `tcp://host:port`
            (or `tls://`) is a running scheduler, such as that of a `dask_jobqueue.SLURMCluster`. Its workers
            need lingen, of the same version.
        say: gets a line where the workers are gone, or there again.

    Raises:
        ValueError: for another address, one that cannot be reached, or a scheduler without workers.
    """

    def __init__(self, address: str, say: Callable[[str], None] = lambda line: None):
        self.address, self.say = address, say
        self._local: Any = None
        self._levels: dict[str, int] = {}
        kind, _, rest = address.partition(":")
        if kind == "local":
            if not rest.isdecimal() or not 1 <= int(rest) <= MOST_LOCAL:
                raise ValueError(
                    f"cluster must be local:N with N of at least 1 and at most {MOST_LOCAL}, got {address!r}"
                )
            self.client = self._start(int(rest))
        elif kind in ("tcp", "tls") and rest.startswith("//") and len(rest) > 2:
            self.client = self._connect(address)
        else:
            raise ValueError(f"cluster must be local:N or tcp://host:port, got {address!r}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def workers(self) -> int:
        """How many workers there are."""
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def close(self) -> None:
        """Leave the cluster, and end the workers started here."""
        with suppress(OSError, RuntimeError):  # nothing is left to be told
            self.client.close(timeout=CLOSE_SECONDS)
        if self._local is not None:
            self._local.close(timeout=CLOSE_SECONDS)
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)

    def run_cells(
        self,
        sweep: Sweep,
        indices: Sequence[int],
        tell: Tell = lambda index, cells: None,
        *,
        starts: Sequence[int] | None = None,
        **_: Any,
    ) -> Iterator[Part]:
        """As `lingen.experiments.grid.run.run_cells`, on the workers; parts come as they are finished.

        Raises:
            ValueError: if a cell cannot be drawn.
            ClusterLost: if the scheduler is gone, or for a while all workers.
        """
        watch = Watch(self.client, self.address, self.say)
        futures = [
            self.client.submit(_run_task, sweep, stretch, wanted, pure=False, retries=1)
            for stretch, wanted in _stretches(indices, starts, self.workers)
        ]
        try:
            for future in watch.finished(futures):
                for part in self._result(watch, future):
                    tell(int(part.cells[0]), float(len(part.cells)))
                    yield part
        finally:
            with suppress(OSError, RuntimeError):  # a scheduler that is gone has forgotten them already
                self.client.cancel(futures, force=True)

    def _result(self, watch: Watch, future: Any) -> list[Part]:
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            return list(watch.result(future))
        except ClusterLost:
            raise
        except KilledWorker:
            raise ValueError(f"cluster {self.address}: {LOSSES} workers died on the same cells") from None
        except CancelledError:
            raise ClusterLost(f"cluster {self.address}: the scheduler is gone") from None
        except OSError as error:
            raise ClusterLost(f"cluster {self.address}: lost ({type(error).__name__})") from None

    def _start(self, workers: int) -> Client:
        import dask
        from distributed import Client, LocalCluster

        dask.config.set({"distributed.scheduler.allowed-failures": LOSSES})
        devices = max(1, cores() // workers)
        self._local = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # the usual port may be another cluster's
            silence_logs=logging.CRITICAL,
            env={"JAX_NUM_CPU_DEVICES": str(devices), "OPENBLAS_NUM_THREADS": "1"},
        )
        return Client(self._local)

    def _connect(self, address: str) -> Client:
        from distributed import Client

        self._silence()
        try:
            client = Client(address, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(f"cluster must be a scheduler that answers, got {address}: {reason}") from None
        if not client.scheduler_info(n_workers=-1)["workers"]:
            client.close()
            raise ValueError(f"cluster must have workers, got {address} with none")
        return client

    def _silence(self) -> None:
        """What is lost is said in one line; Dask's loggers, each with a level of its own, have tracebacks."""
        for name in [n for n in logging.root.manager.loggerDict if n.partition(".")[0] == "distributed"]:
            self._levels[name] = logging.getLogger(name).level
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _stretches(
    indices: Sequence[int], starts: Sequence[int] | None, workers: int
) -> list[tuple[list[int], list[int]]]:
    """Neighbours together, since they mostly share a compiled shape; several tasks a worker, for balance."""
    size = min(TASK_LARGEST, max(1, -(-len(indices) // (TASKS_A_WORKER * max(1, workers)))))
    begun = [0] * len(indices) if starts is None else starts
    return [
        ([int(i) for i in indices[first : first + size]], [int(s) for s in begun[first : first + size]])
        for first in range(0, len(indices), size)
    ]


def _run_task(sweep: Sweep, indices: list[int], starts: list[int]) -> list[Part]:
    """On a worker, one task at a time, whatever its threads; plain Python is drawn right here."""
    with _ONE_TASK:
        return list(run_cells(sweep, indices, starts=starts, workers=0))
