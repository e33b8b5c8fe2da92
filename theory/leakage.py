"""Membership inference: which points was a Gaussian model trained on? (statements M4, M5).

All attacks are invariant under x → Ax, so the answers do not depend on Σ. With XᵀX = RᵀR the rows of XR⁻¹
are those of a Haar frame that is independent of R, hence a member's xᵀS⁻¹x/n is Beta(d/2, (n−d)/2), a
fresh point's is the odds of a Beta(d/2, (n−d+1)/2), and the two are independent: the attack that knows S
alone has its exact area under the curve at every n > d. For n >> d it becomes Φ(d^{3/2}/2n), against
Φ(d/2√n) of an attacker who knows Σ too: leakage outlasts convergence, which is complete at n ~ d.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import ndtr
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, positive
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.models.systems import Leakage
from lingen.theory import attacks
from lingen.theory.numerics.shapes import broadcast

__all__ = [
    "blind_auc", "blind_auc_limit", "informed_auc", "informed_auc_limit", "predict", "released_auc",
    "released_auc_limit",
]  # fmt: skip

_LARGE, _HUGE = 1e6, 1e12


@checked
def blind_auc(load: ArrayLike, dim: ArrayLike) -> Float[Array, "..."]:
    """AUC of the Mahalanobis attack xᵀS⁻¹x, exact at every d and n > d: P(U > B), whatever Σ.

    B ~ Beta(d/2, (n−d)/2) of a member, U the odds of Beta(d/2, (n−d+1)/2) of a fresh point, independent. For
    n <= d members are found for certain: their xᵀS⁺x is n exactly, and no fresh point's is.

    Args:
        load: γ = n/d > 0, any shape.
        dim: d >= 1, broadcasts with `load`; beyond 10¹² (and loads beyond) the limit is given.

    Raises:
        ValueError: if a load is not positive or a dimension below 1.

    Source: derived (docs/derivations, statement M4).
    """
    load, dim = broadcast(positive("load", load), at_least("dim", dim, 1))
    return _blind(load, dim, jnp.vectorize(attacks.blind)(*_shapes(load, dim)))


@jax.jit
def _shapes(load: Array, dim: Array) -> tuple[Array, Array]:
    """Of the law of a member, d/2 and (n−d)/2; of any law where another answer is taken."""
    plain = (load <= 1.0) | (dim > _HUGE) | (load > _HUGE)
    size, ratio = jnp.where(plain, 1.0, dim), jnp.where(plain, 2.0, load)
    return size / 2.0, size * (ratio - 1.0) / 2.0


@jax.jit
def _blind(load: Array, dim: Array, exact: Array) -> Array:
    few, many = load <= 1.0, (dim > _HUGE) | (load > _HUGE)
    return jnp.where(few, 1.0, jnp.where(many, ndtr(0.5 * jnp.sqrt(dim) / load), exact))


@checked
def blind_auc_limit(scale: ArrayLike) -> Float[Array, "..."]:
    """AUC of the Mahalanobis attack at n = a d^{3/2}, d → ∞: Φ(d^{3/2}/2n) = Φ(1/2a).

    Args:
        scale: a > 0, any shape.

    Raises:
        ValueError: if a scale is not positive.

    Source: derived (docs/derivations, statement M4).
    """
    return _blind_limit(positive("scale", scale))


@jax.jit
def _blind_limit(scale: Array) -> Array:
    return ndtr(0.5 / scale)


@checked
def informed_auc(samples: ArrayLike, dim: ArrayLike) -> Float[Array, "..."]:
    """AUC of the likelihood-ratio attack with S and Σ known, at finite size; 1 for n <= d.

    A member scores ½(n−d−2) log(1−h) + ½ h χ²_n with the leverage h of `blind_auc`, a fresh point
    ½(n−d−2) log(1−χ²_d/w) + ½ χ²_d with w = χ²_{n−d+1}. Both share S, which to leading order moves the mean
    of χ²_n by (w−n+d−1)/d. Good to 1e-3 at d >= 8, n >= 1.5 d (simulated); the limit beyond d = 10⁶.

    Args:
        samples: n >= 1, any shape.
        dim: d >= 1, broadcasts with `samples`.

    Raises:
        ValueError: if a number of samples or a dimension is below 1.

    Source: derived (docs/derivations, statement M4).
    """
    n, d = broadcast(at_least("samples", samples, 1), at_least("dim", dim, 1))
    return _informed(n, d, jnp.vectorize(attacks.informed)(*_sizes(n, d)))


@jax.jit
def _sizes(n: Array, d: Array) -> tuple[Array, Array]:
    plain = (n <= d) | (d > _LARGE) | (n > _LARGE**2)
    return jnp.where(plain, 64.0, n), jnp.where(plain, 16.0, d)


@jax.jit
def _informed(n: Array, d: Array, exact: Array) -> Array:
    few, many = n <= d, (d > _LARGE) | (n > _LARGE**2)
    return jnp.where(few, 1.0, jnp.where(many, ndtr(0.5 * (d / jnp.sqrt(n))), exact))


@checked
def informed_auc_limit(scale: ArrayLike) -> Float[Array, "..."]:
    """AUC of the likelihood-ratio attack with S and Σ known at n = a d², d → ∞: Φ(d/2√n) = Φ(1/2√a).

    Argument, errors and source are those of `blind_auc_limit`.
    """
    return _informed_limit(positive("scale", scale))


@jax.jit
def _informed_limit(scale: Array) -> Array:
    return ndtr(0.5 / jnp.sqrt(scale))


@checked
def released_auc(samples: ArrayLike, dim: ArrayLike, released: ArrayLike) -> Float[Array, "..."]:
    """AUC of the attack through m released samples of N(0, S), Σ known, at finite size.

    The score of a member is r (AB − 1), r = χ²_d, A = (r + χ²_{n−1})/n, B = χ²_m/m, that of a fresh point the
    same with A = χ²_n/n. Given both r their difference is taken as normal, skewness corrected, with the
    correlation through the common Ŝ. Within 0.01 at d >= 8 (simulated), at any n and m.

    Args:
        samples: n >= 1, any shape.
        dim: d >= 1, broadcasts with `samples`.
        released: m >= 1, broadcasts with both.

    Raises:
        ValueError: if an argument is below 1.

    Source: derived (docs/derivations, statement M5).
    """
    numbers = (at_least(*one, 1) for one in (("samples", samples), ("dim", dim), ("released", released)))
    n, d, m = broadcast(*numbers)
    return _released(n, d, m, jnp.vectorize(attacks.released)(*_moderate(n, d, m)))


@jax.jit
def _moderate(n: Array, d: Array, m: Array) -> tuple[Array, ...]:
    many = (d > _LARGE) | (n > _LARGE**2) | (m > _LARGE**2)
    return tuple(jnp.where(many, 16.0, number) for number in (n, d, m))


@jax.jit
def _released(n: Array, d: Array, m: Array, exact: Array) -> Array:
    many = (d > _LARGE) | (n > _LARGE**2) | (m > _LARGE**2)
    return jnp.where(many, ndtr(0.5 * (d / jnp.sqrt(n)) / jnp.sqrt(1.0 + n / m)), exact)


@checked
def released_auc_limit(scale: ArrayLike, ratio: ArrayLike) -> Float[Array, "..."]:
    """AUC through m = bn released samples at n = a d², d → ∞: Φ((d/2√n) √(m/(n+m))) = Φ(√(b/(1+b))/2√a).

    Args:
        scale: a > 0, any shape.
        ratio: b = m/n > 0; broadcasts.

    Raises:
        ValueError: if an argument is not positive.

    Source: derived (docs/derivations, statement M5).
    """
    b = positive("ratio", ratio)
    return _released_limit(positive("scale", scale), b)


@jax.jit
def _released_limit(scale: Array, b: Array) -> Array:
    return ndtr(0.5 * jnp.sqrt(b / (1.0 + b) / scale))


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Leakage:
    """The observables of `lingen.sims.leakage.draw`; see `blind_auc` and `informed_auc`.

    Raises:
        ValueError: without a dimension: at fixed load leakage is complete as d → ∞.
        NotImplementedError: for a filter: the attacker is given S itself.
    """
    if filter is not None:
        raise NotImplementedError(f"no leakage of {filter.name}: only of the sample covariance")
    size = population.dimension(dim)
    load = positive("load", load)
    return Leakage(blind_auc(load, size), informed_auc(load * size, size), None)
