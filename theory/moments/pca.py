"""Principal components of the sample covariance: g(S) = √S on its largest eigenvalues, √floor elsewhere.

At fraction φ = rank/d the rank becomes a threshold, the quantile x of the spectral law at 1 − φ, and the
moments are contour integrals that leave the real axis at ℓ(x + i0) (derived).
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Complex, Float

from lingen.boundary import checked
from lingen.checks import positive
from lingen.models.filters import PCA
from lingen.models.population import Population
from lingen.theory.moments.contour import ACROSS, ALONG, along, polyline, right_end
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.quadrature import between
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa
from lingen.theory.spectrum.silverstein import locate
from lingen.theory.spectrum.spectral_law import quantile_at, table_of

__all__ = ["pca_moments"]

_LAST, _DEPTH = 192, 40.0


@checked
def pca_moments(
    population: Population, load: Float[Array, "..."], filter: PCA, dim: int | None = None
) -> tuple[Float[Array, "... k"], Float[Array, "... k"], Float[Array, "..."]]:
    """E g(S)_k, E g(S)²_k and τ(S g(S)²) of PCA.

    Raises:
        ValueError: if the filter has a rank and no dimension is known, or the rank exceeds it.
    """
    fraction, load = _fraction(population, filter, dim), positive("load", load)
    load, fraction, floor = broadcast(load, fraction, jnp.asarray(filter.floor, float))
    return _moments(population, load, fraction, floor)


def _fraction(population: Population, filter: PCA, dim: int | None) -> Array:
    if filter.rank is None:
        return jnp.asarray(filter.fraction, float)
    dim = population.dim if dim is None else dim
    if dim is None:
        raise ValueError(f"dim must be given for a filter of rank {filter.rank}, got None")
    return jnp.asarray(filter.count(dim) / dim)


@jax.jit
def _moments(population: Population, load: Array, fraction: Array, floor: Array) -> tuple:
    def one(load: Array, fraction: Array, floor: Array) -> tuple:
        table = table_of(population, load)
        x = quantile_at(population, load, table, 1.0 - fraction[None])
        ell, _ = locate(population, load, table, x)

        def powers(z: Array) -> Array:
            return jnp.stack([jnp.sqrt(z), jnp.ones_like(z), z, z**2])

        root, kept, first, second = jnp.where(fraction > 0, _above(population, load, powers, ell[0]), 0.0)
        rest = jnp.maximum(1.0 - kept, 0.0)
        level = jnp.sqrt(jnp.where(floor > 0, floor, 1.0)) * (floor > 0)
        energy = second + floor * (population.eigenvalues - first)
        return root + level * rest, first + floor * rest, energy @ population.weights

    return over_batch(one, 4096 * population.eigenvalues.size, load, fraction, floor)


def _above(
    population: Population, load: Float[Array, ""], f: Callable[[Array], Array], ell: Complex[Array, ""]
) -> Array:
    """E[f(S) 1(S > x)]_k with ℓ = ℓ(x + i0), one load, f analytic off the negative axis.

    The path comes down on ℓ from above, its distance e^{−v} in equal steps of v: the poles are on the real
    axis, to the side or behind, at |Im v| >= π/2 however close to ℓ they are.
    """
    floor = jnp.exp(-42.0) * jnp.max(population.eigenvalues)
    end = jnp.log(jnp.where(jnp.abs(ell) > floor, ell, floor + 0j))
    top = jax.lax.stop_gradient(jnp.log(right_end(population, kappa(population, load, 0.0))))
    turn = jax.lax.stop_gradient(jnp.real(end)) + 0.5j * jnp.pi
    points, steps = polyline([top + 0j, top + 0.5j * jnp.pi, turn], (ACROSS, ALONG))
    depth, weight = between(0.0, _DEPTH, _LAST)
    share = np.exp(-depth)
    points = jnp.concatenate([points, end + (turn - end) * share])
    steps = jnp.concatenate([steps, (end - turn) * share * weight])
    return jnp.imag(along(population, load, f, points, steps)) / jnp.pi
