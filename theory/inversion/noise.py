"""How far the equation of a finite sample is off: the covariance of z − ψ(ℓ̂(z)) over points z.

ℓ̂ is a linear statistic of the eigenvalues, normal at order 1/n (Bai & Silverstein 2004, real Gaussian
data). Carried through the equation, with ℓ = ℓ(z) and ψ of the population (derived; docs/derivations),

    n² Cov(e₁, e₂) = 2 ℓ₁²ℓ₂² [1/(ℓ₁−ℓ₂)² − ψ'₁ψ'₂/(z₁−z₂)²],    and at z₁ = z₂    −ℓ⁴ (Sψ)(ℓ)/3,

Sψ = ψ'''/ψ' − (3/2)(ψ''/ψ')² the Schwarzian derivative. With a conjugate point it is E e₁ē₂.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Complex, Float

from lingen.boundary import checked
from lingen.models.population import Population
from lingen.theory.spectrum import resolvent

__all__ = ["residual_covariance"]


@checked
def residual_covariance(
    population: Population, samples: float, dim: int, z: Complex[np.ndarray, "m"]
) -> Float[np.ndarray, "s s"]:
    """Covariance of the real parts, then the imaginary ones, of z − ψ(ℓ̂(z)).

    Args:
        population: bulk law of Σ.
        samples: n, the degrees of freedom.
        dim: d.
        z: points of the upper half plane.
    """
    ell = np.asarray(resolvent.inverse(population, samples / dim, jnp.asarray(z)))
    first, second, third = _derivatives(population, dim / samples, ell)
    own = -(third / first - 1.5 * (second / first) ** 2) / 6.0
    same = _bracket(ell, first, z, ell, first, z)
    np.fill_diagonal(same, own)
    conjugate = _bracket(ell, first, z, ell.conj(), first.conj(), z.conj())
    plain = 2.0 / samples**2 * np.outer(ell**2, ell**2) * same
    crossed = 2.0 / samples**2 * np.outer(ell**2, ell.conj() ** 2) * conjugate
    both = 0.5 * (crossed + plain).real, 0.5 * (crossed - plain).real
    between = 0.5 * (plain - crossed).imag
    found = np.block([[both[0], between], [between.T, both[1]]])
    return 0.5 * (found + found.T)


def _bracket(
    ell: np.ndarray, slope: np.ndarray, z: np.ndarray, ell2: np.ndarray, slope2: np.ndarray, z2: np.ndarray
) -> np.ndarray:
    apart, beyond = ell[:, None] - ell2, z[:, None] - z2
    equal = apart == 0
    inverse = np.where(equal, 0.0, 1.0 / np.where(equal, 1.0, apart))
    return inverse**2 - np.outer(slope, slope2) / np.where(beyond == 0, 1.0, beyond) ** 2


def _derivatives(
    population: Population, ratio: float, ell: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ψ', ψ'' and ψ''' from ψ = ℓ + c∫t dH + c∫t²/(ℓ−t) dH."""
    t, weight = np.asarray(population.eigenvalues), np.asarray(population.weights)
    inverse = t / (ell[:, None] - t)
    share = ratio * weight
    second, third, fourth = (
        (inverse**power / np.where(t > 0, t, 1.0) ** (power - 2)) @ share for power in (2, 3, 4)
    )
    return 1.0 - second, 2.0 * third, -6.0 * fourth
