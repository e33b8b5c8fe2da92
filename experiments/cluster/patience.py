"""How long a sweep waits for a Dask cluster without workers or scheduler, and what it then says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["PATIENCE", "ClusterLost", "Watch"]

PATIENCE = 60.0
"""Seconds without a worker until the cells still out are given up, unless Dask's own setting
`distributed.scheduler.no-workers-timeout` says otherwise."""
LOOK, ANSWER = 2.0, 10.0
"""Seconds between two looks at a cluster that gives nothing, and for the scheduler to answer one."""
LONGEST = 120.0
"""Seconds after which a result on its way is asked for anew: a large one is not cut off for ever."""
T = TypeVar("T")


class ClusterLost(ConnectionError):
    """The scheduler, or every worker, of a cluster is gone; what was finished is kept."""


class Watch:
    """Waits for what a cluster owes, as long as there is somebody who could give it.

    Args:
        client: the connection.
        address: the cluster as the user named it.
        say: told, once each time, that nobody works any more, and that somebody does again.
    """

    def __init__(self, client: Client, address: str, say: Callable[[str], None] = lambda line: None):
        self.client, self.address, self.say = client, address, say
        self.patience = patience()
        self.alone: float | None = None

    def finished(self, futures: Sequence[Any]) -> Iterator[Any]:
        """The futures, each once it has ended, well or not.

        Raises:
            ClusterLost: if nobody is left to end them.
        """
        ended: Queue[Any] = Queue()
        for future in futures:
            future.add_done_callback(ended.put)
        for _ in futures:
            yield self._waited(lambda seconds: ended.get(timeout=seconds))

    def result(self, future: Any) -> Any:
        """What a future gives, or what it raised.

        Raises:
            ClusterLost: if it was lost with the worker that held it, and nobody is left to run it again.
        """
        return self._waited(lambda seconds: future.result(timeout=seconds))

    def _waited(self, ask: Callable[[float], T]) -> T:
        seconds = LOOK
        while True:
            try:
                return ask(seconds)
            except (Empty, TimeoutError):
                self._look()
            seconds = min(2 * seconds, LOOK if self.alone is not None else LONGEST)

    def _look(self) -> None:
        """See whether anybody is left; `ClusterLost` once nobody has been for too long."""
        if self.client.status in ("closing", "closed"):
            raise ClusterLost(f"cluster {self.address}: the scheduler is gone")
        if self._workers():
            if self.alone is not None:
                self.say(f"cluster {self.address}: has workers again")
            self.alone = None
            return
        now = time.monotonic()
        if self.alone is None:
            self.alone = now
            told = f"has no workers, which is given up after {self.patience:g} s"
            self.say(f"cluster {self.address}: {told}")
        elif now - self.alone >= self.patience:
            raise ClusterLost(f"cluster {self.address}: no workers for {self.patience:g} s")

    def _workers(self) -> int:
        """How many there are; none where the scheduler does not answer."""
        try:
            scheduler: Any = self.client.scheduler
            asked = self.client.sync(scheduler.identity, n_workers=-1, callback_timeout=ANSWER)
            return len(asked["workers"])
        except (OSError, RuntimeError, AttributeError):  # closed, or on its way to another connection
            return 0


def patience() -> float:
    """Seconds that a sweep waits for a first, or another, worker."""
    import dask
    from dask.utils import parse_timedelta

    given = dask.config.get("distributed.scheduler.no-workers-timeout", None)
    return PATIENCE if given is None else float(parse_timedelta(given))
