"""What sweep was asked for: an experiment, values of its parameters, settings; from flags and from a file."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lingen.experiments.experiment import Experiment
    from lingen.experiments.grid.sweep import Sweep

__all__ = ["flagged", "read_config", "request", "split"]

MOST_CELLS, MOST_BYTES = 1_000_000, 1 << 30
SETTINGS = ("topic", "experiment", "draws", "out")
VARIABLES = 25
"""Arrays of results a cell, at most: means, errors and predictions."""


def split(words: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """The name of the experiment, and the values of its parameters, from what the command line has left.

    Raises:
        ValueError: for a flag without a value or given twice, or a second name.
    """
    name: str | None = None
    given: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            if name is not None:
                raise ValueError(f"one experiment must be named, got {name} and {word}")
            name = word
            continue
        flag, equals, value = word[2:].partition("=")
        if not equals:
            if not rest or rest[0].startswith("--"):
                raise ValueError(f"--{flag} must have a value, got none")
            value = rest.pop(0)
        flag = flag.replace("-", "_")
        if flag in given:
            raise ValueError(f"--{flag} must be given once, with commas between its values")
        given[flag] = value
    return name, given


def read_config(path: Path) -> dict[str, Any]:
    """The settings and axes of a TOML file.

    Raises:
        ValueError: if it cannot be read.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"--config {path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"--config {path}: {error}") from None
    except RecursionError:
        raise ValueError(f"--config {path}: values must not be nested so deep") from None
    for name in ("topic", "experiment", "out"):
        if not isinstance(found.get(name, ""), str):
            raise ValueError(f"--config {path}: {name} must be text, got {found[name]!r}")
    if "topic" in found:
        found["experiment"] = found.pop("topic")
    return found


def request(experiment: Experiment, given: dict[str, Any], draws: Any, yes: bool) -> Sweep:
    """The sweep that was asked for, checked before anything of its size is laid out.

    Raises:
        ValueError: for what is no parameter, is missing or out of range, cannot be drawn, or is very large.
    """
    from lingen.checks import integer
    from lingen.experiments.grid.run import see_that_it_draws
    from lingen.experiments.grid.sweep import Sweep, axes_of

    for name in given:
        if name not in experiment.coordinates:
            raise ValueError(_unknown(experiment, name))
    experiment.check_names(given)
    draws = integer("draws", draws, low=2)
    _check_size([axis.size for axis in axes_of(experiment, given).values()], draws, yes)
    grid = Sweep.of(experiment, given, draws)
    for corner in {0, grid.size - 1}:  # what cannot be drawn at all is said before the store is made
        see_that_it_draws(grid, corner)
    return grid


def flagged(text: str, experiment: Experiment | None) -> str:
    """The same words with the names of the experiment's parameters as they are typed."""
    names = list(experiment.coordinates if experiment is not None else ())
    text = re.sub(rf"^(N of )?({'|'.join(names)})(?= )", r"\1--\2", text) if names else text
    text = re.sub(rf"(?<=must be given )({'|'.join(names)})(?=, got none)", r"--\1", text) if names else text
    text = re.sub(r"^(N of )?(--\w+)", lambda m: m[0].replace("_", "-"), text)
    return text.replace("(extend adds", "(--extend adds").replace("(continue-with", "(--continue-with")


def _unknown(experiment: Experiment, name: str) -> str:
    from lingen.words import did_you_mean

    known = [f"--{n.replace('_', '-')}" for n in experiment.coordinates]
    flag = f"--{name.replace('_', '-')}"
    hint = did_you_mean(flag, known, cutoff=0.6)
    return f"{experiment.name} has no parameter {flag}; it has {', '.join(known)}{hint}"


def _check_size(sizes: Sequence[int], draws: int, yes: bool) -> None:
    """Say how many cells and how large before they are laid out."""
    cells = math.prod(sizes)
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
