"""What was measured, line by line, and how much time is left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

Numbers = dict[str, Any]


class Places(NamedTuple):
    """The accelerator, and the host beside it; without an accelerator both are the processor."""

    device: jax.Device
    host: jax.Device


def places() -> Places:
    """The first device of the default backend and the first of the processor."""
    return Places(jax.devices()[0], jax.devices("cpu")[0])


class Record:
    """Lines of JSON, written as they are known, so that a cut at any moment keeps what was measured.

    Attributes:
        rows: what was measured, by section and name.
        quick: tiny sizes: does the script run?
    """

    def __init__(self, path: Path, seconds: float, quick: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file, self._began = path.open("w"), time.monotonic()
        self._end = self._part = self._began + seconds
        self.rows: dict[str, dict[str, Numbers]] = {}
        self.quick = quick
        self.section = ""

    def begin(self, section: str, seconds: float) -> None:
        """Go on to a section, which has these seconds and those that the ones before it left."""
        now = time.monotonic()
        unused = max(0.0, self._part - now) if self.section else 0.0
        self.section, self._part = section, min(self._end, now + seconds + unused)

    def left(self) -> float:
        """Seconds of the time granted to the section."""
        return self._part - time.monotonic()

    def say(self, what: str, **numbers: Any) -> None:
        """Keep numbers under a name in the section at hand."""
        kept = {name: _plain(value) for name, value in numbers.items()}
        self.rows.setdefault(self.section, {})[what] = kept
        line = json.dumps({"section": self.section, "what": what, **kept}, ensure_ascii=False)
        print(f"{time.monotonic() - self._began:6.1f} s {line}", flush=True)
        self._file.write(line + "\n")
        self._file.flush()


def _plain(value: Any) -> Any:
    """A number of four digits; what is not finite as a word, for JSON has no other place for it."""
    if isinstance(value, float | np.floating):
        return float(f"{value:.4g}") if np.isfinite(value) else str(float(value))
    return value


def timed(call: Callable[..., Any], *arguments: Any, seconds: float = 0.4) -> tuple[float, float]:
    """Seconds of the first call beyond another, and the median of the others, each awaited."""
    first, times = _once(call, *arguments), [_once(call, *arguments)]
    while len(times) < 3 or (sum(times) < seconds and len(times) < 100):
        times.append(_once(call, *arguments))
    median = float(np.median(times))
    return max(first - median, 0.0), median


def _once(call: Callable[..., Any], *arguments: Any) -> float:
    start = time.perf_counter()
    jax.block_until_ready(call(*arguments))
    return time.perf_counter() - start


def on(place: jax.Device, tree: Any) -> Any:
    """The same numbers, kept there."""
    return jax.device_put(tree, place)


def beside(record: Record, what: str, call: Callable[..., Any], where: Places, *arguments: Any) -> None:
    """Time of a compiled call on the accelerator and on the host of the same machine."""
    compilation, here = timed(call, *on(where.device, arguments))
    numbers: Numbers = {"ms": here * 1e3, "compile_s": compilation}
    if where.host != where.device:
        numbers["host_ms"] = timed(call, *on(where.host, arguments))[1] * 1e3
        numbers["times_faster"] = numbers["host_ms"] / numbers["ms"]
    record.say(what, **numbers)
