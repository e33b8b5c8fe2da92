"""The alternation: every contender in a process of its own, one of them at work at a time, in turn."""

from __future__ import annotations

import json
import math
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from row import Contender, Row

FOLDER = Path(__file__).parent
PEERS = FOLDER.parent / ".venv-peers" / "bin" / "python"
LIMIT = 60.0


class Skipped(Exception):
    """A contender that has no result; the message says why."""


class Worker:
    """One contender's process."""

    def __init__(self, contender: Contender, arguments: dict[str, Any], limit: float):
        python = PEERS if contender.peer else Path(sys.executable)
        if contender.peer and not python.exists():
            raise Skipped("no environment of the peers: make .venv-peers")
        self.limit, self.pending = limit, b""
        environment = os.environ | {"PYTHONPATH": str(FOLDER), "MPLBACKEND": "Agg"}
        self.process = subprocess.Popen(
            [str(python), str(FOLDER / "worker.py"), contender.work, json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        os.set_blocking(self.process.stderr.fileno(), False)  # type: ignore[union-attr]
        self.said = b""
        self.start = self._receive()

    def go(self) -> dict[str, Any]:
        """One repetition."""
        return self._ask(b"go\n")

    def end(self) -> dict[str, Any]:
        """The results and the peak of memory."""
        message = self._ask(b"end\n")
        self.close()
        return message

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.communicate()

    def _ask(self, line: bytes) -> dict[str, Any]:
        self.process.stdin.write(line)  # type: ignore[union-attr]
        self.process.stdin.flush()  # type: ignore[union-attr]
        return self._receive()

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + self.limit
        streams = [self.process.stdout, self.process.stderr]
        while b"\n" not in self.pending:
            ready, _, _ = select.select(streams, [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.close()
                raise Skipped(f"not done after {self.limit:g} s")
            for stream in ready:
                self._read(stream, streams)
            if self.process.stdout not in streams:
                self.close()
                last = self.said.decode(errors="replace").strip().splitlines()
                raise Skipped(last[-1] if last else "ended without a word")
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def _read(self, stream: Any, streams: list[Any]) -> None:
        piece = os.read(stream.fileno(), 1 << 16)
        if not piece:
            streams.remove(stream)
        elif stream is self.process.stdout:
            self.pending += piece
        else:
            self.said = (self.said + piece)[-4000:]


def run(row: Row, quick: bool, peers: bool, limit: float = LIMIT) -> dict[str, Any]:
    """All contenders of a row, in turn, and their numbers."""
    arguments = row.arguments() if callable(row.arguments) else row.arguments
    arguments = arguments | (row.quick if quick else {})
    shown = {key: value for key, value in arguments.items() if key not in row.secret}
    workers: dict[str, Worker] = {}
    entries: dict[str, dict[str, Any]] = {}
    for contender in row.contenders:
        entry = {"contender": contender.name, "dim": contender.dim, "extra": contender.extra, "seconds": []}
        entries[contender.name] = entry
        given = shown | contender.extra | {"once": contender.once, "every": row.draws}
        try:
            if contender.peer and not peers:
                raise Skipped("peers are left out")
            workers[contender.name] = Worker(contender, given, 10 * limit if contender.once else limit)
        except Skipped as reason:
            entry["skipped"] = str(reason)
    for turn in range(2 if quick else row.rounds):
        for contender in row.contenders:
            if contender.name in workers and turn < (1 if contender.once else contender.rounds):
                _attempt(workers, entries, contender, "go")
    for contender in row.contenders:
        if contender.name in workers:
            _attempt(workers, entries, contender, "end")
    results = {name: entry.pop("results") for name, entry in entries.items() if "results" in entry}
    for contender in row.contenders:
        _conclude(entries[contender.name], contender, row, results, arguments | contender.extra)
    found = list(entries.values())
    reference = found[0].get("median_s")
    for entry in found:
        if reference and entry.get("median_s"):
            entry["times_faster"] = reference / entry["median_s"]
    return {
        "name": row.name,
        "title": row.title,
        "accuracy": row.accuracy,
        "load_average": round(os.getloadavg()[0], 1),
        "arguments": {key: value for key, value in arguments.items() if not isinstance(value, list)},
        "contenders": found,
    }


def _attempt(workers: dict[str, Worker], entries: dict[str, Any], contender: Contender, what: str) -> None:
    entry = entries[contender.name]
    try:
        worker = workers[contender.name]
        if what == "go":
            entry["seconds"].append(worker.go()["seconds"] / contender.share)
        else:
            entry |= worker.start | worker.end()
    except (Skipped, BrokenPipeError) as reason:
        entry["skipped"] = str(reason)
        del workers[contender.name]


def _conclude(
    entry: dict[str, Any], contender: Contender, row: Row, results: dict[str, Any], arguments: dict[str, Any]
) -> None:
    if "skipped" in entry or not entry["seconds"]:
        return
    entry["median_s"] = median(entry["seconds"])
    first = entry.pop("first_s")
    entry["compile_s"] = first if contender.once else max(0.0, first - entry["median_s"] * contender.share)
    entry["share"] = contender.share
    found = row.judge(contender.name, results, arguments, entry["median_s"])
    entry["accuracy"] = {name: value if math.isfinite(value) else None for name, value in found.items()}
