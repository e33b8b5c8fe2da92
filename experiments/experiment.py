"""An experiment: what is drawn and what is predicted, as functions of the same parameters.

All that lingen does for its own theory it does for any `Experiment`: claims compare the two, sweeps put both
on a grid, inference and figures take the grid from there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NamedTuple

from lingen.experiments.parameters import SEED, Parameter, Value
from lingen.experiments.source import travelling
from lingen.watching import in_notebook

__all__ = ["RESERVED", "Experiment", "Observable", "Point"]

Point = dict[str, Any]

RESERVED = (
    "key", "rng", "draws", "out", "config", "cluster", "devices", "workers", "multihost", "extend", "yes",
    "quiet", "seed", "topic", "experiment", "help", "continue_with_changed_source",
)  # fmt: skip
"""Names that a sweep has use for itself."""
ENDINGS = ("_error", "_theory")


class Observable(NamedTuple):
    """How an observable is called on axes of figures, and what its components are where it is an array."""

    title: str = ""
    unit: str = "1"
    axes: tuple[str, ...] = ()
    """Names of the dimensions of an array, such as ("bin",); numbered if not given."""
    at: Mapping[str, Any] | None = None
    """Where the components lie along these axes, such as {"bin": centres}."""


@dataclass(frozen=True, eq=False, repr=False)
class Experiment:
    """A model that can be drawn, and what theory says of it.

    Attributes:
        name: short and unique, as typed on the command line.
        parameters: what a point is made of, `real`, `whole` or `word` by name, in the order in which axes are
            shown.
        simulate: one draw in JAX, `simulate(key, **point)`: a dict or NamedTuple of numbers or arrays by
            observable, or one number. Either this, `sampler` or `numpy`.
        sampler: `sampler(**point)` gives a draw, a function of a key; a `jax.tree_util.Partial` is compiled
            once for all its numbers.
        numpy: one draw in plain Python, `numpy(rng, **point)`, with a `numpy.random.Generator` of its own
            that depends on the cell and the number of the draw alone; run in worker processes.
        predict: the theory, `predict(**point)`, with the observables it knows, in the same form. It may raise
            `NotImplementedError` where there is none.
        along: a parameter for which `predict` takes an array of all its values at once, its answers with as
            many rows; none, if empty.
        observables: how observables are called, and their order; others come after them by name.
        drawn: `drawn(**point)` gives the values that a draw really has where whole numbers stand behind
            parameters, such as {"load": n/d}; a prediction gets the same.
        identity: `identity(point)` gives the parameters that the numbers depend on, in the one form of all
            that mean the same: they make the key. The point itself if absent.
        work: `work(**point)` is about how long a draw takes, in arbitrary units, for the time left.
        title: one line for people; the name if absent.
        statement: what it shows, in words or LaTeX.
        reference: where it is stated.
        former: the name that it had, if it was called otherwise: its draws are those of that name still, and
            stores that were begun with it go on.

    Raises:
        ValueError: naming the field that cannot be.
    """

    name: str
    _: KW_ONLY
    parameters: Mapping[str, Parameter]
    simulate: Callable[..., Any] | None = None
    sampler: Callable[..., Callable[[Any], Any]] | None = None
    numpy: Callable[..., Any] | None = None
    predict: Callable[..., Any] | None = None
    along: str = ""
    observables: Mapping[str, Observable] = field(default_factory=dict)
    drawn: Callable[..., Mapping[str, float]] | None = None
    identity: Callable[[Point], Mapping[str, Any]] | None = None
    work: Callable[..., float] | None = None
    title: str = ""
    statement: str = ""
    reference: str = ""
    former: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise ValueError(f"name must be a word, got {self.name!r}")
        try:
            self._check_parameters()
            self._check_functions()
            self._check_observables()
        except ValueError as error:
            raise ValueError(f"experiment {self.name}: {error}") from None
        set_ = object.__setattr__
        set_(self, "parameters", dict(self.parameters))
        set_(self, "observables", dict(self.observables))
        set_(self, "title", self.title or self.name)

    @property
    def coordinates(self) -> dict[str, Parameter]:
        """All that may be an axis of a sweep: the parameters, and the seed."""
        return {**self.parameters, "seed": SEED}

    @property
    def kind(self) -> str:
        """Which function draws: "simulate", "sampler" or "numpy"."""
        return next(name for name in ("simulate", "sampler", "numpy") if getattr(self, name) is not None)

    @property
    def key_name(self) -> str:
        """The name that keys its draws, and that its stores go by."""
        return self.former or self.name

    def point(self, given: Mapping[str, Any]) -> Point:
        """These values checked, defaults included, in the order of the parameters.

        Raises:
            ValueError: for a name that is no parameter, a value out of range, or one that is missing.
        """
        self.check_names(given)
        known = {name: p.value(name, given[name]) for name, p in self.coordinates.items() if name in given}
        defaults = {n: p.default for n, p in self.coordinates.items() if p.default is not None}
        return {name: (defaults | known)[name] for name in self.coordinates if name in defaults | known}

    def check_names(self, given: Any) -> None:
        """See that these are parameters, and that none is missing; `ValueError` otherwise."""
        for name in given:
            if name not in self.coordinates:
                known = ", ".join(self.coordinates)
                raise ValueError(f"{self.name} has no parameter {name}; it has {known}")
        missing = [name for name, p in self.parameters.items() if p.needed and name not in given]
        if missing:
            raise ValueError(f"{self.name} must be given {missing[0]}, got none")

    def hashed(self, point: Point) -> dict[str, Value]:
        """What the numbers at a point depend on, in one form; the seed apart."""
        kept = point if self.identity is None else self.identity(point)
        return {name: value for name, value in kept.items() if name != "seed"}

    def described(self, observable: str) -> Observable:
        """How an observable is called; its name, if nothing was said of it."""
        known = self.observables.get(observable, Observable())
        return known if known.title else known._replace(title=observable.replace("_", " "))

    def __repr__(self) -> str:
        known = (f"{n}={p.default}" if p.default is not None else n for n, p in self.parameters.items())
        told = f"; {', '.join(self.observables)}" if self.observables else ""
        return f"Experiment({self.name}: {', '.join(known)}{told})"

    _repr_html_ = in_notebook

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return travelling(self)

    def _check_parameters(self) -> None:
        if not isinstance(self.parameters, Mapping) or not self.parameters:
            raise ValueError(f"parameters must be a dict of at least one, got {self.parameters!r}")
        for name, parameter in self.parameters.items():
            if not isinstance(name, str) or not name.isidentifier():
                raise ValueError(f"parameters must have names that Python could give, got {name!r}")
            if name in RESERVED:
                raise ValueError(f"parameters must not be called {name}, which sweeps use themselves")
            if not isinstance(parameter, Parameter):
                raise ValueError(
                    f"parameters[{name!r}] must be real(...), whole(...) or word(...), got {parameter!r}"
                )
        if self.along and (self.along not in self.parameters or self.parameters[self.along].kind == "word"):
            raise ValueError(f"along must be the name of a number among the parameters, got {self.along!r}")

    def _check_functions(self) -> None:
        given = [name for name in ("simulate", "sampler", "numpy") if getattr(self, name) is not None]
        if len(given) != 1:
            told = " and ".join(given) or "none"
            raise ValueError(f"simulate, sampler or numpy must be given, one of them, got {told}")
        before = {"simulate": "key", "numpy": "rng"}
        for name in (*given, "predict", "drawn", "work"):
            if getattr(self, name) is not None:
                self._check_signature(name, getattr(self, name), before.get(name))

    def _check_signature(self, name: str, function: Any, first: str | None) -> None:
        """See that a function can be called with the parameters by name (after a key or a generator)."""
        if not callable(function):
            raise ValueError(f"{name} must be a function, got {function!r}")
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):  # some built-in functions tell nothing of themselves
            return
        needed = [n for n, p in self.parameters.items() if not p.optional]
        try:
            signature.bind(*([None] if first else []), **dict.fromkeys(needed))
        except TypeError as error:
            wanted = ", ".join(([first] if first else []) + needed)
            raise ValueError(f"{name} must take ({wanted}), got {name}{signature}: {error}") from None

    def _check_observables(self) -> None:
        for name, known in dict(self.observables).items():
            check_observable(self, name)
            if not isinstance(known, Observable):
                raise ValueError(f"observables[{name!r}] must be an Observable, got {known!r}")


def check_observable(experiment: Experiment, name: str) -> None:
    """See that an observable has a name that a dataset can hold beside its axes; `ValueError` otherwise."""
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"observables must have names that Python could give, got {name!r}")
    if name.endswith(ENDINGS) or name in ("draws", "cells") or name in experiment.coordinates:
        raise ValueError(f"observables must not be called {name}: a stored sweep has a variable of that name")
