"""Random-features denoisers r(y) = A φ(Fy)/√p: when they generalise and when they memorise (G3).

F has p rows N(0, 1/d), φ is odd, data are n points x ~ N(0, Σ) with fresh noise √s z, and A follows the
gradient flow of E‖r(x+√s z) − x‖² from 0. For n, d → ∞ at load γ = n/d and p ≫ n, d the features span two
orthogonal spaces: d linear directions, with kernel eigenvalues μ₁²(λ+s)/d, and n directions of single
training points, v²/n. An eigenmode λ of S then moves in a plane, with b the linear response, m the
memory of the training points, and time θ = t/d:

    db/dθ = 2μ₁² (λ(1 − b − m) − s b) − δ b,    dm/dθ = (2v²/γ) (1 − b − m) − δ m,    δ = 2c d/p.

So b first reaches λ/(λ+s) in a time d/2μ₁²(λ+s), whatever n; then m fills up in a time n(λ+s)/2v²s, linear
in n, while b falls. The constants are those of the smoothed activation ψ(u) = E φ(u+√s z), u ~ N(0, τ(Σ)):
μ₁ = E ψ', v² = E ψ² − μ₁² τ(Σ), c = E φ² − E ψ² − s μ₁².
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float, Num

from lingen.boundary import checked
from lingen.checks import is_traced, nonnegative, positive, representable
from lingen.models.descent import lost
from lingen.models.learning import Features
from lingen.models.population import Population
from lingen.theory.moments.activation import Constants, constants
from lingen.theory.moments.lens import NODES, expect_inside, top
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.shapes import broadcast

__all__ = ["Constants", "constants", "modes", "predict", "times"]


class Times(NamedTuple):
    """Time constants of one mode λ = σ, in units of θ = t/d."""

    generalisation: Float[Array, "..."]
    """1/r₊, near 1/(2μ₁²(σ+s))."""
    memorisation: Float[Array, "..."]
    """1/r₋, near γ(σ+s)/(2v²s)."""


@checked
@representable
def times(constants: Constants, variance: ArrayLike, noise: ArrayLike, load: ArrayLike) -> Times:
    """Inverse eigenvalues of the flow in the plane (b, m), for a mode λ = σ, p → ∞.

    Args:
        constants: of the activation.
        variance: σ > 0 of the mode.
        noise: s > 0.
        load: γ > 0, any shape.

    Raises:
        ValueError: if a number is not positive.

    Source: derived (docs/derivations, statement G3); the two scales: Bonnaire et al. 2025.
    """
    value, noise, load = positive("variance", variance), positive("noise", noise), positive("load", load)
    return _times(constants, value, noise, load)


@jax.jit
def _times(constants: Constants, value: Array, noise: Array, load: Array) -> Times:
    fast, slow, _, _ = _rates(constants, value, noise, load, jnp.inf)
    return Times(1.0 / fast, 1.0 / slow)


@checked
@representable
def modes(
    constants: Constants,
    eigenvalue: Num[ArrayLike, "..."],
    time: ArrayLike,
    noise: ArrayLike,
    load: ArrayLike,
    width: ArrayLike = jnp.inf,
    rate: ArrayLike = 0.0,
) -> tuple[Array, Array]:
    """b(θ) and m(θ) of eigenvalues λ of S, real or complex.

    Args:
        constants: of the activation.
        eigenvalue: λ.
        time: θ = t/d.
        noise: s.
        load: γ.
        width: p/d.
        rate: η/d, the step in units of θ: exact for descent; 0 for the flow.

    Raises:
        ValueError: if an argument is out of range, or a step overshoots, (η/d) r₊ > 1 at a real λ, and
            `time` is no whole number of steps.
    """
    time, rate, eigenvalue = positive("time", time), nonnegative("rate", rate), jnp.asarray(eigenvalue)
    noise, load = positive("noise", noise), positive("load", load)
    wide = _wide(width)
    steps = None  # a power of whole steps is needed on the real axis alone
    if not jnp.iscomplexobj(eigenvalue):
        steps = _whole(_rates(constants, eigenvalue, noise, load, wide)[0], time, rate)
    return _modes(constants, steps, eigenvalue, time, noise, load, wide, rate)


@jax.jit
def _modes(constants: Constants, steps: Array | None, *given: Array) -> tuple[Array, Array]:
    eigenvalue, time, noise, load, width, rate = given
    fast, slow, alpha, beta = _rates(constants, eigenvalue, noise, load, width)
    background, discrete = 2.0 * constants.rest / width, rate > 0
    if steps is None:
        steps = time / jnp.where(discrete, rate, 1.0)

    def gone(r: Array) -> Array:
        return jnp.where(discrete, lost(rate * r, steps), -jnp.expm1(-r * time))

    one, two = gone(fast), gone(slow)
    gap, product = fast - slow, fast * slow
    still = (fast * two - slow * one) / (gap * product)
    b = (one - two) / gap + background * still
    m = (one - two) / gap * beta + beta * (alpha * noise + background) * still
    return alpha * eigenvalue * b, m


@checked
@representable
def predict(
    population: Population,
    load: ArrayLike,
    time: ArrayLike,
    noise: ArrayLike,
    activation: Callable[[Array], Array],
    width: ArrayLike = jnp.inf,
    rate: ArrayLike = 0.0,
) -> Features:
    """The observables of `lingen.sims.random_features.sampler`: τ(Σb)/τ(Σ), τ(S(b+m))/τ(Σ) − τ(Σb)/τ(Σ).

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        time: θ = t/d > 0; broadcasts.
        noise: s > 0.
        activation: φ, odd.
        width: p/d; but for δ corrections of order (n+d)/p are left out: see `lingen.theory.feature_width`.
        rate: η/d >= 0, the step; 0 for the flow; broadcasts. Where a step overshoots, (η/d) r₊ > 1 at the
            largest λ of S, `time` must be a whole number of steps, and derivatives in the rate are at that
            number; the descent diverges beyond 2.

    Raises:
        ValueError: if an argument is out of range.

    Source: derived (docs/derivations, statement G3).
    """
    load, time, rate = positive("load", load), positive("time", time), nonnegative("rate", rate)
    load, time, rate, width = broadcast(load, time, rate, _wide(width))
    level, numbers = positive("noise", noise), constants(activation, population.moment(1.0), noise)
    steps = _whole(_fastest(population, numbers, level, load, width), time, rate)
    return _predict(population, numbers, level, load, steps, time, rate, width)


def _wide(width: ArrayLike) -> Array:
    """p/d, which may be infinite."""
    if not is_traced(width) and np.all(np.asarray(width) == np.inf):
        return jax.device_put(np.array(width, float))
    return positive("width", width)


@jax.jit
def _fastest(population: Population, numbers: Constants, noise: Array, load: Array, width: Array) -> Array:
    """r₊ at the largest λ of S."""
    largest = over_batch(partial(top, population), population.eigenvalues.size, load)
    return _rates(numbers, largest, noise, load, width)[0]


@jax.jit
def _predict(population: Population, numbers: Constants, *given: Array) -> Features:
    noise, load, steps, time, rate, width = given
    mean, time = population.moment(1.0), jnp.where(rate > 0, steps * rate, time)

    def one(load: Array, time: Array, rate: Array, width: Array) -> Features:
        def stacked(z: Array) -> Array:
            b, m = modes(numbers, z, time, noise, load, width, rate)
            return jnp.stack([b, z * (b + m)])

        swift = 0.5 / (numbers.slope**2 * time)
        end = _stable_end(numbers, noise, load, rate, width)
        fresh, seen = expect_inside(population, load, stacked, -jnp.maximum(noise, swift), end, swift)
        linear = fresh @ (population.weights * population.eigenvalues) / mean
        return Features(linear, seen @ population.weights / mean - linear)

    return over_batch(one, NODES * population.eigenvalues.size, load, time, rate, width)


def _stable_end(constants: Constants, noise: Array, load: Array, rate: Array, width: Array) -> Array:
    """The λ at which a step is twice the time of the fast mode, ηr₊ = 2; infinite for the flow.

    r = r₊ − δ and r₋ − δ are the roots of αλ = (r−β)(r−αs)/r.
    """
    alpha, beta = 2.0 * constants.slope**2, 2.0 * constants.memory / load
    fast = 2.0 / jnp.where(rate > 0, rate, 1.0) - 2.0 * constants.rest / width
    fast = jnp.where(fast > 0, fast, beta)  # not even λ = 0 is stable
    return jnp.where(rate > 0, (fast - beta) * (fast - alpha * noise) / (alpha * fast), jnp.inf)


def _whole(fast: Array, time: Array, rate: Array) -> Array:
    """The number of steps θ/η; rounded, and without derivatives, where a step overshoots.

    1 − ηr < 0 has whole powers only.
    """
    steps, between = _rounded(fast, time, rate)
    if not is_traced((steps, between)):
        wrong = np.asarray(between)
        if np.any(wrong):
            time, rate = (np.broadcast_to(value, wrong.shape)[wrong][0] for value in (time, rate))
            raise ValueError(
                f"time must be a whole number of steps of rate = {rate:g}, which overshoot, got {time:g}"
            )
    return steps


@jax.jit
def _rounded(fast: Array, time: Array, rate: Array) -> tuple[Array, Array]:
    """The number of steps, and where it ought to be whole and is not."""
    steps = time / jnp.where(rate > 0, rate, 1.0)
    whole, overshoots = jnp.round(steps), rate * fast > 1.0
    between = overshoots & (jnp.abs(steps - whole) > 1e-6 * steps)
    return jnp.where(overshoots, jax.lax.stop_gradient(whole), steps), between


@jax.jit
def _rates(
    constants: Constants, eigenvalue: Array, noise: ArrayLike, load: ArrayLike, width: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    """r₊, r₋ and the rates α, β of the two directions, in units of θ; r₊ the larger in size at any complex λ.

    Of the two roots of r² − (linear+β) r + αβs = 0 it is the sum without cancellation.
    """
    alpha, beta = 2.0 * constants.slope**2, 2.0 * constants.memory / load
    background = 2.0 * constants.rest / width
    linear = alpha * (eigenvalue + noise)
    gap = jnp.sqrt((linear - beta) ** 2 + 4.0 * alpha * beta * eigenvalue)
    gap = jnp.where(jnp.real(linear + beta) < 0.0, -gap, gap)
    fast = (linear + beta + gap) / 2.0
    return fast + background, alpha * beta * noise / fast + background, alpha, beta
