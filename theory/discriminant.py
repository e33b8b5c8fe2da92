"""Linear discriminants of real and generated points: classes N(±μ, I), d, n, m → ∞ at load n/d and ratio m/n.

The discriminant w = Ŝ⁻¹δ̂ is fitted to all n + m points, as many of each class: δ̂ is half the difference of
the class means, Ŝ the covariance within classes; a fresh point is called by the sign of w·x. The generator
draws from the class means that it fitted to the n. With c = d/n, ρ = m/n, V(D) = μ² + c + cρ/((1+ρ)D)²,

    means alone, Ŝ = I:               Φ(μ²/√V(1)),
    generator that knows I:           Φ(√(1−c/(1+ρ)) μ²/√V(D)),   D = 1 + c/((1+ρ)(1+ρ−c)),
    generator with estimated Ŝ:       Φ(μ² a₁K/√((μ²+c)(a₂K² + a₁²(K₂−K²)) + (V(D)−μ²−c) a₁K₂)),
                                      D = 1 + cK/(1+ρ),

c < 1, a₁ = 1/(1−c), a₂ = 1/(1−c)³, K = 2/(1+ρ−c+√((1+ρ−c)²+4c)), K₂ = (cK²+K)/(2cK+1+ρ−c). D is above one
because the scatter within classes contains the distance of the generated mean from the real one, which Ŝ⁻¹
damps.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import ndtr
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import above, nonnegative, positive
from lingen.models.systems import Discriminant

__all__ = ["helps", "predict"]

MANY = 1e100
"""Generated points a real one, from which on more change nothing in double precision."""


@checked
def helps(separation: ArrayLike, load: ArrayLike) -> Float[Array, "..."]:
    """Whether the first points of a generator that knows the covariance help: μ² + c − (1−c)³ > 0, c = d/n.

    Args:
        separation: μ² > 0, any shape.
        load: n/d > 1; broadcasts.

    Returns:
        μ² + c − (1−c)³, of the sign of the derivative of the accuracy in m at m = 0.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, A2).
    """
    square, c = positive("separation", separation), 1.0 / _load(load)
    return square + c - (1.0 - c) ** 3


@checked
def predict(separation: ArrayLike, load: ArrayLike, ratio: ArrayLike) -> Discriminant:
    """Accuracy of each discriminant in the limit.

    Args:
        separation: μ² > 0, the squared distance of a class from the origin, any shape.
        load: n/d > 1, real points a dimension; broadcasts.
        ratio: m/n >= 0, generated points a real one; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, A2 and A3).
    """
    square, c = positive("separation", separation), 1.0 / _load(load)
    return _predict(square, c, nonnegative("ratio", ratio))


@jax.jit
def _predict(square: Array, c: Array, ratio: Array) -> Discriminant:
    rho = jnp.minimum(ratio, MANY)
    made = c * rho / (1.0 + rho) ** 2
    means = square / jnp.sqrt(square + c + made)
    without = ndtr(jnp.sqrt(1.0 - c) * square / jnp.sqrt(square + c)) + 0.0 * means
    damping = 1.0 + c / ((1.0 + rho) * (1.0 + rho - c))
    variance = square + c + made / damping**2
    known = ndtr(jnp.sqrt(1.0 - c / (1.0 + rho)) * square / jnp.sqrt(variance))
    estimated = ndtr(_estimated(square, c, rho, made))
    return Discriminant(without, ndtr(means), known, estimated, known - without)


def _estimated(square: Array, c: Array, rho: Array, made: Array) -> Array:
    """What Φ is taken of where the generator estimates the covariance: finite at m = 0 and as m → ∞.

    The pooled scatter is n S^{1/2}(1 + ρG)S^{1/2}, G an independent Wishart of load m/d: K = τ(1+ρG)⁻¹ and
    K₂ = τ(1+ρG)⁻².
    """
    shift = 1.0 + rho - c
    first = 2.0 / (shift + jnp.sqrt(shift**2 + 4.0 * c))
    second = (c * first**2 + first) / (2.0 * c * first + shift)
    one, two = 1.0 / (1.0 - c), 1.0 / (1.0 - c) ** 3
    damping = 1.0 + c * first / (1.0 + rho)
    spread = (square + c) * (two * first**2 + one**2 * (second - first**2))
    return square * one * first / jnp.sqrt(spread + made / damping**2 * one * second)


def _load(load: ArrayLike) -> Array:
    return above("load", load, 1.0, "1 for a covariance that has an inverse")
