"""Which sampler draws a quantity: dense matrices, Krylov chains exact in law, or matrix-free Lanczos.

"dense" is the reference and gives every field. "krylov" needs an isotropic bulk and costs the same at every
dimension; "lanczos" takes any spectrum without a d × d array. "auto" is the fastest valid one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lingen.boundary import checked
from lingen.checks import is_traced, room
from lingen.models.filters import PCA, Filter
from lingen.models.population import Population

__all__ = ["METHODS", "Choice", "Methods", "choose"]

METHODS = ("auto", "dense", "krylov", "lanczos")
DENSE_UP_TO = 256
"""Up to this dimension an eigendecomposition costs milliseconds, and the exact trace saves draws."""


class Choice(NamedTuple):
    """A method and why it was taken."""

    method: str
    reason: str


class Methods(NamedTuple):
    """What can draw a topic."""

    topic: str
    methods: tuple[str, ...] = ("dense",)
    leading: bool = False
    """Whether it looks at the eigenvectors of spikes: other methods than dense find the leading ones only."""


@checked
def choose(
    known: Methods,
    method: str,
    population: Population,
    dim: int,
    filter: Filter | None = None,
    entries: str = "gaussian",
) -> Choice:
    """The sampler for one topic and model; `choose(..., "auto", ...)` says which it is and why.

    Args:
        known: what can draw the topic.
        method: one of `METHODS`.
        population: the truth.
        dim: d.
        filter: the model; the Gaussian one when absent.
        entries: the law of the whitened data.

    Raises:
        ValueError: for an unknown method, one that cannot draw this, or matrices larger than the memory.
    """
    supported = known.methods
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    if method == "auto":
        return _fastest(known, population, dim, filter, entries)
    if method == "dense" and dim > DENSE_UP_TO:
        others = [
            m for m in supported if m != "dense" and not _obstacle(known, m, population, filter, entries)
        ]
        instead = f"method {' or '.join(others)} needs no d × d matrix" if others else ""
        room("dim", dim, 3.0 * dim**2, instead)
    if method not in supported:
        raise ValueError(f"method must be auto or {' or '.join(supported)} for {known.topic}, got {method!r}")
    obstacle = _obstacle(known, method, population, filter, entries)
    if obstacle:
        raise ValueError(f"method must be another than {method!r} here: {obstacle}")
    return Choice(method, "asked for")


def _fastest(known: Methods, population: Population, dim: int, filter: Filter | None, entries: str) -> Choice:
    if dim <= DENSE_UP_TO:
        return Choice("dense", f"d = {dim} is at most {DENSE_UP_TO}")
    obstacles: list[str] = []
    for method in ("krylov", "lanczos"):
        if method not in known.methods:
            continue
        obstacle = _obstacle(known, method, population, filter, entries)
        if not obstacle:
            return Choice(method, "; ".join([*obstacles, "the fastest that is valid"]))
        obstacles.append(f"{method}: {obstacle}")
    return Choice("dense", "; ".join(obstacles) or "no other draws this quantity")


def _obstacle(
    known: Methods, method: str, population: Population, filter: Filter | None, entries: str
) -> str:
    """Why a method cannot be used, or an empty string."""
    if method == "dense":
        return ""
    if known.leading and not _on_top(population):
        return "a spike that is not above the bulk needs all eigenvectors"
    if isinstance(filter, PCA):
        return f"a filter of ranks, {filter.name}, needs all eigenvalues"
    if method == "krylov" and population.eigenvalues.size != 1:
        return f"krylov needs an isotropic bulk, got {population.eigenvalues.size} bulk eigenvalues"
    if method == "krylov" and entries != "gaussian":
        return f"krylov needs gaussian entries, got {entries}"
    return ""


def _on_top(population: Population) -> bool:
    """Whether every spike is above the bulk: chains and processes start from the largest eigenvalues."""
    if is_traced((population.spikes, population.eigenvalues)):
        return True
    return not np.any(np.asarray(population.spikes) <= np.max(np.asarray(population.eigenvalues)))
