"""Linear differential equations in the noise level, integrated step by step.

The state runs from σ_T down to σ_0 in even steps of log σ, by the classical Runge–Kutta rule of fourth order;
the equation is given as dx/ds in the noise variance s = σ². Weights in training take single steps of that
rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.schedules import check_range

__all__ = ["integrate", "path"]

Drift = Callable[[Array, Array], Array]
Weights = TypeVar("Weights")


@checked
def path(steps: int, sigma_min: float, sigma_max: float) -> Float[Array, "{steps}+1"]:
    """log s at the ends of the steps, from high noise to low.

    Raises:
        ValueError: unless `steps` >= 1 and 0 < sigma_min < sigma_max.
    """
    count, low, high = check_range(steps, sigma_min, sigma_max)
    return jnp.asarray(np.linspace(2.0 * np.log(high), 2.0 * np.log(low), count + 1))


@checked
def integrate(drift: Drift, state: Array, logs: Float[Array, "levels"]) -> Array:
    """The state at the end of the path; `drift(x, s)` is dx/ds."""

    def slope(x: Array, log: Array) -> Array:
        s = jnp.exp(log)
        return s * drift(x, s)

    def step(x: Array, ends: tuple[Array, Array]) -> tuple[Array, None]:
        start, stop = ends
        h, middle = stop - start, 0.5 * (start + stop)
        one = slope(x, start)
        two = slope(x + 0.5 * h * one, middle)
        three = slope(x + 0.5 * h * two, middle)
        four = slope(x + h * three, stop)
        return x + h / 6.0 * (one + 2.0 * two + 2.0 * three + four), None

    return jax.lax.scan(step, state, (logs[:-1], logs[1:]))[0]


def advanced(slope: Callable[[Weights], Weights], weights: Weights, step: Array) -> Weights:
    """Weights after one step along their own slope."""

    def moved(slope: Weights, by: Array) -> Weights:
        return jax.tree.map(lambda w, s: w + by * s, weights, slope)

    one = slope(weights)
    two = slope(moved(one, step / 2))
    three = slope(moved(two, step / 2))
    four = slope(moved(three, step))
    mean = jax.tree.map(lambda a, b, c, d: (a + 2.0 * b + 2.0 * c + d) / 6.0, one, two, three, four)
    return moved(mean, step)
