"""Silverstein's equation read backwards: linear in the unknown law H of Σ where the sample tells ℓ(z).

For points z of the upper half plane the companion Stieltjes transform of n samples is a sum over their
eigenvalues λ_i, and gives ℓ̂ without a root to be found,

    m̃(z) = (1/n) [Σ_i 1/(λ_i−z) − (n−d) / z],    ℓ̂(z) = −1/m̃(z).

ψ(ℓ) = z then is z − ℓ̂ = c ∫ ℓ̂t/(ℓ̂−t) dH(t), c = d/n: linear in the weights of H on any grid of atoms t
(El Karoui 2008).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from lingen.boundary import checked

__all__ = ["Equation", "equation", "points", "stacked"]

FINE, COARSE = (0.1, 96), (0.4, 32)
"""Height over the real axis in units of x, and number, of two rows of points."""
NEIGHBOURS = 4
"""No point is closer to the axis than to so many eigenvalues: below, a sample has no density."""
LOWEST = 4
"""The eigenvalue, from below, where the points begin: at a hard edge those beneath it come close to 0."""
ATOMS = 300
BELOW, FAR_BELOW, ABOVE = 0.05, 0.001, 1.2
"""Reach of the grid: under the smallest eigenvalue, where n <= d, and over the largest."""


class Equation(NamedTuple):
    """right_j = Σ_k matrix_jk w_k for the weights w of the atoms."""

    z: Complex[np.ndarray, "m"]
    matrix: Complex[np.ndarray, "m k"]
    right: Complex[np.ndarray, "m"]
    atoms: Float[np.ndarray, "k"]
    """In decreasing order; the last is 0 where n <= d, when dead directions are not told from unseen ones."""


@checked
def equation(values: Float[np.ndarray, "d"], samples: float) -> Equation:
    """The equation of a sample spectrum.

    Args:
        values: the d eigenvalues of S, in decreasing order; positive, but for d − n zeros where n < d.
        samples: n, the degrees of freedom.
    """
    alive = values[values > 0]
    unseen = samples <= values.size
    low = alive[-1] * (FAR_BELOW if unseen else BELOW)
    atoms = np.geomspace(alive[0] * ABOVE, low, ATOMS)
    atoms = np.append(atoms, 0.0) if unseen else atoms
    z = points(alive)
    free = (1.0 / (values - z[:, None])).sum(axis=1) - (samples - values.size) / z
    ell = -samples / free
    ratio = values.size / samples
    return Equation(z, ratio * atoms * (ell[:, None] / (ell[:, None] - atoms)), z - ell, atoms)


@checked
def points(alive: Float[np.ndarray, "r"]) -> Complex[np.ndarray, "m"]:
    """Points z over the positive eigenvalues: two rows, at heights that the spacing of the sample bears."""
    low, high = alive[max(alive.size - 1 - LOWEST, 0)], alive[0]
    near = min(NEIGHBOURS, alive.size)
    rows = []
    for height, count in (FINE, COARSE):
        x = np.geomspace(low / (1.0 + height), high * (1.0 + height), count)
        apart = np.log(x[1] / x[0])
        away = np.partition(np.abs(alive - x[:, None]), near - 1, axis=1)[:, near - 1]
        rows.append(x + 1j * np.maximum(max(height, apart) * x, away))
    return np.concatenate(rows)


@checked
def stacked(values: Complex[np.ndarray, "m ..."]) -> Float[np.ndarray, "s ..."]:
    """Real parts, then imaginary ones."""
    return np.concatenate(np.atleast_1d(values.real, values.imag))
