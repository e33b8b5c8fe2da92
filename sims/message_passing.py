"""Approximate message passing itself, at finite d, for X = √(θ/d) w vᵀ + Z; no n × d array is drawn.

With fields b, precisions a, posterior means and variances of single entries under P_v and P_w,

    b_w = √(θ/d) X v̂ − θ⟨var v⟩ ŵ',        a_w = θ‖v̂‖²/d,
    b_v = √(θ/d) Xᵀŵ − (θ/d) Σ var w_i v̂,   a_v = θ‖ŵ‖²/d,

where ŵ' is the ŵ before: the terms of Onsager. The first v̂ comes from a hint √ϖ₀ v + g, an observation that
no later step uses (ŵ' = 0), or from the principal component of X itself: `lingen.sims.lanczos.principal`.
Noise is revealed where it is multiplied (`lingen.sims.lanczos.both_sides`).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import bounded, integer, is_traced, known, nonnegative, positive, room, single
from lingen.models.latents import priors
from lingen.models.latents.messages import CLEAREST, Information, MessagePassing, is_spectral
from lingen.models.latents.priors import Prior
from lingen.sims.dense.wishart import samples_for
from lingen.sims.engine.single import draw_of
from lingen.sims.lanczos import both_sides, principal
from lingen.sims.lanczos.both_sides import BothSides
from lingen.sims.lanczos.principal import Observation

__all__ = ["draw", "information_sampler", "sampler"]


STRONGEST = 1e100
"""Strength whose squares are held."""


@struct.dataclass
class Messages:
    """What a run takes; the arrays of zeros carry numbers as shapes: n, d, of steps, of rounds of Lanczos."""

    rows: Float[Array, "n"]
    columns: Float[Array, "d"]
    steps: Float[Array, "t"]
    rounds: Float[Array, "k"]
    """Empty where messages start from a hint."""
    strength: Float[Array, ""]
    hint: Float[Array, ""]
    latent: Prior
    weights: Prior


class _State(NamedTuple):
    noise: BothSides
    latent: Float[Array, "d"]
    """v̂."""
    spread: Float[Array, ""]
    """Mean posterior variance of its entries."""
    weights: Float[Array, "n"]
    """ŵ."""


@checked
@at_once
def sampler(
    load: float,
    strength: ArrayLike,
    *,
    steps: int,
    dim: int,
    hint: ArrayLike | None = None,
    latent: Prior | None = None,
    weights: Prior | None = None,
    start: str = "hint",
) -> Partial:
    """A draw of `MessagePassing`.

    With `start="spectral"` the first estimate comes from the principal component of X instead of a hint: see
    `lingen.sims.lanczos.principal`, exact in law up to the round-off to which its search converges. It takes
    O(m^(2/3)(n+d)) steps of arithmetic and O(m^(1/3)(n+d)) numbers, m = min(n, d).

    Args:
        load: γ = n/d > 0, rounded to a whole n.
        strength: θ > 0.
        steps: t >= 1, each a product with X and one with Xᵀ.
        dim: d.
        hint: ϖ₀ >= 0, the signal-to-noise ratio of the observation that the first estimate comes from; needed
            where `start` is "hint", to be left out otherwise.
        latent: P_v; N(0, 1) when absent.
        weights: P_w; N(0, 1) when absent.
        start: "hint", or "spectral".

    Raises:
        ValueError: for a number out of range, an unknown start.

    Source of the spectral start: Montanari & Venkataramanan 2021; docs/derivations, B1.
    """
    spectral = is_spectral(start, hint)
    told = 0.0 if hint is None else hint
    return Partial(_draw, _messages(load, strength, told, steps, dim, latent, weights, spectral))


draw = draw_of(sampler, MessagePassing)


@checked
@at_once
def information_sampler(
    load: float,
    low: ArrayLike,
    strength: ArrayLike,
    *,
    hint: ArrayLike,
    steps: int,
    dim: int,
    latent: Prior | None = None,
    weights: Prior | None = None,
    nodes: int = 6,
) -> Partial:
    """A draw of `Information`: what is learnt while the strength grows from one value to another.

    That is ∫ ½γ ‖wvᵀ − ŵv̂ᵀ‖²/nd dθ, the error of messages at strengths between them, wherever these know all
    that the data do (Guo, Shamai & Verdú 2005).

    Args:
        load: γ = n/d > 0, rounded to a whole n.
        low: the lower strength, > 0.
        strength: θ > low.
        hint: ϖ₀ >= 0, as in `sampler`.
        steps: of each run.
        dim: d.
        latent: P_v; N(0, 1) when absent.
        weights: P_w; N(0, 1) when absent.
        nodes: strengths at which messages run, those of the rule of Gauss and Legendre.

    Raises:
        ValueError: for a number out of range.
    """
    low = positive("low", single("low", low))
    high = bounded("strength", positive("strength", single("strength", strength)), 0.0, STRONGEST)
    if not is_traced((low, high)) and np.asarray(low) >= np.asarray(high):
        raise ValueError(f"low must be below strength = {high:g}, got {low:g}")
    place, share = np.polynomial.legendre.leggauss(integer("nodes", nodes, low=1, high=64))
    plan = _messages(load, 1.0, hint, steps, dim, latent, weights)
    half = 0.5 * (high - low)
    return Partial(_learnt, plan, low + half * (1.0 + place), half * share)


def _messages(
    load: float, strength: ArrayLike, hint: ArrayLike, steps: int, dim: int,
    latent: Prior | None, weights: Prior | None, spectral: bool = False,
) -> Messages:  # fmt: skip
    dim, steps = integer("dim", dim, low=1), integer("steps", steps, low=1)
    gamma = float(positive("load", known("load", single("load", load))))
    rows = samples_for(gamma, dim)
    rounds = principal.rounds(rows, dim) if spectral else 0
    room("dim", dim, 4.0 * (steps + rounds) * (float(rows) + dim))
    return Messages(
        jnp.zeros(rows),
        jnp.zeros(dim),
        jnp.zeros(steps),
        jnp.zeros(rounds),
        bounded("strength", positive("strength", single("strength", strength)), 0.0, STRONGEST),
        jnp.minimum(nonnegative("hint", single("hint", hint)), CLEAREST),
        latent or priors.gauss(),
        weights or priors.gauss(),
    )


def _draw(plan: Messages, key: Key[Array, ""]) -> MessagePassing:
    (latent, weights), known, (path, last) = _run(plan, key)
    error = jnp.mean((last.latent - latent) ** 2)
    side = _squared_cosine(last.weights, weights)
    return MessagePassing(path, path[-1], side, error, known, path[-1] - known)


def _learnt(plan: Messages, strengths: Array, shares: Array, key: Key[Array, ""]) -> Information:
    def lost(strength: Array, key: Array) -> Array:
        """‖wvᵀ − ŵv̂ᵀ‖²/nd."""
        (v, w), _, (_, last) = _run(plan.replace(strength=strength), key)  # type: ignore[attr-defined]
        cross = jnp.mean(v * last.latent) * jnp.mean(w * last.weights)
        found = jnp.mean(last.latent**2) * jnp.mean(last.weights**2)
        return jnp.mean(v**2) * jnp.mean(w**2) - 2.0 * cross + found

    errors = jax.lax.map(lambda given: lost(*given), (strengths, jr.split(key, strengths.size)))
    return Information(0.5 * plan.rows.size / plan.columns.size * (shares @ errors))


def _run(plan: Messages, key: Key[Array, ""]) -> tuple[tuple[Array, Array], Array, tuple[Array, _State]]:
    """The truth; the squared cosines with v of the start and of v̂ after each step; the last state."""
    n, d, theta = plan.rows.size, plan.columns.size, plan.strength
    searched, steps = plan.rounds.size, plan.steps.size
    one, other, *third = jr.split(key, 3 if searched else 2)
    even, normal = jr.uniform(one, (d + n,)), jr.normal(other, (steps + 2, d + n))
    v = plan.latent.entries(even[:d], normal[0, :d])
    w = plan.weights.entries(even[d:], normal[0, d:])
    begun = _from_component(plan, v, w, *third) if third else _from_hint(plan, v, normal[1, :d])
    guess, spread = plan.latent.posterior(begun.field, begun.precision)

    def step(state: _State, given: tuple[Array, Array]) -> tuple[_State, Array]:
        place, normal = given
        noise, sent = both_sides.times(state.noise, place, normal[d:], state.latent)
        field = jnp.sqrt(theta) * (jnp.sqrt(theta) * w * (v @ state.latent) / d + sent / jnp.sqrt(d))
        field = field - theta * state.spread * state.weights
        weights, loose = plan.weights.posterior(field, theta * jnp.mean(state.latent**2))
        noise, back = both_sides.times_transposed(noise, place, normal[:d], weights)
        field = jnp.sqrt(theta) * (jnp.sqrt(theta) * v * (w @ weights) / d + back / jnp.sqrt(d))
        field = field - theta * jnp.sum(loose) / d * state.latent
        found, spread = plan.latent.posterior(field, theta * jnp.sum(weights**2) / d)
        return _State(noise, found, jnp.mean(spread), weights), _squared_cosine(found, v)

    start = _State(begun.noise, guess, jnp.mean(spread), begun.memory)
    last, path = jax.lax.scan(step, start, (searched + jnp.arange(steps), normal[2:]))
    return (v, w), _squared_cosine(begun.direction, v), (path, last)


def _from_hint(plan: Messages, v: Array, normal: Array) -> Observation:
    field = plan.hint * v + jnp.sqrt(plan.hint) * normal
    noise = both_sides.nothing(plan.steps.size, plan.rows.size, v.size)
    return Observation(noise, field, field, plan.hint, plan.rows)


def _from_component(plan: Messages, v: Array, w: Array, key: Key[Array, ""]) -> Observation:
    rounds, d = plan.rounds.size, v.size
    normal = jr.normal(key, (rounds + 1, d + w.size))
    noise = both_sides.nothing(rounds + plan.steps.size, w.size, d)
    return principal.observation(noise, normal[1:], normal[0, :d], plan.strength, v, w)


def _squared_cosine(found: Array, truth: Array) -> Array:
    """0 where one of them is."""
    sizes = jnp.sum(found**2) * jnp.sum(truth**2)
    return jnp.where(sizes > 0.0, (found @ truth) ** 2 / jnp.where(sizes > 0.0, sizes, 1.0), 0.0)
