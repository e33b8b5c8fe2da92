"""Latents with structure, Bayes-optimally: state evolution of approximate message passing, and its potential.

X = √(θ/d) w vᵀ + Z, n × d, γ = n/d, entries v_j ~ P_v, w_i ~ P_w of mean 0 and variance 1, Z_ij ~ N(0, 1).
With M(ϖ) of `lingen.theory.moments.scalar_channel` the squared cosines m_v of v̂ and m_w of ŵ evolve by

    m_w = M_w(θ m_v),    m_v = M_v(γθ m_w),

and the fixed points are the stationary points of the mutual information per dimension,

    i(m_v) = γ I_w(θ m_v) + I_v(γθ m_w) + ½γθ(1−m_v)(1−m_w).

From little knowledge messages climb to the least fixed point, from much they fall to the greatest: two where
the transition is of first order, and the least i tells which one knows all that the data do (d → ∞).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, integer, nonnegative, positive, representable
from lingen.models.latents import priors
from lingen.models.latents.messages import MessagePassing
from lingen.models.latents.priors import Prior
from lingen.theory.moments import scalar_channel as channel
from lingen.theory.moments.branches import branch_loads
from lingen.theory.numerics.roots import bisect

__all__ = ["Thresholds", "information", "overlap", "potential", "predict", "thresholds"]

GRID = np.concatenate([np.geomspace(1e-8, 0.05, 160), np.linspace(0.05, 1.0, 241)[1:]])
"""Overlaps between which fixed points are looked for: two that are closer than this are missed."""
HALVINGS = 60
LEAST_GAP = 1e-9
"""Of slopes from 1, at a threshold, where the derivative of a fixed point is infinite."""


class Thresholds(NamedTuple):
    """Loads from which a latent is known, in increasing order."""

    high: Float[Array, "..."]
    """From here on messages stay with a latent that they are told."""
    informed: Float[Array, "..."]
    """From here on the data know the latent, whatever it takes to find it."""
    uninformed: Float[Array, "..."]
    """1/θ²: from here on messages, and principal components, find it by themselves."""


@checked
def predict(
    load: ArrayLike,
    strength: ArrayLike,
    *,
    hint: ArrayLike,
    steps: int,
    latent: Prior | None = None,
    weights: Prior | None = None,
) -> MessagePassing:
    """The observables of `lingen.sims.message_passing.sampler`: state evolution, step by step.

    Args:
        load: γ = n/d > 0, any shape.
        strength: θ > 0; broadcasts.
        hint: ϖ₀ >= 0, the signal-to-noise ratio of an observation of v that the first estimate comes from,
            and that is then forgotten; broadcasts.
        steps: t >= 1.
        latent: P_v; N(0, 1) when absent.
        weights: P_w; N(0, 1) when absent.

    Raises:
        ValueError: for a number out of range.

    Source: Deshpande & Montanari 2014; Lesieur, Krzakala & Zdeborová 2017; docs/derivations, B1.
    """
    gamma, theta, first = _numbers(load, strength, nonnegative("hint", hint))
    latent, weights = latent or priors.gauss(), weights or priors.gauss()
    steps = integer("steps", steps, low=1)

    last, side, path = _evolved(gamma, theta, channel.overlap(latent, first), latent, weights, steps)
    return MessagePassing(jnp.moveaxis(path, 0, -1), last, side, 1.0 - last)


@partial(jax.jit, static_argnames="steps")
def _evolved(
    gamma: Array, theta: Array, start: Array, latent: Prior, weights: Prior, steps: int
) -> tuple[Array, Array, Array]:
    def step(known: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], Array]:
        side = channel.overlap(weights, theta * known[0])
        following = channel.overlap(latent, gamma * theta * side)
        return (following, side), following

    (last, side), path = jax.lax.scan(step, (start, jnp.zeros_like(start)), None, length=steps)
    return last, side, path


@checked
def overlap(
    load: ArrayLike,
    strength: ArrayLike,
    *,
    latent: Prior | None = None,
    weights: Prior | None = None,
    informed: bool = False,
) -> Float[Array, "..."]:
    """m_v at rest: the least fixed point that is reached from no knowledge, or the greatest, from the truth.

    Both priors N(0, 1): Q of `lingen.theory.recovery.recovery`.

    Args:
        load: γ > 0, any shape.
        strength: θ > 0; broadcasts.
        latent: P_v; N(0, 1) when absent.
        weights: P_w; N(0, 1) when absent.
        informed: whether the messages start from the truth.

    Raises:
        ValueError: for a number that is not positive.

    Source: Lesieur, Krzakala & Zdeborová 2017; docs/derivations, B1 and B2.
    """
    gamma, theta = _numbers(load, strength)
    latent, weights = latent or priors.gauss(), weights or priors.gauss()

    return _at_rest(gamma, theta, latent, weights, informed)


@checked
def potential(
    overlap: ArrayLike,
    load: ArrayLike,
    strength: ArrayLike,
    *,
    latent: Prior | None = None,
    weights: Prior | None = None,
) -> Float[Array, "..."]:
    """i(m_v), at m_w = M_w(θ m_v), in nats per dimension; it is 0 without data and ½γθ at m_v = 0.

    Args:
        overlap: m_v from 0 to 1, any shape.
        load: γ > 0; broadcasts.
        strength: θ > 0; broadcasts.
        latent: P_v; N(0, 1) when absent.
        weights: P_w; N(0, 1) when absent.

    Raises:
        ValueError: for a number out of range.

    Source: Miolane 2017; Barbier et al. 2016; docs/derivations, B2.
    """
    gamma, theta, known = _numbers(load, strength, bounded("overlap", overlap, 0.0, 1.0))
    latent, weights = latent or priors.gauss(), weights or priors.gauss()
    side = channel.overlap(weights, theta * known)
    parts = gamma * channel.information(weights, theta * known)
    parts = parts + channel.information(latent, gamma * theta * side)
    return parts + 0.5 * gamma * theta * (1.0 - known) * (1.0 - side)


@checked
def information(
    load: ArrayLike, strength: ArrayLike, *, latent: Prior | None = None, weights: Prior | None = None
) -> Float[Array, "..."]:
    """Mutual information of X and (v, w) per dimension, in nats: the least i of the fixed points.

    Arguments as for `overlap`. Its derivative in θ is ½γ(1 − m_v m_w).

    Raises:
        ValueError: for a number that is not positive.

    Source: Miolane 2017; docs/derivations, B2.
    """
    known = {"latent": latent, "weights": weights}
    values = [
        potential(
            jax.lax.stop_gradient(overlap(load, strength, informed=told, **known)), load, strength, **known
        )
        for told in (False, True)
    ]
    return jnp.minimum(*values)


@checked
@representable
def thresholds(
    strength: ArrayLike, *, latent: Prior | None = None, weights: Prior | None = None
) -> Thresholds:
    """The loads at which something begins to be known; all three are 1/θ² where the transition is continuous.

    The load of a fixed point is a function of ϖ = γθ m_w, γ = ϖ/(θ M_w(θ M_v(ϖ))): its least value is `high`.

    Args:
        strength: θ > 0, any shape.
        latent: P_v; N(0, 1) when absent.
        weights: P_w; N(0, 1) when absent.

    Raises:
        ValueError: for a strength that is not positive.

    Source: docs/derivations, B2.
    """
    theta = positive("strength", strength)
    latent, weights = latent or priors.gauss(), weights or priors.gauss()
    found = _branches(theta.reshape(-1), latent, weights)
    return Thresholds(*(value.reshape(theta.shape) for value in found))


@jax.jit
def _branches(theta: Array, latent: Prior, weights: Prior) -> tuple[Array, ...]:
    return tuple(jax.lax.map(lambda one: branch_loads(one, latent, weights), theta))


def _numbers(load: ArrayLike, strength: ArrayLike, *others: Array) -> list[Array]:
    return jnp.broadcast_arrays(positive("load", load), positive("strength", strength), *others)


@partial(jax.jit, static_argnames="informed")
def _at_rest(gamma: Array, theta: Array, latent: Prior, weights: Prior, informed: bool) -> Array:
    def moved(known: Array) -> Array:
        return channel.overlap(latent, gamma * theta * channel.overlap(weights, theta * known))

    root = jax.lax.stop_gradient(_fixed_point(moved, gamma.shape, informed))
    if not informed:
        root = jnp.where(gamma * theta * theta > 1.0, root, 0.0)
    value, slope = jax.jvp(moved, (root,), (jnp.ones_like(root),))
    gap = jnp.maximum(1.0 - jax.lax.stop_gradient(slope), LEAST_GAP)
    step = (value - root) / gap  # carries derivatives; its size is what bisection leaves
    step = jnp.clip(step, -root, 1.0 - root)
    return jnp.where(root > 0.0, root + step, 0.0)


def _fixed_point(moved: Callable[[Array], Array], shape: tuple[int, ...], informed: bool) -> Array:
    """The first crossing of F(m) = m from below, or the last; 0 where F(m) <= m throughout."""
    grid = jnp.asarray(GRID)
    rises = jax.lax.map(lambda m: moved(jnp.full(shape, m)) > m, grid)
    if informed:
        place = grid.size - jnp.argmax(rises[::-1], axis=0)  # one beyond the last that rises
        found = jnp.any(rises, axis=0)
    else:
        place = jnp.argmin(rises, axis=0)
        found = place > 0
    place = jnp.clip(place, 1, grid.size - 1)
    root = bisect(lambda m: moved(m) > m, grid[place - 1], grid[place], HALVINGS)
    return jnp.where(found, root, 0.0)
