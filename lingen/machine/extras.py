"""Packages that only some parts of lingen need, and the extra that installs each."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["EXTRAS", "absent", "installed_by"]

EXTRAS = {
    "arviz": "arviz",
    "distributed": "cluster",
    "h5py": "tables",
    "ipywidgets": "notebook",
    "pyarrow": "tables",
    "sklearn": "images",
    "torch": "torch",
}
"""By the name that is imported."""


def installed_by(extra: str) -> str:
    """The command that installs an extra."""
    return f"pip install 'lingen[{extra}]'"


def absent(module: str) -> str:
    """That a module is not installed, and what installs it; "" if it is there."""
    return "" if find_spec(module) else f"{module} is not installed: {installed_by(EXTRAS[module])}"
