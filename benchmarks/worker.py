"""One contender in a process of its own: it waits for "go", does the work, and reports the time of it alone.

`python worker.py MODULE:FUNCTION ARGUMENTS` calls FUNCTION(**ARGUMENTS), which returns the work: a function
of the number of the repetition. Lines of JSON go out on what was the standard output; what the work itself
prints goes to the standard error. Standard library only, so that any environment can run it.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time

LEAST_SECONDS = 0.05


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    module, name = sys.argv[1].split(":")
    arguments = json.loads(sys.argv[2])
    once, every = arguments.pop("once", False), arguments.pop("every", False)
    work = getattr(importlib.import_module(module), name)(**arguments)
    base = peak_mib()
    start = time.perf_counter()
    if hasattr(work, "compile"):
        work.compile()
    results = [] if once else [work(0)]
    first = time.perf_counter() - start
    results = [whole(work, 0, result) for result in results]
    send(out, {"first_s": first, "base_mib": base})
    count = len(results)
    for line in sys.stdin:
        if line.strip() != "go":
            break
        seconds, calls = 0.0, 0
        while calls == 0 or (seconds < LEAST_SECONDS and not once):
            start = time.perf_counter()
            result = work(count)
            seconds += time.perf_counter() - start
            if not every:
                results.clear()
            results.append(whole(work, count, result))
            count, calls = count + 1, calls + 1
        send(out, {"seconds": seconds / calls, "calls": calls})
    send(out, {"peak_mib": peak_mib(), "results": plain(results)})


def whole(work, number, result):
    """A result, with what the work gives beside it for the judge, in no one's time."""
    return (*result, *work.beside(number)) if hasattr(work, "beside") else result


def peak_mib() -> float:
    """The largest resident set of this program so far; `ru_maxrss` where the kernel does not say it.

    `ru_maxrss` outlives exec: it would include the process that started this one.
    """
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    except (OSError, StopIteration):
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return largest / (2**20 if sys.platform == "darwin" else 2**10)


def plain(value):
    """Arrays as lists."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value.tolist() if hasattr(value, "tolist") else value


def send(out, message: dict) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
