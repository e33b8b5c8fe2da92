"""Correlated databases: n users with d Gaussian features, rows of one a permutation of the other's.

Under correlation y_{π(i)} = ρ x_i + √(1−ρ²) z_i, otherwise X and Y are independent (section T of the theory).
The sums of rows know nothing of π, and (Σx_i, Σy_j)/√n are d pairs of correlation ρ for every n: testing
⟨Σx_i, Σy_j⟩ detects by ρ²d alone, whatever n. Finding π needs the information −(d/2) log(1−ρ²) to exceed
2 log n, for all n²/2 exchanges of two users to be unlikely.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import betainc, ndtr
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, bounded, nonnegative, positive
from lingen.models.systems import Alignment, Detection
from lingen.theory.numerics.shapes import broadcast

__all__ = ["detection", "information", "predict_alignment", "swap_chance"]


@checked
def detection(strength: ArrayLike) -> Detection:
    """AUC of the test by ⟨Σx_i, Σy_j⟩ at ρ = r/√d, d → ∞: Φ(r/√2) = Φ(√(ρ²d/2)), for every n.

    Per degree of freedom the statistic has mean 0 and variance 1 when independent, mean ρ and variance 1+ρ²
    when correlated.

    Args:
        strength: r >= 0, any shape.

    Raises:
        ValueError: if a strength is negative.

    Source: the test and the threshold ρ²d ~ 1: K & Nazer, arXiv 2206.12011, and Elimelech & Huleihel,
    arXiv 2302.03380 (no test detects at ρ²d → 0, whatever n); the area is derived (docs/derivations, T2).
    """
    return Detection(ndtr(nonnegative("strength", strength) / np.sqrt(2.0)))


@checked
def information(dim: ArrayLike, correlation: ArrayLike) -> Float[Array, "..."]:
    """Mutual information of matched rows, −(d/2) log(1−ρ²) nats; π is found iff it exceeds 2 log n, n → ∞.

    Args:
        dim: d > 0, any shape.
        correlation: ρ in [−1, 1]; broadcasts. Infinite at ±1.

    Raises:
        ValueError: if d is not positive or ρ is outside [−1, 1].

    Source: Dai, Cullina & Kiyavash, arXiv 1903.01422.
    """
    return -0.5 * positive("dim", dim) * jnp.log1p(-(bounded("correlation", correlation, -1.0, 1.0) ** 2))


@checked
def swap_chance(dim: ArrayLike, correlation: ArrayLike) -> Float[Array, "..."]:
    """Chance that exchanging two given users is as likely as the truth: I_{(1−ρ)/2}(d/2, d/2), exact.

    ⟨x_1−x_2, y_1−y_2⟩ <= 0, with d pairs of correlation ρ; at most (1−ρ²)^{d/2}.

    Args:
        dim: d >= 1, any shape.
        correlation: ρ in [−1, 1]; broadcasts.

    Raises:
        ValueError: if d is below 1 or ρ is outside [−1, 1].

    Source: derived (docs/derivations, statement T2).
    """
    d, rho = broadcast(at_least("dim", dim, 1.0), bounded("correlation", correlation, -1.0, 1.0))
    return betainc(d / 2.0, d / 2.0, (1.0 - rho) / 2.0)


@checked
def predict_alignment(dim: ArrayLike, correlation: ArrayLike, users: ArrayLike) -> Alignment:
    """The share of improving swaps, exact, and the chance of none as if they were independent.

    Args:
        dim: d >= 1, any shape.
        correlation: ρ in [−1, 1]; broadcasts.
        users: n >= 2; broadcasts.

    Raises:
        ValueError: for an argument out of range.

    Source: derived (docs/derivations, statement T2); independence holds where swaps are rare.
    """
    n = at_least("users", users, 2.0)
    chance = swap_chance(dim, correlation)
    return Alignment(chance + 0.0 * n, jnp.exp(-0.5 * n * (n - 1.0) * chance))
