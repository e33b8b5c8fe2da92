"""Two linear layers in training, measured: full matrices along the gradient flow from a balanced start.

At first W₁ = 0 and W₂ is √b times an orthogonal matrix. The classical Runge–Kutta rule follows the flow in
even steps.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, is_traced, positive, room, vector
from lingen.models import population
from lingen.models.learning import BalancedFlow
from lingen.sims.dense import flow, wishart
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "mode_sampler", "sampler"]

STEPS = 120
"""Of the flow."""
LONGEST = 1.0
"""A step, in units of the inverse of the fastest rate."""
Weights = tuple[Array, Array]


@checked
@at_once
def sampler(
    load: float, time: ArrayLike, balance: ArrayLike, *, noise: ArrayLike, dim: int, steps: int = STEPS
) -> Partial:
    """A draw of `BalancedFlow`: two denoisers trained on disjoint halves of data of Σ = I.

    Args:
        load: γ = n/d > 0 of each half.
        time: t > 0.
        balance: b > 0.
        noise: s > 0, the variance of the noise on the data.
        dim: d.
        steps: of the integration.

    Raises:
        ValueError: for a number out of range.
    """
    source = wishart.source(population.isotropic(), dim, load)
    numbers = (positive("time", time), positive("balance", balance), positive("noise", noise))
    largest = (1.0 + (dim / source.samples) ** 0.5) ** 2 + numbers[2]
    count = _resolved(steps, numbers[0] * largest * jnp.hypot(numbers[1], 2.0))
    return Partial(
        _draw, jnp.zeros(count), jnp.zeros((source.rows, source.spectrum.size)), source.samples, numbers
    )


draw = draw_of(sampler, BalancedFlow)


@checked
@at_once
def mode_sampler(targets: ArrayLike, time: ArrayLike, balance: ArrayLike, *, steps: int = STEPS) -> Partial:
    """A draw of uₖᵀW₂W₁vₖ, shape (k,), for a target Σ sₖuₖvₖᵀ of random singular vectors and whitened inputs.

    Args:
        targets: sₖ > 0, shape (k,).
        time: t > 0.
        balance: b > 0.
        steps: of the integration.

    Raises:
        ValueError: for a number out of range.
    """
    values = vector("targets", positive("targets", targets))
    room("targets", values.size, 8.0 * values.size**2)
    time, balance = positive("time", time), positive("balance", balance)
    count = _resolved(steps, time * jnp.hypot(balance, 2.0 * jnp.max(values, initial=0.0)))
    return Partial(_modes, jnp.zeros(count), values, time, balance)


def _resolved(steps: int, length: Array) -> int:
    """So many steps, seen to be short enough for a path of this length."""
    count = integer("steps", steps, low=1)
    if not is_traced(length) and np.any(np.asarray(length) > LONGEST * count):
        raise ValueError(f"steps must be at least {np.ceil(np.max(length) / LONGEST):g} here, got {count}")
    return count


def _draw(
    steps: Array, zero: Float[Array, "rows d"], samples: Int[Array, ""], numbers: tuple[Array, ...],
    key: Key[Array, ""],
) -> BalancedFlow:  # fmt: skip
    time, balance, noise = numbers
    rows, dim = zero.shape

    def one(key: Key[Array, ""]) -> Array:
        own, turn = jr.split(key)
        x = wishart.data(own, jnp.ones(dim), samples, rows)
        covariance = wishart.second_moment(x, samples)
        inputs = covariance + noise * jnp.eye(dim)
        return _trained(covariance, inputs, _orthogonal(turn, dim), time, balance, steps)

    first, second = jax.vmap(one)(jr.split(key))
    plain, other = _unit(first), _unit(second)
    shared = jnp.sum(plain * other) / (jnp.linalg.norm(plain) * jnp.linalg.norm(other))
    return BalancedFlow(shared, (jnp.trace(first) + jnp.trace(second)) / (2 * dim))


def _unit(matrix: Array) -> Array:
    """With entries of order one, as squares of tiny ones would vanish."""
    return matrix / jnp.max(jnp.abs(matrix))


def _modes(
    steps: Array, values: Float[Array, "k"], time: Array, balance: Array, key: Key[Array, ""]
) -> Array:
    left, right, own = (_orthogonal(k, values.size) for k in jr.split(key, 3))
    found = _trained((left * values) @ right.T, jnp.eye(values.size), own, time, balance, steps)
    return jnp.sum(left * (found @ right), axis=0)


def _trained(cross: Array, inputs: Array, start: Array, time: Array, balance: Array, steps: Array) -> Array:
    """W₂W₁ after the flow of ½ tr(A C Aᵀ) − tr(A Bᵀ), of slope AC − B."""

    def slope(weights: Weights) -> Weights:
        first, second = weights
        gap = cross - second @ first @ inputs
        return second.T @ gap, gap @ first.T

    def forward(weights: Weights, _: Array) -> tuple[Weights, None]:
        return flow.advanced(slope, weights, time / steps.size), None

    first, second = jax.lax.scan(forward, (jnp.zeros_like(start), jnp.sqrt(balance) * start), steps)[0]
    return second @ first


def _orthogonal(key: Key[Array, ""], dim: int) -> Float[Array, "d d"]:
    return jnp.linalg.qr(jr.normal(key, (dim, dim)))[0]
