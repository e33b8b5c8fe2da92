"""The spectral law of the sample covariance S: density, support, distribution, for any bulk.

Of the d eigenvalues of S, a fraction max(0, 1 − γ H(..)) sits at 0 and the rest fills at most one band an
atom of Σ. The density at x is γ Im ℓ / (π |ℓ|²) with ψ(ℓ) = x (Silverstein & Choi 1995; see
lingen.theory.silverstein); masses come from contour integrals, not from summing the density.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Complex, Float

from lingen.checks import bounded, finite, positive
from lingen.models.population import Population
from lingen.theory.contour import ACROSS, ALONG, along, polyline, right_end
from lingen.theory.equivalents import kappa, over_batch, ridge_map
from lingen.theory.silverstein import cells, locate, tabulate

__all__ = ["above", "atom", "cdf", "density", "quantile", "support"]

_LAST, _ROUNDS = 96, 80


def density(population: Population, load: ArrayLike, grid: ArrayLike) -> Float[Array, "... g"]:
    """Density of the bulk of S, without its atom at 0; zero outside the support.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        grid: eigenvalues x in units of variance, any shape, which follows that of `load` in the result.

    Raises:
        ValueError: if a load is not positive or a grid point not finite.
    """
    return _density(population, positive("load", load), finite("grid", grid))


def support(population: Population, load: ArrayLike) -> Float[Array, "m 2"]:
    """The m intervals that carry the bulk of S, in increasing order; one load, concrete numbers.

    Raises:
        ValueError: if the load is not one positive number.
    """
    one = positive("load", load)
    if one.ndim:
        raise ValueError(f"load must be one number, got shape {one.shape}")
    ends, left, right = _edges(population, one)
    return jnp.stack([ends[0][np.asarray(left)], ends[1][np.asarray(right)]], axis=-1)


def atom(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """Mass of S at 0: max(H(σ=0), 1 − γ)."""
    null = jnp.sum(jnp.where(population.eigenvalues > 0, 0.0, population.weights))
    return jnp.maximum(null, 1.0 - positive("load", load))


def cdf(population: Population, load: ArrayLike, x: ArrayLike) -> Float[Array, "..."]:
    """Fraction of eigenvalues of S at or below x, its atom at 0 included; `load` and `x` broadcast.

    Raises:
        ValueError: if a load is not positive or an x not finite.
    """
    load, x = jnp.broadcast_arrays(positive("load", load), finite("x", x))
    return _cdf(population, load, x)


def quantile(population: Population, load: ArrayLike, u: ArrayLike) -> Float[Array, "..."]:
    """The x below which a fraction u of the eigenvalues of S lies; `load` and `u` broadcast.

    0 for u inside the atom at 0; some point of the gap where the distribution is flat.

    Raises:
        ValueError: if a load is not positive or u outside [0, 1].
    """
    load, u = jnp.broadcast_arrays(positive("load", load), bounded("u", u, 0.0, 1.0))
    return _quantile(population, load, u)


def above(population: Population, load: Float[Array, ""], f: object, ell: Complex[Array, ""]) -> Array:
    """E[f(S) 1(S > x)]_k with ℓ = ℓ(x + i0), one load, f analytic off the negative axis."""
    least = kappa(population, load, 0.0)
    floor = jnp.exp(-42.0) * jnp.max(population.eigenvalues)
    end = jnp.log(jnp.where(jnp.abs(ell) > floor, ell, floor + 0j))
    top = jax.lax.stop_gradient(jnp.log(right_end(population, least)))
    turn = jax.lax.stop_gradient(jnp.real(end)) + 0.5j * jnp.pi
    points, steps = polyline([top + 0j, top + 0.5j * jnp.pi, turn], (ACROSS, ALONG))
    inner = along(population, load, f, points, steps)  # type: ignore[arg-type]
    node, weight = np.polynomial.legendre.leggauss(_LAST)
    share = ((1.0 - node) / 2.0) ** 3  # clustered at the end, which may lie close to poles
    steps = (end - turn) * 1.5 * weight * ((1.0 - node) / 2.0) ** 2
    inner = inner + along(population, load, f, end + (turn - end) * share, steps)  # type: ignore[arg-type]
    return jnp.imag(inner) / jnp.pi


@jax.jit
def _density(population: Population, load: Array, grid: Array) -> Array:
    def one(load: Array) -> Array:
        table = tabulate(population, load)

        def point(x: Array) -> Array:
            ell, inside = jax.tree.map(jnp.squeeze, locate(population, load, table, x[None]))
            value = load * jnp.imag(ell) / (jnp.pi * jnp.abs(jnp.where(inside, ell, 1.0)) ** 2)
            return jnp.where(inside, value, 0.0)

        return over_batch(point, population.eigenvalues.size, grid)

    cost = max(grid.size, 2048) * population.eigenvalues.size
    return over_batch(one, cost, load)


@jax.jit
def _edges(population: Population, load: Array) -> tuple:
    parts = cells(population, load)
    ends = [-ridge_map(population, load, -a) for a in (parts.left, parts.right)]
    # ψ' = 0 at an edge: the edge moves with ψ alone, and a stays as it is
    return (jnp.maximum(ends[0], 0.0), ends[1]), parts.open_left, parts.open_right


def _mass_above(population: Population, load: Array, ell: Array) -> Array:
    return above(population, load, jnp.ones_like, ell) @ population.weights


@jax.jit
def _cdf(population: Population, load: Array, x: Array) -> Array:
    def one(load: Array, x: Array) -> Array:
        table = tabulate(population, load)
        ell, _ = locate(population, load, table, x[None])
        below = jnp.where(x < table.x[0], atom(population, load), 1.0 - _mass_above(population, load, ell[0]))
        return jnp.where(x < 0, 0.0, jnp.where(x >= table.x[-1], 1.0, below))

    return over_batch(one, 4096 * population.eigenvalues.size, load, x)


@jax.jit
def _quantile(population: Population, load: Array, u: Array) -> Array:
    return over_batch(
        lambda one, share: quantile_one(population, one, share), 4096 * population.eigenvalues.size, load, u
    )


def quantile_one(population: Population, load: Array, u: Array) -> Array:
    """One load, one u: Newton on the distribution inside a shrinking bracket, then the derivative's step."""
    table = tabulate(population, load)
    target = jax.lax.stop_gradient(u)

    def excess(x: Array) -> tuple[Array, Array]:
        ell, inside = locate(population, load, table, x[None])
        slope = jnp.where(inside[0], load * jnp.imag(ell[0]) / (jnp.pi * jnp.abs(ell[0]) ** 2), 0.0)
        return 1.0 - _mass_above(population, load, ell[0]) - u, slope

    def unfinished(state: tuple) -> Array:
        return ~state[3] & (state[4] < _ROUNDS)

    def improve(state: tuple) -> tuple:
        low, high, x, _, count = state
        error, slope = jax.lax.stop_gradient(excess(x))
        low, high = jnp.where(error < 0, x, low), jnp.where(error < 0, high, x)
        new = x - error / jnp.where(slope > 0, slope, 1.0)
        good = (slope > 0) & (new > low) & (new < high)
        new = jnp.where(good, new, 0.5 * (low + high))
        done = (jnp.abs(error) < 1e-15) | (jnp.abs(new - x) <= 1e-15 * x)
        return low, high, jnp.where(done, x, new), done, count + 1

    low, high = table.x[0], table.x[-1]
    begin = (low, high, 0.5 * (low + high), jnp.asarray(False), 0)
    x = jax.lax.stop_gradient(jax.lax.while_loop(unfinished, improve, jax.lax.stop_gradient(begin))[2])
    error, slope = excess(x)
    steep = jax.lax.stop_gradient(slope)
    x = x - jnp.where(steep > 0, error / jnp.where(steep > 0, steep, 1.0), 0.0)
    x = jnp.where(target >= 1.0, table.x[-1], x)
    return jnp.where(target <= jnp.maximum(atom(population, load), 0.0), 0.0, x)
