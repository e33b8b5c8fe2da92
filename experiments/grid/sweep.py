"""A sweep: the product of some axes of an experiment, and so many draws in each cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.checks import integer
from lingen.experiments.experiment import Experiment, Point
from lingen.experiments.grid.axes import Axis, axis
from lingen.experiments.parameters import Value

__all__ = ["Sweep", "axes_of"]


@checked
@dataclass(frozen=True)
class Sweep:
    """A grid of one experiment's draws.

    Attributes:
        experiment: what is drawn.
        axes: values of each parameter that was given, in the experiment's order.
        draws: draws a cell.
    """

    experiment: Experiment
    axes: Mapping[str, tuple[Value, ...]]
    draws: int

    @classmethod
    def of(cls, experiment: Experiment, given: Mapping[str, Any], draws: int) -> Sweep:
        """The sweep over the product of the values of these parameters.

        Args:
            experiment: what is drawn.
            given: values by parameter: numbers, words, lists, arrays, texts such as "0.1:4:log:41", axes.
            draws: draws a cell.

        Raises:
            ValueError: naming the parameter that is unknown, missing, out of range or twice the same; for
                fewer than two draws.
        """
        experiment.check_names(given)
        laid = {name: found.values() for name, found in axes_of(experiment, given).items()}
        return cls(experiment, laid, integer("draws", draws, low=2))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def size(self) -> int:
        """Number of cells."""
        return math.prod(self.shape)

    def cell(self, index: int) -> Point:
        """Coordinates of the cell with this flat index, defaults included."""
        places = np.unravel_index(index, self.shape) if self.shape else ()
        given = {name: v[i] for (name, v), i in zip(self.axes.items(), places, strict=True)}
        return self.experiment.point(given)

    def cells(self) -> Iterator[Point]:
        """The coordinates of all cells, in order."""
        return (self.cell(i) for i in range(self.size))

    def where(self, index: int) -> str:
        """The cell of this flat index in words, by its axes."""
        point = self.cell(index)
        return ", ".join(f"{name}={point[name]}" for name in self.axes)

    def config(self) -> dict[str, Any]:
        """What decides the numbers, as plain values."""
        axes = {name: list(values) for name, values in self.axes.items()}
        return {"topic": self.experiment.key_name, "draws": self.draws, **axes}


@checked
def axes_of(experiment: Experiment, given: Mapping[str, Any]) -> dict[str, Axis]:
    """The axes that were given, in the experiment's order; nothing is laid out yet."""
    return {
        name: values if isinstance(values := given[name], Axis) else axis(name, parameter, values)
        for name, parameter in experiment.coordinates.items()
        if name in given
    }
