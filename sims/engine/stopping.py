"""How many draws a mean needs: the standard errors of what was drawn, against those that are wanted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from lingen.boundary import checked
from lingen.checks import positive, single

__all__ = ["aim", "count", "draws_for", "standard_error"]

MARGIN = 1.1
"""More draws than the present standard error asks for, which is known to a few per cent only."""


@checked
def aim(until: float | Mapping[str, float]) -> float | dict[str, float]:
    """`until` as positive numbers; `ValueError` where it is not."""
    if isinstance(until, Mapping):
        if not until:
            raise ValueError("until must name at least one observable, got none")
        return {name: _positive(f"until[{name!r}]", value) for name, value in until.items()}
    return _positive("until", until)


@checked
def count(made: Any) -> int:
    """How many draws stand along the first axis."""
    return len(jax.tree.leaves(made)[0])


@checked
def standard_error(made: Any) -> float:
    """The largest standard error of the mean along the first axis, over all numbers."""
    errors = [np.std(np.asarray(x), axis=0, ddof=1) / np.sqrt(len(x)) for x in jax.tree.leaves(made)]
    return float(max((np.max(error, initial=0.0) for error in errors), default=0.0))


@checked
def draws_for(aim: float | Mapping[str, float], made: Any, most: int) -> int:
    """How many draws to have in all: as many as there are once that is enough, at most twice as many.

    Ends with a warning at `most`, and where a draw is not finite, which no further draw mends.
    """
    aims = aim if isinstance(aim, Mapping) else {"": aim}
    if not aims:
        raise ValueError("aim must name at least one observable, got none")
    have = count(made)
    errors = {name: standard_error(_observable(made, name)) for name in aims}
    name = max(aims, key=lambda name: np.nan_to_num(errors[name] / aims[name], nan=np.inf))
    error, wanted = errors[name], aims[name]
    if error <= wanted:
        return have
    if have >= most or not np.isfinite(error):
        of = f" of {name}" if name else ""
        warnings.warn(f"until = {wanted:g} is not reached{of}: {error:.3g} after {have} draws", stacklevel=4)
        return have
    needed = MARGIN * have * (error / wanted) ** 2
    return int(min(most, 2 * have, max(have + 1, np.ceil(min(needed, 2.0 * have)))))


def _observable(made: Any, name: str) -> Any:
    """One observable of a tuple or dict of them; everything without a name."""
    if not name:
        return made
    fields = made if isinstance(made, Mapping) else getattr(made, "_asdict", dict)()
    if fields.get(name) is None:
        known = ", ".join(fields) or "none: a draw gives no tuple or dict with names"
        raise ValueError(f"until must name observables of a draw ({known}), got {name!r}")
    return fields[name]


def _positive(name: str, value: float) -> float:
    return float(positive(name, single(name, value)))
