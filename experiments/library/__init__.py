"""The experiments that ship with lingen, one file a topic: found by their files, listed nowhere."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingen.experiments.experiment import Experiment

__all__ = ["get", "names", "ships"]


@lru_cache
def names() -> tuple[str, ...]:
    """Their names, which are those of their files; nothing is imported for it."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def get(name: str) -> Experiment:
    """The experiment of this name; `ValueError` with the closest ones if there is none."""
    if name not in names():
        from lingen.words import did_you_mean

        hint = did_you_mean(name, names(), cutoff=0.6)
        raise ValueError(f"experiment must be one of {', '.join(names())}, got {name!r}{hint}")
    return import_module(f"{__name__}.{name}").EXPERIMENT


def ships(experiment: Experiment) -> bool:
    """Whether this is one of them."""
    return experiment.name in names() and get(experiment.name) is experiment
