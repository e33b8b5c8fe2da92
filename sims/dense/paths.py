"""Probability paths X_t = a_t x₁ + m_t x₀ optimised over their schedules, whatever energy is given.

A schedule is a curve M (sin φ, cos φ) run through in some time t(φ). The best time has t' ∝ √e, e the energy
where φ itself is the time: by Cauchy and Schwarz ∫ e/t' dφ >= (∫√e dφ)². The curve, log M = φ(π/2−φ) times a
polynomial, is found by Adam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.systems import PathEnergies

__all__ = ["Motion", "measure"]

TERMS, NODES = 8, 48
STEPS, RATE = 200, 0.1
QUARTER = np.pi / 2.0
TINY = 1e-30  # below it an energy has no digits, and its root no derivative


class Motion(NamedTuple):
    """A schedule at some of its times: a, m and what they change by."""

    signal: Float[Array, "m"]
    noise: Float[Array, "m"]
    signal_rate: Float[Array, "m"]
    noise_rate: Float[Array, "m"]


Energy = Callable[[Motion], Float[Array, "m"]]
"""(1/d) E‖E[ȧ x₁ + ṁ x₀ | X]‖² at each of the times."""


@checked
def measure(energy: Energy) -> PathEnergies:
    """The energies of the best path and of others, for a law of known energy at any time."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    even, share = (1.0 + node) / 2.0, jnp.asarray(weight / 2.0)
    t, one = jnp.asarray(even), jnp.ones(NODES)
    turn = _motion(QUARTER * t, one, jnp.zeros(NODES))

    def best(free: Array) -> Array:
        found = energy(_curve(even, free))
        return (QUARTER * (share @ jnp.sqrt(jnp.maximum(found, TINY)))) ** 2

    circle = jnp.zeros(TERMS)
    return PathEnergies(
        best(_minimised(best, circle)),
        share @ energy(Motion(t, 1.0 - t, one, -one)),
        best(circle),
        QUARTER**2 * (share @ energy(turn)),
    )


def _curve(even: np.ndarray, free: Float[Array, "p"]) -> Motion:
    """The curve of these coefficients, φ its time."""
    phi, x = QUARTER * even, 2.0 * even - 1.0
    terms = np.polynomial.legendre.legvander(x, TERMS - 1)
    slopes = np.stack([np.polynomial.Legendre.basis(k).deriv()(x) for k in range(TERMS)], axis=1)
    bump, tilt = phi * (QUARTER - phi), QUARTER - 2.0 * phi
    level, bend = jnp.asarray(terms) @ free, jnp.asarray(slopes) @ free * 2.0 / QUARTER
    size = jnp.exp(bump * level)
    return _motion(jnp.asarray(phi), size, size * (tilt * level + bump * bend))


def _motion(phi: Array, size: Array, growth: Array) -> Motion:
    """M (sin φ, cos φ) and its derivatives with respect to φ, growth that of M."""
    sine, cosine = jnp.sin(phi), jnp.cos(phi)
    return Motion(size * sine, size * cosine, growth * sine + size * cosine, growth * cosine - size * sine)


def _minimised(loss: Callable[[Array], Array], start: Float[Array, "p"]) -> Float[Array, "p"]:
    solver = optax.adam(optax.cosine_decay_schedule(RATE, STEPS), b2=0.99)
    slope = jax.grad(loss)

    def step(_: int, state: tuple[Array, Any]) -> tuple[Array, Any]:
        free, memory = state
        change, memory = solver.update(slope(free), memory, free)
        return optax.apply_updates(free, change), memory

    return jax.lax.fori_loop(0, STEPS, step, (start, solver.init(start)))[0]
