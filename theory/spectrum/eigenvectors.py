"""Where the eigenvectors of the bulk of S point: their overlaps with those of Σ, eigenvalue by eigenvalue.

No single sample eigenvector of the bulk knows a direction of Σ, yet d E⟨u, v⟩² has a limit, a function of the
sample eigenvalue x of u and the population eigenvalue t of v (Ledoit & Péché 2011). With ℓ = ℓ(x + i0),

    d E⟨u, v⟩² → c t / |t (1−c−c x m(x)) − x|² x = (t/|ℓ−t|²) / ∫t'/|ℓ−t'|² dH(t'),

and the quotient of sums loses no digits anywhere (derived: docs/derivations).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite, is_traced, nonnegative
from lingen.models.population import Population
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa
from lingen.theory.spectrum.resolvent import boundary, moderate
from lingen.theory.spectrum.spectral_law import atom, support

__all__ = ["modes", "overlap"]

_EDGE = 1e-10  # relative rounding of the edges of the bands


@checked
def overlap(
    population: Population, load: ArrayLike, x: ArrayLike, eigenvalue: ArrayLike
) -> Float[Array, "..."]:
    """d E⟨u, v⟩² of a sample eigenvector u of eigenvalue x and a population eigenvector v of eigenvalue t.

    1 for unrelated directions; its mean over the bulk law of t, at given x, is 1, and so is its mean over the
    spectral law of x, at given t. A single t off the bulk (a spike) gives the spectral measure of that spike.
    At x = 0 it is the mean over the null space of S, κ₀/(t+κ₀) over the mass there.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0.
        x: eigenvalues on the support of S, the ends of its bands and its atom at 0 included.
        eigenvalue: t >= 0, an eigenvalue of Σ or of a direction of finite number beside it. All broadcast.

    Raises:
        ValueError: if a load is not positive, an x not on the support (untold where x is traced) or a t
            negative.

    Source: Ledoit & Péché 2011, theorem 3; at 0 derived (docs/derivations).
    """
    with jax.ensure_compile_time_eval():  # known numbers stay known inside somebody's jit
        gamma, point, t = broadcast(moderate(load), finite("x", x), nonnegative("eigenvalue", eigenvalue))
    _on_support(population, gamma, point)
    return _overlap(population, gamma, point, t[..., None])[..., 0]


@checked
def modes(population: Population, load: ArrayLike, x: ArrayLike) -> Float[Array, "... k"]:
    """`overlap` with the eigenvectors of each of the k bulk atoms; `load` and `x` broadcast."""
    with jax.ensure_compile_time_eval():
        gamma, point = broadcast(moderate(load), finite("x", x))
    _on_support(population, gamma, point)
    return _overlap(population, gamma, point, population.eigenvalues)


@jax.jit
def _overlap(population: Population, load: Array, x: Array, t: Array) -> Float[Array, "... m"]:
    mass = atom(population, load)
    null = (x == 0) & (mass > 0)
    ell = boundary(population, load, jnp.where(null, 1.0, x))[..., None]
    total = _share(ell, population.eigenvalues) @ population.weights
    inside = _share(ell, t) / total[..., None]
    least = kappa(population, load, 0.0)[..., None]
    unseen = jnp.where(t + least > 0, least, 1.0) / jnp.where(t + least > 0, t + least, 1.0)
    return jnp.where(null[..., None], unseen / jnp.where(null, mass, 1.0)[..., None], inside)


def _share(ell: Array, t: Array) -> Array:
    """t/|ℓ−t|²."""
    square = (jnp.real(ell) - t) ** 2 + jnp.imag(ell) ** 2
    return t / jnp.where(square == 0, 1.0, square)


def _on_support(population: Population, load: Array, x: Array) -> None:
    """`ValueError` for a known x where S has no eigenvalues."""
    if is_traced((population, load, x)):
        return
    loads, points = np.asarray(load), np.asarray(x)
    for one in np.unique(loads):
        with jax.ensure_compile_time_eval():
            bands, mass = np.asarray(support(population, one)), float(atom(population, one))
        slack = _EDGE * np.abs(points[..., None])
        on = np.any(
            (points[..., None] >= bands[:, 0] - slack) & (points[..., None] <= bands[:, 1] + slack), -1
        )
        off = (loads == one) & ~on & ~((points == 0) & (mass > 0))
        if np.any(off):
            ends = ", ".join(f"[{low:g}, {high:g}]" for low, high in bands[:4])
            more = ", ..." if len(bands) > 4 else ""
            raise ValueError(f"x must lie on the support of S {ends}{more}, got {points[off].flat[0]:g}")
