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

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, integer, nonnegative, positive, representable
from lingen.models.latents import priors
from lingen.models.latents.messages import CLEAREST, MessagePassing, is_spectral
from lingen.models.latents.priors import Prior
from lingen.theory.moments import scalar_channel as channel
from lingen.theory.moments.branches import branch_loads
from lingen.theory.numerics.fixed_points import fixed_point
from lingen.theory.numerics.shapes import broadcast

__all__ = ["Thresholds", "information", "overlap", "potential", "predict", "thresholds"]


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
    steps: int,
    hint: ArrayLike | None = None,
    latent: Prior | None = None,
    weights: Prior | None = None,
    start: str = "hint",
) -> MessagePassing:
    """The observables of `lingen.sims.message_passing.sampler`: state evolution, step by step.

    The first m_v is M_v(ϖ₀) of a hint. The principal component is an observation of v too, of signal-to-noise
    ratio ϖ₀ = Q/(1−Q) = (γθ²−1)₊/(1+θ), Q that of `lingen.theory.recovery.recovery`; it depends on the noise,
    and state evolution holds from there on all the same if the first step takes off what it owes to that.

    Args:
        load: γ = n/d > 0, any shape.
        strength: θ > 0; broadcasts.
        steps: t >= 1.
        hint: ϖ₀ >= 0, the signal-to-noise ratio of an observation of v that the first estimate comes from,
            and that is then forgotten; broadcasts. Needed where `start` is "hint", to be left out otherwise.
        latent: P_v; N(0, 1) when absent.
        weights: P_w; N(0, 1) when absent.
        start: "hint", or "spectral" for the principal component of the same data.

    Raises:
        ValueError: for a number out of range, an unknown start.

    Source: Deshpande & Montanari 2014; Lesieur, Krzakala & Zdeborová 2017; from principal components
        Montanari & Venkataramanan 2021; docs/derivations, B1.
    """
    spectral = is_spectral(start, hint)
    told = 0.0 if hint is None else hint
    gamma, theta, first = _numbers(load, strength, nonnegative("hint", told))
    if spectral:
        first = jnp.maximum(gamma * theta * (theta / (1.0 + theta)) - 1.0 / (1.0 + theta), 0.0)
    latent, weights = latent or priors.gauss(), weights or priors.gauss()
    steps = integer("steps", steps, low=1)

    first = jnp.minimum(first, CLEAREST)
    last, side, path = _evolved(gamma, theta, channel.overlap(latent, first), latent, weights, steps)
    known = first / (1.0 + first)
    return MessagePassing(jnp.moveaxis(path, 0, -1), last, side, 1.0 - last, known, last - known)


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
    return _potential(gamma, theta, known, latent or priors.gauss(), weights or priors.gauss())


@jax.jit
def _potential(gamma: Array, theta: Array, known: Array, latent: Prior, weights: Prior) -> Array:
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
    return broadcast(positive("load", load), positive("strength", strength), *others)


@partial(jax.jit, static_argnames="informed")
def _at_rest(gamma: Array, theta: Array, latent: Prior, weights: Prior, informed: bool) -> Array:
    def moved(known: Array) -> Array:
        return channel.overlap(latent, gamma * theta * channel.overlap(weights, theta * known))

    return fixed_point(moved, gamma.shape, gamma * theta * theta > 1.0, informed)
