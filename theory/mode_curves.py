"""Two-layer linear networks and tied autoencoders: every mode of the data is learnt along a sigmoid (G2).

For A = W₂W₁ with W₂ = W₁ᵀ, or A = WᵀW, and the denoising loss E‖A(x+√s z) − x‖², a start that commutes
with the covariance keeps the modes apart: a_k = u_kᵀAu_k obeys da/dt = ρ a (λ_k − (λ_k+s) a), a logistic
equation, with ρ = 4 for two layers and ρ = 8 for a tied one. From a small ε the modes appear one by one.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, is_traced, nonnegative, positive, representable
from lingen.models.learning import Modes

__all__ = ["LAYERS", "final_strength", "plateau_time", "predict", "rank", "strength"]

LAYERS = {"tied": 8.0, "two": 4.0}


@checked
@representable
def strength(
    eigenvalue: ArrayLike,
    time: ArrayLike,
    start: ArrayLike,
    noise: ArrayLike = 0.0,
    layers: str = "tied",
    rate: ArrayLike = 0.0,
) -> Float[Array, "..."]:
    """a(t) = a∞/(1 + (a∞/ε − 1) e^{−ρλt}), a∞ = λ/(λ+s).

    For descent with step η the time is corrected to first order: a step follows the flow late by
    (η/2) log|φ'(w)/φ'(w₀)|, with w = √a, φ' = c w((λ+s)w² − λ) the slope of the loss along w.

    Args:
        eigenvalue: λ > 0 of the data, any shape.
        time: t >= 0 in units of inverse variance, ηT after T steps; broadcasts.
        start: ε > 0, below a∞.
        noise: s >= 0.
        layers: "tied" (WᵀW) or "two" (W₂W₁, balanced).
        rate: η >= 0, the step; 0 for the flow.

    Raises:
        ValueError: if an argument is out of range.

    Source: Saxe, McClelland & Ganguli, ICLR 2014; derived (docs/derivations, statement G2).
    """
    given = _checked(eigenvalue, time, start, noise, layers)
    return _strength(*given, nonnegative("rate", rate))


@jax.jit
def _strength(
    value: Array, time: Array, start: Array, noise: Array, speed: float, rate: Array
) -> Float[Array, "..."]:
    flow = _logistic(value, time, start, noise, speed)
    slope = jnp.sqrt(flow / start) * (1.0 - flow * (value + noise) / value)
    slope = slope / (1.0 - start * (value + noise) / value)
    late = 0.5 * rate * jnp.log(jnp.maximum(jnp.abs(slope), jnp.finfo(float).tiny))
    return _logistic(value, jnp.maximum(time - late, 0.0), start, noise, speed)


@checked
def final_strength(eigenvalue: ArrayLike, noise: ArrayLike = 0.0) -> Float[Array, "..."]:
    """a∞ = λ/(λ+s), for λ > 0 and s >= 0; `ValueError` otherwise."""
    return _end(positive("eigenvalue", eigenvalue), nonnegative("noise", noise))


@jax.jit
def _end(value: Array, noise: Array) -> Array:
    return value / (value + noise)


@checked
@representable
def plateau_time(
    eigenvalue: ArrayLike,
    start: ArrayLike,
    noise: ArrayLike = 0.0,
    layers: str = "tied",
    level: ArrayLike = 0.5,
    rate: ArrayLike = 0.0,
) -> Float[Array, "..."]:
    """When a mode reaches the fraction f of its end: (log(a∞/ε − 1) + log(f/(1−f)))/(ρλ) ~ log(1/ε)/(ρλ).

    With a step η the growth from the plateau is exact: ρλ becomes 2 log(1 + ηρλ/2)/η.

    Args:
        eigenvalue: λ > 0, any shape.
        start: ε > 0, below a∞; broadcasts.
        noise: s >= 0.
        layers: "tied" or "two".
        level: f in (0, 1).
        rate: η >= 0, the step; 0 for the flow.

    Raises:
        ValueError: if an argument is out of range.

    Source: derived (docs/derivations, statement G2).
    """
    value, _, start, noise, speed = _checked(eigenvalue, 0.0, start, noise, layers)
    part, rate = positive("level", bounded("level", level, 0.0, 1.0)), nonnegative("rate", rate)
    if not is_traced(part) and np.any(np.asarray(part) == 1):
        raise ValueError("level must be below 1, which a mode reaches after infinite time, got 1")
    return _plateau_time(value, start, noise, speed, part, rate)


@jax.jit
def _plateau_time(
    value: Array, start: Array, noise: Array, speed: float, part: Array, rate: Array
) -> Float[Array, "..."]:
    end = _end(value, noise)
    step = jnp.where(rate > 0, rate, 1.0)
    growth = jnp.where(rate > 0, 2.0 * jnp.log1p(step * speed * value / 2.0) / step, speed * value)
    return (jnp.log(end / start - 1.0) + jnp.log(part / (1.0 - part))) / growth


@checked
@representable
def rank(
    eigenvalues: Float[Array, "k"],
    time: ArrayLike,
    start: ArrayLike,
    noise: ArrayLike = 0.0,
    layers: str = "tied",
    rate: ArrayLike = 0.0,
) -> Float[Array, "..."]:
    """Effective rank (Σa_k)²/Σa_k² of A at time t: near whole numbers on the plateaus; see `strength`."""
    return _rank(predict(eigenvalues, time, start, noise, layers, rate).strength)


@jax.jit
def _rank(a: Array) -> Array:
    a = a / jnp.max(a, axis=-1, keepdims=True)
    return jnp.sum(a, axis=-1) ** 2 / jnp.sum(a**2, axis=-1)


@checked
def predict(
    eigenvalues: Float[Array, "k"],
    time: ArrayLike,
    start: ArrayLike,
    noise: ArrayLike = 0.0,
    layers: str = "tied",
    rate: ArrayLike = 0.0,
) -> Modes:
    """The observables of `lingen.sims.mode_curves.sampler`, predicted: fields of shape (times, k)."""
    time, eigenvalues = nonnegative("time", time)[..., None], positive("eigenvalues", eigenvalues)
    if eigenvalues.size == 0:
        raise ValueError("eigenvalues must hold at least one number, got none")
    return Modes(strength(eigenvalues, time, start, noise, layers, rate))


def _logistic(value: Array, time: Array, start: Array, noise: Array, speed: float) -> Array:
    end = _end(value, noise)
    return end / (1.0 + (end / start - 1.0) * jnp.exp(-speed * value * time))


def _checked(
    eigenvalue: ArrayLike, time: ArrayLike, start: ArrayLike, noise: ArrayLike, layers: str
) -> tuple[Array, Array, Array, Array, float]:
    if layers not in LAYERS:
        raise ValueError(f"layers must be one of {', '.join(LAYERS)}, got {layers!r}")
    value, time = positive("eigenvalue", eigenvalue), nonnegative("time", time)
    start, noise = positive("start", start), nonnegative("noise", noise)
    end = _end(value, noise)
    if not is_traced((start, end)) and np.any(np.asarray(start) >= np.asarray(end)):
        first, last = (np.broadcast_arrays(*map(np.asarray, (start, end)))[i] for i in (0, 1))
        wrong = np.argmax(first >= last)
        raise ValueError(f"start must be below the end {last.flat[wrong]:g}, got {first.flat[wrong]:g}")
    return value, time, start, noise, LAYERS[layers]
