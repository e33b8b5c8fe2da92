"""Entropic optimal transport between centred Gaussians, in closed form.

Cost ½|x−y|², entropic weight ε (divergence against the product of the marginals); for the cost |x−y|² replace
ε by ε/2. In one dimension, variances a and b, the optimal plan has E xy = c(a, b) = ½(√(ε²+4ab) − ε), and

    OT_ε(a, b) = ½(a+b) − c − ½ε log(εc/ab),    S_ε = OT_ε(a, b) − ½OT_ε(a, a) − ½OT_ε(b, b)   (statement F1).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, nonnegative, representable
from lingen.models.learning import EntropicTransport
from lingen.theory.numerics.shapes import broadcast

__all__ = ["cost", "cross_covariance", "divergence", "predict", "regression"]


@checked
@representable
def cross_covariance(first: ArrayLike, second: ArrayLike, epsilon: ArrayLike) -> Float[Array, "..."]:
    """E xy of the optimal plan between N(0, a) and N(0, b): ½(√(ε²+4ab) − ε), √(ab) at ε = 0.

    Args:
        first: a >= 0, any shape.
        second: b >= 0.
        epsilon: ε >= 0, in units of variance; all broadcast.

    Raises:
        ValueError: if an argument is negative.

    Source: Janati, Muzellec, Peyré & Cuturi 2020; Mallasto, Gerolin & Minh 2022.
    """
    a, b, level = _checked(first, second, epsilon)
    return _cross(a, b, level)


@checked
@representable
def cost(first: ArrayLike, second: ArrayLike, epsilon: ArrayLike) -> Float[Array, "..."]:
    """OT_ε(a, b), entropic term included; ½W2² at ε = 0. Arguments, errors and source as above."""
    return _cost(*_checked(first, second, epsilon))


@checked
@representable
def divergence(first: ArrayLike, second: ArrayLike, epsilon: ArrayLike) -> Float[Array, "..."]:
    """The Sinkhorn divergence S_ε(a, b) >= 0, which is 0 at a = b. Arguments, errors and source as above."""
    return _divergence(*_checked(first, second, epsilon))


@jax.jit
def _divergence(a: Array, b: Array, level: Array) -> Array:
    return jnp.maximum(_cost(a, b, level) - 0.5 * _cost(a, a, level) - 0.5 * _cost(b, b, level), 0.0)


@checked
@representable
def regression(
    first: Float[Array, "d d"], second: Float[Array, "d d"], epsilon: ArrayLike
) -> Float[Array, "d d"]:
    """M with E[y|x] = Mx in the optimal plan between N(0, A) and N(0, B).

    M = A^{−½} [(A^½BA^½ + ε²/4)^½ − ε/2] A^{−½}, Monge's map at ε = 0.

    Args:
        first: A, symmetric and positive definite, shape (d, d).
        second: B, symmetric and positive semidefinite.
        epsilon: ε >= 0, one number.

    Raises:
        ValueError: if ε is negative, or A is not positive definite.

    Source: Janati, Muzellec, Peyré & Cuturi 2020.
    """
    level = nonnegative("epsilon", epsilon)
    values, vectors = jnp.linalg.eigh(first)
    if not is_traced(values) and float(np.asarray(values)[0]) <= 0:
        raise ValueError(
            f"first must be positive definite, got an eigenvalue {float(np.asarray(values)[0]):g}"
        )
    return _regression(values, vectors, second, level)


@jax.jit
def _regression(values: Array, vectors: Array, second: Array, level: Array) -> Array:
    """M of the eigenvalues and eigenvectors of A."""
    root, inverse = ((vectors * values**p) @ vectors.T for p in (0.5, -0.5))
    squares, basis = jnp.linalg.eigh(root @ second @ root)
    shared = _cross(jnp.maximum(squares, 0.0), jnp.ones(()), level)
    return inverse @ (basis * shared) @ basis.T @ inverse


@checked
def predict(first: ArrayLike, second: ArrayLike, epsilon: ArrayLike) -> EntropicTransport:
    """The observables of `lingen.sims.entropic_transport.draw`, predicted; arguments as above."""
    return EntropicTransport(*(f(first, second, epsilon) for f in (cross_covariance, cost, divergence)))


def _checked(first: ArrayLike, second: ArrayLike, epsilon: ArrayLike) -> tuple[Array, Array, Array]:
    given = nonnegative("first", first), nonnegative("second", second), nonnegative("epsilon", epsilon)
    a, b, level = broadcast(*given)
    return a, b, level


@jax.jit
def _cross(a: Array, b: Array, level: Array) -> Array:
    """2ab/(√(ε²+4ab) + ε), with finite slopes where all is zero."""
    none = (a * b == 0.0) & (level == 0.0)
    total = jnp.sqrt(jnp.where(none, 1.0, level**2 + 4.0 * a * b)) + level
    return 2.0 * a * b / total


@jax.jit
def _cost(a: Array, b: Array, level: Array) -> Array:
    """εc/ab = 2ε/(√(ε²+4ab) + ε) is above 0 also where a variance is 0."""
    total = jnp.sqrt(jnp.where((a * b == 0.0) & (level == 0.0), 1.0, level**2 + 4.0 * a * b)) + level
    some = level > 0
    log = jnp.where(some, jnp.log(2.0 * jnp.where(some, level, 1.0) / total), 0.0)
    return 0.5 * (a + b) - _cross(a, b, level) - 0.5 * level * log
