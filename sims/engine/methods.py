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

__all__ = ["METHODS", "SUPPORTED", "Choice", "choose"]

METHODS = ("auto", "dense", "krylov", "lanczos")
SUPPORTED = {
    "convergence": ("dense", "krylov", "lanczos"),
    "recovery": ("dense", "krylov", "lanczos"),
    "decoupling": ("dense", "krylov", "lanczos"),
    "memorisation": ("dense", "krylov"),
    "distances": ("dense", "krylov"),
    "denoising": ("dense",),
    "denoiser_variance": ("dense",),
    "leakage": ("dense",),
    "refitting": ("dense",),
    "entropy": ("dense",),
}
DENSE_UP_TO = 256
"""Up to this dimension an eigendecomposition costs milliseconds, and the exact trace saves draws."""


class Choice(NamedTuple):
    """A method and why it was taken."""

    method: str
    reason: str


@checked
def choose(
    quantity: str,
    method: str,
    population: Population,
    dim: int,
    filter: Filter | None = None,
    entries: str = "gaussian",
) -> Choice:
    """The sampler for one quantity of one model; `choose(..., "auto", ...)` says which it is and why.

    Args:
        quantity: a topic of `lingen.sims`, one of `SUPPORTED`.
        method: one of `METHODS`.
        population: the truth.
        dim: d.
        filter: the model; the Gaussian one when absent.
        entries: the law of the whitened data.

    Raises:
        ValueError: for an unknown method, one that cannot draw this, or matrices larger than the memory.
    """
    if quantity not in SUPPORTED:
        raise ValueError(f"quantity must be one of {', '.join(SUPPORTED)}, got {quantity!r}")
    supported = SUPPORTED[quantity]
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    if method == "auto":
        return _fastest(quantity, population, dim, filter, entries)
    if method == "dense" and dim > DENSE_UP_TO:
        others = [
            m for m in supported if m != "dense" and not _obstacle(quantity, m, population, filter, entries)
        ]
        instead = f"method {' or '.join(others)} needs no d × d matrix" if others else ""
        room("dim", dim, 3.0 * dim**2, instead)
    if method not in supported:
        raise ValueError(f"method must be auto or {' or '.join(supported)} for {quantity}, got {method!r}")
    obstacle = _obstacle(quantity, method, population, filter, entries)
    if obstacle:
        raise ValueError(f"method must be another than {method!r} here: {obstacle}")
    return Choice(method, "asked for")


def _fastest(quantity: str, population: Population, dim: int, filter: Filter | None, entries: str) -> Choice:
    if dim <= DENSE_UP_TO:
        return Choice("dense", f"d = {dim} is at most {DENSE_UP_TO}")
    obstacles: list[str] = []
    for method in ("krylov", "lanczos"):
        if method not in SUPPORTED[quantity]:
            continue
        obstacle = _obstacle(quantity, method, population, filter, entries)
        if not obstacle:
            return Choice(method, "; ".join([*obstacles, "the fastest that is valid"]))
        obstacles.append(f"{method}: {obstacle}")
    return Choice("dense", "; ".join(obstacles) or "no other draws this quantity")


def _obstacle(quantity: str, method: str, population: Population, filter: Filter | None, entries: str) -> str:
    """Why a method cannot be used, or an empty string."""
    if method == "dense":
        return ""
    if quantity in ("recovery", "decoupling") and not _on_top(population):
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
