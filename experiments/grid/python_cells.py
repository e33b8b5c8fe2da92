"""The cells of a sweep whose draws are plain Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lingen.experiments.experiment import Experiment
from lingen.experiments.grid.draws import observed, without_seed
from lingen.experiments.grid.keys import key_words
from lingen.experiments.grid.part import Part, Tell, part
from lingen.experiments.grid.processes import DrawFailed, Stretch, Workers
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.source import folders_of

__all__ = ["run_python", "whole"]


def run_python(
    sweep: Sweep, indices: Sequence[int], starts: Sequence[int], tell: Tell, workers: int | None
) -> Iterator[Part]:
    """As `run_cells`, in worker processes.

    Raises:
        ValueError: if a draw raises or gives what is no observable; the message names its cell and its
        number.
    """
    experiment = sweep.experiment
    assert experiment.numpy is not None
    stretches = [_stretch(sweep, int(i), int(start)) for i, start in zip(indices, starts, strict=True)]
    with Workers(experiment.numpy, workers, folders_of(experiment)) as pool:
        try:
            for place, drawn in whole(
                experiment, pool, stretches, lambda i, part: tell(int(indices[i]), part)
            ):
                yield part([int(indices[place])], [drawn])
        except DrawFailed as error:
            where = sweep.where(int(indices[error.place]))
            raise ValueError(f"{experiment.name} at {where}: {error}") from error


def whole(
    experiment: Experiment,
    pool: Workers,
    stretches: Sequence[Stretch],
    tell: Tell = lambda place, share: None,
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """The draws of each stretch, as one array an observable; `tell` hears which share of which one is made.

    Raises:
        DrawFailed: if a draw raises.
        ValueError: if draws give what is no observable.
    """
    held: list[Any] = []
    for place, made in pool.run(stretches):
        held += made
        stretch = stretches[place]
        tell(place, len(made) / max(1, stretch.length))
        if len(held) == stretch.length:
            yield place, _stacked(experiment, held, stretch.first)
            held = []


def _stacked(experiment: Experiment, draws: Sequence[Any], first: int) -> dict[str, np.ndarray]:
    """Draws, the first of them number `first`, as one array an observable.

    Raises:
        ValueError: if they do not have the same observables of the same shapes, or these are no numbers.
    """
    rows = [observed(experiment, draw) for draw in draws]
    found: dict[str, np.ndarray] = {}
    for name in rows[0]:
        kept: list[np.ndarray] = []
        for index, row in enumerate(rows, first):
            if row.keys() != rows[0].keys():
                told = f"{', '.join(rows[0])} in draw {first} and {', '.join(row)} in draw {index}"
                raise ValueError(
                    f"{experiment.name} must give the same observables in every draw, got {told}"
                )
            value = np.asarray(row[name])
            if value.dtype.kind not in "biuf" or (kept and value.shape != kept[0].shape):
                told = (
                    f"{value!r}"
                    if value.dtype.kind not in "biuf"
                    else f"shape {value.shape} after {kept[0].shape}"
                )
                raise ValueError(
                    f"{name} of {experiment.name} must be numbers of one shape, got {told} in draw {index}"
                )
            kept.append(value.astype(float))
        found[name] = np.stack(kept)
    return found


def _stretch(sweep: Sweep, index: int, start: int) -> Stretch:
    point, experiment = sweep.cell(index), sweep.experiment
    words = key_words(experiment.key_name, experiment.hashed(point), int(point["seed"]))
    return Stretch(words, without_seed(point), start, sweep.draws - start)
