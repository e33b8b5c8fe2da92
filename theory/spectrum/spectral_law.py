"""The spectral law of the sample covariance S: density, support, distribution, for any bulk.

Of the d eigenvalues of S, a fraction max(0, 1 − γ H(..)) sits at 0 and the rest fills at most one band an
atom of Σ. With ψ(ℓ) = x (Silverstein & Choi 1995; see lingen.theory.spectrum.silverstein) the density at x is
γ Im ℓ / (π |ℓ|²), and the mass above x needs no quadrature (derived):

    P(S > x) = (1/π) [ (γ − H(σ>0)) arg ℓ + Σ_{σ_k>0} w_k arg(ℓ−σ_k) − γ x Im ℓ / |ℓ|² ].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, finite, positive, representable, single
from lingen.models.population import Population
from lingen.theory.numerics import marchenko_pastur
from lingen.theory.numerics.chunks import in_chunks, over_batch
from lingen.theory.numerics.roots import newton
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum import gaps
from lingen.theory.spectrum.curve import Table, tabulate
from lingen.theory.spectrum.equivalents import ridge_map, unseen
from lingen.theory.spectrum.silverstein import locate
from lingen.theory.spectrum.units import own_units

__all__ = ["atom", "cdf", "density", "quantile", "support"]

_LAST, _ROUNDS, _COST = 96, 60, 4096


@checked
@representable
def density(population: Population, load: ArrayLike, grid: ArrayLike) -> Float[Array, "... g"]:
    """Density of the bulk of S, without its atom at 0; zero outside the support.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        grid: eigenvalues x in units of variance, any shape, which follows that of `load` in the result.

    Raises:
        ValueError: if a load is not positive or a grid point not finite.
    """
    closed = marchenko_pastur.at_once(marchenko_pastur.density, load, grid, population.eigenvalues)
    if closed is not None:
        return closed
    load, grid = positive("load", load), finite("grid", grid)
    truth, unit = own_units(population)
    over = _on_one_load if load.ndim == 0 else _over_loads
    return over(_density, truth, load, grid / unit) / unit


@checked
@representable
def support(population: Population, load: ArrayLike) -> Float[Array, "m 2"]:
    """The m intervals that carry the bulk of S, in increasing order; one load, concrete numbers.

    Raises:
        ValueError: if the load is not one positive number.
    """
    one = positive("load", single("load", load))
    truth, unit = own_units(population)
    lower, upper, is_open = _edges(truth, one)
    kept = np.asarray(is_open)
    return unit * jnp.stack([lower[kept][:-1], upper[kept][1:]], axis=-1)


@checked
def atom(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """Mass of S at 0: max(H(σ=0), 1 − γ)."""
    null = jnp.sum(jnp.where(population.eigenvalues > 0, 0.0, population.weights))
    return jnp.maximum(null, 1.0 - positive("load", load))


@checked
@representable
def cdf(population: Population, load: ArrayLike, x: ArrayLike) -> Float[Array, "..."]:
    """Fraction of eigenvalues of S at or below x, its atom at 0 included; `load` and `x` broadcast.

    Raises:
        ValueError: if a load is not positive or an x not finite.
    """
    closed = marchenko_pastur.at_once(marchenko_pastur.cdf, load, x, population.eigenvalues)
    if closed is not None:
        return closed
    truth, unit = own_units(population)
    return _on_pairs(_cdf, truth, positive("load", load), finite("x", x) / unit)


@checked
@representable
def quantile(population: Population, load: ArrayLike, u: ArrayLike) -> Float[Array, "..."]:
    """The x below which a fraction u of the eigenvalues of S lies; `load` and `u` broadcast.

    0 for u inside the atom at 0; some point of the gap where the distribution is flat.

    Raises:
        ValueError: if a load is not positive or u outside [0, 1].
    """
    closed = marchenko_pastur.at_once(marchenko_pastur.quantile, load, u, population.eigenvalues)
    if closed is not None:
        return closed
    truth, unit = own_units(population)
    return unit * _on_pairs(quantile_at, truth, positive("load", load), bounded("u", u, 0.0, 1.0))


def _on_one_load(function: Callable, population: Population, load: Array, points: Array) -> Array:
    """`function` of a table of the spectrum and flat points, both compiled by themselves for every use."""
    return function(population, load, table_of(population, load), points.ravel()).reshape(points.shape)


def _on_pairs(function: Callable, population: Population, load: Array, points: Array) -> Array:
    """One table for all points if there is one load, else one for each pair."""
    if load.ndim == 0:
        return _on_one_load(function, population, load, points)
    return _over(function, population, *broadcast(load, points))


@partial(jax.jit, static_argnums=0)
def _over(function: Callable, population: Population, load: Array, points: Array) -> Array:
    def one(load: Array, points: Array) -> Array:
        return _on_one_load(function, population, load, points)

    return over_batch(one, _COST * population.eigenvalues.size, load, points)


@partial(jax.jit, static_argnums=0)
def _over_loads(function: Callable, population: Population, load: Array, grid: Array) -> Array:
    def one(load: Array) -> Array:
        return _on_one_load(function, population, load, grid)

    return over_batch(one, max(grid.size, _COST) * population.eigenvalues.size, load)


def table_of(population: Population, load: Float[Array, ""]) -> Table:
    """The nodes of the spectrum, of which nothing is differentiated."""
    return _tabulate(*jax.lax.stop_gradient((population, load)))


_tabulate = jax.jit(tabulate)


@jax.jit
def _density(population: Population, load: Array, table: Table, x: Array) -> Array:
    ell, inside = locate(population, load, table, x)
    return _height(load, ell, inside)


@jax.jit
def _edges(population: Population, load: Array) -> tuple:
    found = gaps.find(*gaps.ordered(population, load)[:2])
    # ψ' = 0 at an edge: the edge moves with ψ alone, and a stays as it is
    lower, upper = (-ridge_map(population, load, -a) for a in jax.lax.stop_gradient((found.end, found.begin)))
    return jnp.maximum(lower, 0.0), upper, found.open


def _height(load: Array, ell: Array, inside: Array) -> Array:
    """The density γ Im ℓ / (π |ℓ|²)."""
    return load * jnp.imag(ell) / (jnp.pi * jnp.abs(jnp.where(inside, ell, 1.0)) ** 2)


def _mass_above(population: Population, load: Array, ell: Array, x: Array) -> Array:
    """P(S > x) with ℓ = ℓ(x + i0), both of shape (g,)."""
    sigma = population.eigenvalues
    weight = jnp.where(sigma > 0, population.weights, 0.0)
    ell = jnp.where(ell == 0, 1e-100, ell)

    def point(ell: Array, x: Array) -> Array:
        a, b = jnp.real(ell), jnp.imag(ell)
        turned = load * unseen(population, load) * jnp.arctan2(b, a)
        return turned + jnp.arctan2(b, a - sigma) @ weight - load * x * b / (a**2 + b**2)

    return over_batch(point, sigma.size, ell, x) / jnp.pi


@jax.jit
def _cdf(population: Population, load: Array, table: Table, x: Array) -> Array:
    ell, _ = locate(population, load, table, x)
    least, below = atom(population, load), 1.0 - _mass_above(population, load, ell, x)
    below = jnp.where((x < table.x[0]) | (below < least), least, below)  # rounding leaves −1e-17 near 0
    return jnp.where(x < 0, 0.0, jnp.where(x >= table.top, 1.0, below))


def quantile_at(
    population: Population, load: Float[Array, ""], table: Table, u: Float[Array, "g"]
) -> Float[Array, "g"]:
    """One load, many u: the distribution inverted, then a step of Newton that carries the derivatives."""
    x = _invert(*jax.lax.stop_gradient((population, load, table, u)))
    return _carry(population, load, table, x, u)


@jax.jit
def _carry(population: Population, load: Array, table: Table, x: Array, u: Array) -> Array:
    error, slope = _excess(population, load, table, x, u)
    steep = jax.lax.stop_gradient(slope)
    x = x - jnp.where(steep > 0, error / jnp.where(steep > 0, steep, 1.0), 0.0)
    x = jnp.where(u >= 1.0, table.top, x)
    return jnp.where(u <= atom(population, load), 0.0, x)


@jax.jit
def _invert(population: Population, load: Array, table: Table, u: Array) -> Array:
    """Newton on the distribution inside a shrinking bracket."""

    def improve(state: tuple) -> tuple[tuple, Array]:
        low, high, x = state
        error, slope = _excess(population, load, table, x, u)
        low, high = jnp.where(error < 0, x, low), jnp.where(error < 0, high, x)
        new = x - error / jnp.where(slope > 0, slope, 1.0)
        good = (slope > 0) & (new > low) & (new < high)
        new = jnp.where(good, new, 0.5 * (low + high))
        found = (jnp.abs(error) < 1e-14) | (jnp.abs(new - x) <= 1e-15 * x)
        return (low, high, jnp.where(found, x, new)), found

    low, high = _bracket(population, load, table, u)
    none = (u <= atom(population, load)) | (u >= 1.0)
    return newton(improve, (low, high, 0.5 * (low + high)), none, _ROUNDS)[2]


def _excess(population: Population, load: Array, table: Table, x: Array, u: Array) -> tuple[Array, Array]:
    """How far the distribution at x is above u, and its slope."""
    ell, inside = locate(population, load, table, x)
    return 1.0 - _mass_above(population, load, ell, x) - u, _height(load, ell, inside)


def _bracket(population: Population, load: Array, table: Table, u: Array) -> tuple[Array, Array]:
    """Neighbouring nodes of the table between whose masses u lies."""

    def below(a: Array, s: Array, x: Array) -> Array:
        return 1.0 - _mass_above(population, load, a + 1j * jnp.sqrt(s), x)

    size = max(32, 2**17 // population.eigenvalues.size)
    known = jnp.arange(table.x.size) < table.used
    x = jnp.where(known, table.x, 0.0)
    mass = in_chunks(below, size, table.used, (table.a, table.s, x))
    mass = jnp.where(known, mass, jnp.inf)
    place = jnp.clip(jnp.searchsorted(mass, u, side="right"), 1, table.used - 1)
    return table.x[place - 1], table.x[place]
