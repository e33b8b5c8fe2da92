"""A user's claim that ends the process: it ends its own check, and the run goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

__all__ = ["no_exit"]


@contextmanager
def no_exit() -> Iterator[None]:
    """Within it `os._exit` raises `SystemExit` in this process, which a check takes for a broken claim.

    Processes forked meanwhile end as they always do. A call by other means (C code, a signal) still ends the
    run; `verdicts.json` then holds what was decided before, with `complete` false.
    """
    really, here = os._exit, os.getpid()

    def exits(status: int) -> NoReturn:
        if os.getpid() != here:
            really(status)
        raise SystemExit(f"os._exit({status})")

    os._exit = exits  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = really
