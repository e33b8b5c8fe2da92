"""What editors and type checkers are told of names that load when used: `python -m lingen.stubs` writes it.

Type checkers do not run `__getattr__`, so that a room whose modules are found by their files is `Any` to them
unless a stub beside it names them. `make format` writes the stubs anew: a new topic needs no edit.
"""

from __future__ import annotations

import pkgutil
from pathlib import Path

__all__ = ["stubs"]

ROOMS = ("experiments", "models", "sims", "theory")
HEAD = "# Written by `make format` from the files of this folder, for editors.\n"
PACKAGE = Path(__file__).parent


def stubs() -> dict[Path, str]:
    """The text of each stub, by its place."""
    return {PACKAGE / room / "__init__.pyi": HEAD + "\n".join(_lines(room)) + "\n" for room in ROOMS}


def _lines(room: str) -> list[str]:
    lines = [f"from lingen.{room} import {name} as {name}" for name in _modules(PACKAGE / room)]
    if room == "sims":
        lines.append("from lingen.sims.engine.ensemble import ensemble as ensemble")
    if room == "experiments":
        lines.append("from lingen.experiments.experiment import Experiment")
        lines += ["", *(f"{name}: Experiment" for name in _modules(PACKAGE / room / "library"))]
    return lines


def _modules(folder: Path) -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if module.name[0] != "_")


if __name__ == "__main__":
    for path, text in stubs().items():
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
