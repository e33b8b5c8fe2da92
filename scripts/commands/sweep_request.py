"""What sweep was asked for: settings and axes of a file, checked before anything so large is laid out."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lingen.experiments.grid.axes import Axis, Sweep

__all__ = ["read_config", "request"]

MOST_CELLS, MOST_BYTES = 1_000_000, 1 << 30
SETTINGS = ("topic", "draws", "out")
VARIABLES = 25
"""Arrays of results a cell, at most: means, errors and predictions."""


def read_config(path: Path) -> dict[str, Any]:
    """The settings and axes of a TOML file.

    Raises:
        ValueError: if it cannot be read or holds a name that is neither.
    """
    from lingen.experiments.grid.axes import PARAMETERS

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"--config {path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"--config {path}: {error}") from None
    except RecursionError:
        raise ValueError(f"--config {path}: values must not be nested so deep") from None
    known = (*SETTINGS, *PARAMETERS)
    for name in found:
        if name not in known:
            raise ValueError(f"--config {path}: parameter must be one of {', '.join(known)}, got {name!r}")
    for name in ("topic", "out"):
        if not isinstance(found.get(name, ""), str):
            raise ValueError(f"--config {path}: {name} must be text, got {found[name]!r}")
    return found


def request(given: dict[str, Any], yes: bool) -> Sweep:
    """The sweep that was asked for, checked before anything of its size is laid out."""
    from lingen.checks import integer
    from lingen.experiments.grid import axes as sweep_grid
    from lingen.experiments.grid import cells as sweep_cells

    topic = given.pop("topic", None)
    if topic is None:
        raise ValueError(f"topic must be one of {', '.join(sweep_cells.TOPICS)}, got none")
    draws = integer("draws", given.pop("draws", 64), low=2)
    sweep_cells.check(topic, given)
    axes = [sweep_grid.axis(name, value) for name, value in given.items()]
    _check_size(axes, draws, yes)
    grid = sweep_grid.Sweep.of(topic, axes, draws)
    for corner in {0, grid.size - 1}:  # what cannot be drawn at all is said before the store is made
        sweep_cells.sampler_at(topic, grid.cell(corner))
    return grid


def _check_size(axes: Sequence[Axis], draws: int, yes: bool) -> None:
    """Say how many cells and how large before they are laid out."""
    cells = math.prod(axis.size for axis in axes)
    size = cells * VARIABLES * 8
    if yes or (cells <= MOST_CELLS and size <= MOST_BYTES):
        return
    raise ValueError(
        f"the grid has {cells:,} cells of {draws:,} draws, {cells * draws:,} draws and about {_bytes(size)} "
        "of results in all: give --yes to run it"
    )


def _bytes(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:,.3g} TiB"
