"""Which spikes stand clear of the bulk, above it, below it or in its gaps, and where the others are lost.

A spike ℓ sends an eigenvalue of S out of the bulk iff ψ'(ℓ) > 0. On the ℓ axis these are windows, one for
each gap of the spectrum of S: the sample spectrum separates exactly (Bai & Silverstein 1999), and the spike's
eigenvalue keeps its rank. A spike outside the windows stays at an end of its gap, or inside a band where as
many eigenvalues of S lie below as of Σ (Baik & Silverstein 2006; Bai & Yao 2012).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, positive, representable, single
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.spectrum import gaps
from lingen.theory.spectrum.equivalents import ridge_map, unseen
from lingen.theory.spectrum.spectral_law import quantile_at, table_of
from lingen.theory.spectrum.units import own_units

__all__ = ["hidden", "off_bulk", "windows"]

_COST = 4096


@checked
def windows(population: Population, load: ArrayLike) -> Float[Array, "m 2"]:
    """The m intervals of ℓ > 0 on which ψ'(ℓ) > 0, increasing, the last one to infinity; one load, numbers.

    For Σ = I they are (0, 1−√c), absent at γ <= 1, and (1+√c, ∞).

    Raises:
        ValueError: if the load is not one positive number.

    Source: Bai & Yao 2012.
    """
    one = positive("load", single("load", load))
    truth, unit = own_units(population)
    found = gaps.find(*gaps.ordered(truth, one)[:2])
    begin, end = unit * found.begin.at[0].set(0.0), unit * found.end.at[-1].set(jnp.inf)
    kept = np.asarray(found.open & (end > jnp.maximum(begin, 0.0)))
    return jnp.stack([begin[kept], end[kept]], axis=-1)


@checked
def off_bulk(population: Population) -> Float[Array, "r"]:
    """The spikes; `ValueError` for one that is an eigenvalue of the bulk, and so no spike."""
    spikes, bulk = population.spikes, population.eigenvalues
    if is_traced((spikes, bulk)):
        return jnp.asarray(spikes)
    same = np.isin(np.asarray(spikes), np.asarray(bulk))
    if np.any(same):
        raise ValueError(
            f"spikes must differ from the bulk's eigenvalues, got {np.asarray(spikes)[same][0]:g}"
        )
    with jax.ensure_compile_time_eval():
        return jnp.asarray(spikes)


@checked
@representable
def hidden(population: Population, load: ArrayLike) -> Float[Array, "... r"]:
    """Where the sample eigenvalue of each spike lies while ψ'(ℓ) <= 0.

    The nearer end of the gap of S around it; where that gap is closed, the quantile of the law of S at the
    share of the bulk below ℓ; 0 below the whole bulk when the samples do not span it (n < d).

    Raises:
        ValueError: if a load is not positive.
    """
    load = positive("load", load)
    truth, unit = own_units(population)
    return over_batch(lambda one: _hidden(truth, one), _COST * population.eigenvalues.size, load) * unit


@jax.jit
def _hidden(population: Population, load: Float[Array, ""]) -> Float[Array, "r"]:
    spikes = population.spikes
    sigma, weight, _ = gaps.ordered(*jax.lax.stop_gradient((population, load)))
    found = gaps.find(sigma, weight)
    place = jnp.searchsorted(sigma, spikes)
    left, right = found.begin[place], found.end[place]
    lowest, highest = place == 0, place == sigma.size
    use_left = highest | (~lowest & (spikes - left <= right - spikes))
    edge = -ridge_map(population, load, -jax.lax.stop_gradient(jnp.where(use_left, left, right)))
    edge = jnp.where(lowest & (unseen(population, load) < 0), 0.0, edge)
    below = (population.eigenvalues < spikes[:, None]) @ population.weights
    inside = quantile_at(population, load, table_of(population, load), jnp.minimum(below, 1.0))
    return jnp.where(found.open[place], edge, inside)
