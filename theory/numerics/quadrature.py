"""Nodes and weights of the quadrature rules, ∫f ≈ Σ weight f(node), computed once for each count."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float, Num

from lingen.boundary import checked
from lingen.checks import integer

__all__ = ["ROUND_OFF", "between", "closed", "half_line", "hermite", "laguerre", "legendre", "logarithmic"]

ROUND_OFF = 37.0
"""−log of machine precision, rounded up: what is smaller by so much in the logarithm is lost in a sum."""


@checked
def legendre(count: int) -> tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m"]]:
    """Gauss–Legendre: ∫_{−1}^1 f dx."""
    return _gauss("legendre", integer("count", count, low=1))


@checked
def between(low: Num[ArrayLike, "..."], high: Num[ArrayLike, "..."], count: int) -> tuple[Any, Any]:
    """Gauss–Legendre on the straight line from `low` to `high`, real or complex, of shapes () or (..., 1).

    NumPy arrays between known numbers, JAX arrays otherwise.
    """
    node, weight = legendre(count)
    half: Any = (high - low) / 2.0  # type: ignore[operator]
    return low + half * (1.0 + node), half * weight


@checked
def hermite(count: int) -> tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m"]]:
    """Gauss–Hermite: E f(g), g ~ N(0, 1)."""
    return _gauss("hermite", integer("count", count, low=1))


@checked
def laguerre(count: int) -> tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m"]]:
    """Gauss–Laguerre: ∫_0^∞ e^{−x} f dx."""
    return _gauss("laguerre", integer("count", count, low=1))


@lru_cache
def half_line() -> tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m"]]:
    """∫_0^∞ f ds by s = exp((π/2) sinh x), for any decay (Takahasi & Mori 1974)."""
    step = 1.0 / 16.0
    x = np.arange(-72, 73) * step
    point = np.exp(np.pi / 2 * np.sinh(x))
    return _fixed((point, step * np.pi / 2 * np.cosh(x) * point))


@checked
def logarithmic(low: ArrayLike, high: ArrayLike, count: int) -> tuple[Float[Array, "m"], Float[Array, ""]]:
    """Points e^u of a trapezoid rule in u from `low` to `high`, and its step: ∫f ds = Σ f(s) s step.

    For f analytic in |Im u| < a the rule of step h errs by e^{−2πa/h}.
    """
    first = jnp.asarray(low)
    step = (jnp.asarray(high) - first) / (count - 1)
    return jnp.exp(first + step * jnp.arange(count)), step


@checked
def closed(values: Float[Array, "m"], step: Float[Array, ""]) -> Float[Array, "m"]:
    """Terms that fall like e^{−u/2} beyond the last node, the geometric sum of the rest added to that one."""
    return values.at[-1].divide(-jnp.expm1(-0.5 * step))


@lru_cache
def _gauss(weight: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    if weight == "legendre":
        return _fixed(np.polynomial.legendre.leggauss(count))
    if weight == "laguerre":
        return _fixed(np.polynomial.laguerre.laggauss(count))
    node, share = np.polynomial.hermite_e.hermegauss(count)
    return _fixed((node, share / share.sum()))


def _fixed(rule: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A rule that nobody changes: all callers share it."""
    for array in rule:
        array.flags.writeable = False
    return rule
