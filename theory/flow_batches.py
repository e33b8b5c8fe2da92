"""Batches of points in entropic flows: why the self term needs a second batch (statement F4).

W-Flow moves a generator by the plan between its batch and the target's less that of its batch with itself.
With two independent source batches of N points target and self term have one law where the laws agree, so
this is a fixed point exactly, at every N and ε. In the plan of one batch with itself a point is sent to
itself with the chance W = k/(N+k), k = (1−r²)^{−d/2} e^{|x|²r/((1+r)a)}, r = c(a, a)/a, so that the self
term is

    (1/da) E[|x|² (W + (1−W) r)]    in place of r,

and the generator shrinks.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import integer, positive, representable
from lingen.models.learning import SelfTerm
from lingen.theory.numerics.shapes import broadcast

__all__ = ["correlation", "one_batch", "predict", "sticking"]

_NODES = 2000


@checked
@representable
def correlation(epsilon: ArrayLike, variance: ArrayLike = 1.0) -> Float[Array, "..."]:
    """r = c(a, a)/a of a law's entropic plan with itself: the root of r² + (ε/a) r = 1.

    Args:
        epsilon: ε > 0, in units of variance (cost ½|x−y|²), any shape.
        variance: a > 0.

    Raises:
        ValueError: if an argument is not positive.

    Source: derived (docs/derivations, statement F1).
    """
    return _correlation(positive("epsilon", epsilon), positive("variance", variance))


@jax.jit
def _correlation(epsilon: Array, variance: Array) -> Array:
    ratio = epsilon / variance
    return 2.0 / (ratio + jnp.hypot(ratio, 2.0))


@checked
@representable
def one_batch(
    epsilon: ArrayLike, dim: int, points: ArrayLike, variance: ArrayLike = 1.0
) -> Float[Array, "..."]:
    """The self term of one batch, per dimension and variance; up to 5 % above in the crossover.

    Args:
        epsilon: ε > 0, any shape.
        dim: d >= 1.
        points: N > 0 of the batch; broadcasts with `epsilon`.
        variance: a > 0 of the points; broadcasts too.

    Raises:
        ValueError: if an argument is out of range.

    Source: derived (docs/derivations, statement F4).
    """
    size = float(integer("dim", dim, low=1))
    level, spread = positive("epsilon", epsilon), positive("variance", variance)
    return _one_batch(level, size, positive("points", points), spread)


@jax.jit
def _one_batch(epsilon: Array, size: float, count: Array, variance: Array) -> Array:
    count, shared = broadcast(count, _correlation(epsilon, variance))
    low, high = -80.0 / size - 12.0 / size**0.5, jnp.log1p(80.0 / size + 24.0 / size**0.5)
    u = jnp.linspace(low, high, _NODES)
    weight = jnp.exp(0.5 * size * (u - jnp.expm1(u)))  # of |x|²/da = e^u
    length = jnp.exp(u)
    gone = epsilon / variance * shared
    chance = jax.nn.sigmoid(_log_density(shared, gone, size, length) - jnp.log(count)[..., None])
    kept = chance + (1.0 - chance) * shared[..., None]
    return kept @ (weight * length) / jnp.sum(weight)


@checked
@representable
def sticking(epsilon: ArrayLike, variance: ArrayLike = 1.0) -> Float[Array, "..."]:
    """−½ log(1−r²) + r/(1+r): all points stick to themselves while log N/d is below it, d → ∞.

    The flow is then that of OT_ε without its self term. Arguments and errors are those of `correlation`.
    """
    return _sticking(positive("epsilon", epsilon), positive("variance", variance))


@jax.jit
def _sticking(epsilon: Array, variance: Array) -> Array:
    shared = _correlation(epsilon, variance)
    gone = epsilon / variance * shared
    return _log_density(shared, gone, 1, jnp.ones(1))[..., 0]


@checked
def predict(epsilon: ArrayLike, dim: int, points: ArrayLike) -> SelfTerm:
    """The observables of `lingen.sims.flow_batches.draw`; two batches as of many points."""
    one = one_batch(epsilon, dim, points)
    return SelfTerm(one, jnp.broadcast_to(correlation(epsilon), one.shape))


def _log_density(shared: Array, gone: Array, dim: float, length: Array) -> Float[Array, "... m"]:
    """log k at |x|²/da = `length`; `gone` is 1−r² = εr/a, without cancellation."""
    turned = shared / (1.0 + shared)
    return dim * (-0.5 * jnp.log(gone)[..., None] + turned[..., None] * length)
