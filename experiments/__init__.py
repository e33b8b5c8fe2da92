"""Both on a grid: an experiment is a draw and a prediction of the same parameters.

The experiments that ship are found here by their names, such as `lingen.experiments.recovery`.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    library = import_module(f"{__name__}.library")
    if name.startswith("_") or name not in library.names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return library.get(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *import_module(f"{__name__}.library").names()})
