"""Square roots of the sample covariance: E[√(S+ρ)] mode by mode, to round-off at every load.

√λ is an integral of resolvents λ/(λ+t) over t; written over the renormalised ridge κ instead of t it needs
no root finding.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, nonnegative, positive, representable
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.quadrature import ROUND_OFF, closed, logarithmic
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa, unseen
from lingen.theory.spectrum.units import unit_of

__all__ = ["FEWEST", "node_count", "root_mean", "root_trace"]

_NODES, _STEP = 224, 0.54  # the former for 20 decades of σ, and where σ is traced
_NODES_TOGETHER = 64
"""Nodes come in multiples of it, so that spectra of nearly the same range share a program."""
FEWEST = 1e-60
"""Below this load the limit of few samples is exact."""


@checked
def node_count(population: Population) -> int:
    """Nodes of a trapezoid rule over log κ, from far below the least σ to far above the largest."""
    if is_traced(population.eigenvalues):
        return _NODES
    sigma = np.asarray(population.eigenvalues)
    alive = sigma[sigma > 0]
    decades = np.log(alive.max()) - np.log(alive.min())
    needed = int(np.ceil((decades + 2.0 * ROUND_OFF + 2.0) / _STEP))
    return max(_NODES, -(-needed // _NODES_TOGETHER) * _NODES_TOGETHER)


@checked
def root_trace(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """τ(√S), any shape of `load`."""
    return root_mean(population, load) @ population.weights


@checked
@representable
def root_mean(population: Population, load: ArrayLike, rho: ArrayLike = 0.0) -> Float[Array, "... k"]:
    """E[√(S+ρ)]_k by quadrature over the renormalised ridge.

    √(λ+ρ) = √ρ + (1/π)∫_ρ^∞ √(t−ρ)/t · λ/(λ+t) dt and E S(S+t)⁻¹ ≍ Σ(Σ+κ)⁻¹ give, by parts,

        E[√(S+ρ)]_k = √ρ + (2/π)∫_{κ(ρ)}^∞ (√(t−ρ) − √ρ atan √(t/ρ−1)) σ_k/(σ_k+κ)² dκ,   t = t(κ).

    In u = log(κ − κ(ρ)) every zero and pole of t − ρ, t and Σ+κ lies on Im u = ±π, so the trapezoid rule
    of step h errs by e^{−2π²/h}: round-off at h = 0.5 (derived).

    Args:
        population: bulk law of Σ, k atoms.
        load: γ = n/d > 0, any shape.
        rho: ridge ρ >= 0 in units of variance, broadcast with `load`.

    Raises:
        ValueError: if a load is not positive or a ridge is negative.
    """
    load, rho = broadcast(positive("load", load), nonnegative("rho", rho))
    return _root_mean(population, load, rho, node_count(population))


@partial(jax.jit, static_argnums=3)
def _root_mean(population: Population, load: Array, rho: Array, nodes: int) -> Array:
    top = jnp.max(population.eigenvalues)

    def one(load: Array, rho: Array) -> Array:
        # units in which no square of σ or ρ overflows or vanishes, and the limit E √S ∝ √γ of few samples
        unit = unit_of(jnp.maximum(top, rho))
        few = (load < FEWEST) & (rho == 0.0)
        scaled = population.replace(eigenvalues=population.eigenvalues / unit)
        found = _root_mean_one(scaled, jnp.where(few, FEWEST, load), rho / unit, nodes)
        return jnp.sqrt(unit) * found * jnp.where(few, jnp.sqrt(load / FEWEST), 1.0)

    return over_batch(one, nodes * population.eigenvalues.size, load, rho)


def _root_mean_one(population: Population, load: Array, rho: Array, nodes: int) -> Float[Array, "k"]:
    """One load: the trapezoid sum over u = log(κ − κ(ρ)), its geometric upper tail closed."""
    sigma, weight = population.eigenvalues, population.weights
    least = kappa(population, load, rho)
    spare = unseen(population, load)
    spare = jnp.where(spare >= 0, spare, 0.0)  # not maximum, which halves the derivative at a tie
    base = jnp.where(rho > 0, rho / jnp.where(rho > 0, least, 1.0), spare)  # t/κ at κ(ρ)
    share = jnp.where(sigma > 0, weight * sigma / jnp.where(sigma > 0, sigma + least, 1.0), 0.0) / load
    low, high = jax.lax.stop_gradient(_range(population, load, least))
    excess, step = logarithmic(low, high, nodes)
    point = least + excess
    inverse = 1.0 / (sigma + point[:, None])
    root = jnp.sqrt(excess * (base + point * (inverse @ share)))  # √(t−ρ) without cancellation
    value = (root - _angle(root, rho)) * excess * step * (2.0 / jnp.pi)
    return jnp.sqrt(rho) + sigma * (closed(value, step) @ inverse**2)


def _angle(root: Array, rho: Array) -> Array:
    """√ρ atan(root/√ρ), and its limit 0 at ρ = 0 with finite derivatives."""
    safe = jnp.sqrt(jnp.where(rho > 0, rho, 1.0))
    return jnp.where(rho > 0, safe * jnp.arctan(root / safe), 0.0)


def _range(population: Population, load: Array, least: Array) -> tuple[Array, Array]:
    """Ends of u: round-off below the smallest and above the largest scale of the integrand."""
    sigma = population.eigenvalues
    smallest = least + jnp.min(jnp.where(sigma > 0, sigma, jnp.inf))
    largest = jnp.max(sigma) + least + population.moment(1.0) / load
    return jnp.log(smallest) - ROUND_OFF, jnp.log(largest) + ROUND_OFF
