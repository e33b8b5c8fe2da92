"""Units of its own for a spectrum so large or small that squares of σ would overflow or vanish."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.checks import is_traced
from lingen.models.population import Population

__all__ = ["own_units", "regular", "unit_of"]

_ORDINARY = 1e60


@checked
def own_units(population: Population) -> tuple[Population, Float[Array, ""]]:
    """Bulk and spikes divided by the unit, and the unit: σ_max, or 1 where that is an ordinary number."""
    if not is_traced(population) and _ordinary(np.max(np.asarray(population.eigenvalues))):
        with jax.ensure_compile_time_eval():  # nothing to divide, nothing to compile
            return population, jax.device_put(np.ones(()))
    values, spikes, unit = _own_units(population.eigenvalues, population.spikes)
    return population.replace(eigenvalues=values, spikes=spikes), unit


@checked
def regular(population: Population) -> Population:
    """The population; `ValueError` for a zero eigenvalue of its bulk, where divergences are infinite."""
    sigma = population.eigenvalues
    if not is_traced(sigma) and np.any(np.asarray(sigma) <= 0):
        raise ValueError("population must have no zero eigenvalue for a finite divergence, got one")
    return population


@jax.jit
def _own_units(values: Array, spikes: Array) -> tuple[Array, Array, Array]:
    unit = unit_of(jnp.max(values))
    return values / unit, spikes / unit, unit


@checked
def unit_of(largest: Float[Array, ""]) -> Float[Array, ""]:
    """1 from 1e-60 to 1e60, else the number itself, without its derivatives."""
    largest = jax.lax.stop_gradient(largest)
    return jnp.where(_ordinary(largest), 1.0, largest)


def _ordinary(largest: Any) -> Any:
    return (largest > 1.0 / _ORDINARY) & (largest < _ORDINARY)
