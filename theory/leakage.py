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
import numpy as np
from jax import Array
from jax.scipy.special import betaln, ndtr
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import positive
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.models.systems import Leakage

__all__ = ["blind_auc", "blind_auc_limit", "informed_auc", "predict", "released_auc"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)


@checked
def blind_auc(load: ArrayLike, dim: ArrayLike) -> Float[Array, "..."]:
    """AUC of the Mahalanobis attack xᵀS⁻¹x, exact at every d and n > d: P(U > B), whatever Σ.

    B ~ Beta(d/2, (n−d)/2) of a member, U the odds of Beta(d/2, (n−d+1)/2) of a fresh point, independent. For
    n <= d members are found for certain: their xᵀS⁺x is n exactly, and no fresh point's is.

    Args:
        load: γ = n/d > 0, any shape.
        dim: d >= 1, broadcasts with `load`.

    Raises:
        ValueError: if a load or a dimension is not positive.

    Source: derived (docs/derivations.md, statement M4).
    """
    load, dim = jnp.broadcast_arrays(positive("load", load), positive("dim", dim))
    samples = load * dim
    singular = samples <= dim
    safe = jnp.where(singular, dim + 1.0, samples)
    value = jnp.vectorize(_blind)(dim / 2.0, (safe - dim) / 2.0)
    return jnp.where(singular, 1.0, value)


@checked
def blind_auc_limit(scale: ArrayLike) -> Float[Array, "..."]:
    """AUC of the Mahalanobis attack at n = a d^{3/2}, d → ∞: Φ(d^{3/2}/2n) = Φ(1/2a).

    Args:
        scale: a > 0, any shape.

    Raises:
        ValueError: if a scale is not positive.

    Source: derived (docs/derivations.md, statement M4).
    """
    return ndtr(0.5 / positive("scale", scale))


@checked
def informed_auc(samples: ArrayLike, dim: ArrayLike) -> Float[Array, "..."]:
    """AUC of the likelihood-ratio attack with S and Σ known, d >> 1, n >> d: Φ(d/2√n).

    Args:
        samples: n > 0, any shape.
        dim: d > 0, broadcasts with `samples`.

    Raises:
        ValueError: if a number of samples or a dimension is not positive.

    Source: derived (docs/derivations.md, statement M4).
    """
    return ndtr(0.5 * positive("dim", dim) / jnp.sqrt(positive("samples", samples)))


@checked
def released_auc(samples: ArrayLike, dim: ArrayLike, released: ArrayLike) -> Float[Array, "..."]:
    """AUC of the attack through m released samples of N(0, S), Σ known: Φ((d/2√n) √(m/(n+m))).

    Args:
        samples: n > 0, any shape.
        dim: d > 0, broadcasts with `samples`.
        released: m > 0, broadcasts with both.

    Raises:
        ValueError: if an argument is not positive.

    Source: derived (docs/derivations.md, statement M5).
    """
    n, m = positive("samples", samples), positive("released", released)
    return ndtr(0.5 * positive("dim", dim) * jnp.sqrt(m / (n * (n + m))))


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Leakage:
    """The observables of `lingen.sims.leakage.draw`: `blind` exact, `informed` for n >> d.

    Raises:
        ValueError: without a dimension: at fixed load leakage is complete as d → ∞.
        NotImplementedError: for a filter: the attacker is given S itself.
    """
    if filter is not None:
        raise NotImplementedError(f"no leakage of {filter.name}: only of the sample covariance")
    size = population.dimension(dim)
    load = positive("load", load)
    informed = jnp.where(load <= 1.0, 1.0, informed_auc(load * size, size))
    return Leakage(blind_auc(load, size), informed, None)


@jax.jit
def _blind(a: Array, b: Array) -> Array:
    """P(U > B) = P(U > 1) + ∫_{y<0} f(y) P(log-odds of B < −log(e^{−y}−1)) dy, y = log U; good to 1e-6."""

    def chance(y: Array) -> Array:
        below = jnp.minimum(y, -1e-300)
        return _below(below - jnp.log(-jnp.expm1(below)), a, b)

    points, weights = _until(0.0, a, b + 0.5)
    return 1.0 - jnp.sum(weights) + weights @ jax.vmap(chance)(points)


def _below(limit: ArrayLike, a: Array, b: Array) -> Array:
    """P(log-odds < limit) of Beta(a, b)."""
    return jnp.sum(_until(limit, a, b)[1])


def _until(limit: ArrayLike, a: Array, b: Array) -> tuple[Array, Array]:
    """Nodes y and weights f(y) dy for the log-odds of Beta(a, b) up to a limit; y = centre + width sinh t.

    Gauss–Legendre in t. The range reaches as far as the exponential tails of f, of rates a and b, need.
    """
    centre, width = jnp.log(a / b), jnp.sqrt(1.0 / a + 1.0 / b)
    left, right = (jnp.arcsinh(9.0 + 40.0 / (x * width)) for x in (a, b))
    top = jnp.clip(jnp.arcsinh((limit - centre) / width), -left, right)
    half = (top + left) / 2.0
    t = half * (jnp.asarray(_NODES) + 1.0) - left
    y = centre + width * jnp.sinh(t)
    density = jnp.exp(a * y - (a + b) * jnp.logaddexp(0.0, y) - betaln(a, b))
    return y, jnp.asarray(_WEIGHTS) * half * width * jnp.cosh(t) * density
