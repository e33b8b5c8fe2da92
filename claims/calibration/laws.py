"""Laws of planted observables with mean one, drawn by NumPy: smooth, skewed, heavy, discrete, rare.

Each maker gives `draw(rng, count)`; the exact mean has been divided out, so that what is measured is the verdict.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lingen.boundary import checked
from lingen.checks import bounded, finite, nonnegative, positive

__all__ = ["Law", "jump", "lognormal", "mixture", "normal", "pareto", "scaled", "student", "two_values"]

LEAST = 1e-12
"""Smaller chances and scales are none."""
Law = Callable[[np.random.Generator, int], np.ndarray]
"""Draws of a law: a generator and a number give an array of that length."""


@checked
def scaled(law: Law, mean: float, deviation: float, spread: float) -> Law:
    """The law moved to mean one and stretched to a standard deviation of `spread`."""
    positive("deviation", deviation)
    return lambda rng, count: 1.0 + spread * (law(rng, count) - mean) / deviation


@checked
def normal(spread: float) -> Law:
    """N(1, spread²)."""
    nonnegative("spread", spread)
    return lambda rng, count: rng.normal(1.0, spread, count)


@checked
def lognormal(sigma: float, spread: float | None = None) -> Law:
    """e^{σz} over its mean; of a given standard deviation if `spread` is, mirrored where that is negative."""
    bounded("sigma", sigma, 0.0 if spread is None else LEAST, 10.0)
    mean = np.exp(sigma**2 / 2)
    deviation = mean * np.sqrt(np.expm1(sigma**2))

    def draw(rng: np.random.Generator, count: int) -> np.ndarray:
        return np.exp(sigma * rng.normal(size=count))

    return (lambda rng, n: draw(rng, n) / mean) if spread is None else scaled(draw, mean, deviation, spread)


@checked
def pareto(index: float, spread: float | None = None) -> Law:
    """P(X > x) = x^{−index} from one on, over its mean, or of a given standard deviation."""
    finite("index", index)
    least = 1.0 if spread is None else 2.0
    if index <= least:
        raise ValueError(f"index must be above {least:g} for what is asked to be finite, got {index:g}")
    mean = index / (index - 1)

    def draw(rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.uniform(size=count) ** (-1 / index)

    if spread is None:
        return lambda rng, count: draw(rng, count) / mean
    return scaled(draw, mean, np.sqrt(index / (index - 2)) / (index - 1), spread)


@checked
def student(freedom: float, spread: float) -> Law:
    """Student's t around one, multiplied by `spread`."""
    positive("freedom", freedom)
    return lambda rng, count: 1.0 + spread * rng.standard_t(freedom, count)


@checked
def two_values(chance: float, low: float, high: float) -> Law:
    """`high` with this chance, else `low`; as they are."""
    bounded("chance", chance, 0.0, 1.0)
    return lambda rng, count: np.where(rng.uniform(size=count) < chance, high, low)


@checked
def jump(chance: float, noise: float, shift: float = 0.03) -> Law:
    """One plus noise, and with a small chance a jump that moves the mean by `shift`; over its mean."""
    bounded("chance", chance, LEAST, 1.0)
    draw = two_values(chance, 1.0, 1.0 + shift / chance)
    return lambda rng, count: (draw(rng, count) + noise * rng.normal(size=count)) / (1.0 + shift)


@checked
def mixture(shares: tuple[float, ...], means: tuple[float, ...], noise: float) -> Law:
    """A mixture of normals, over its mean; as many shares, which sum to one, as means."""
    if len(shares) != len(means):
        raise ValueError(f"means must be as many as the {len(shares)} shares, got {len(means)}")
    if abs(float(nonnegative("shares", shares).sum()) - 1.0) > 1e-9:
        raise ValueError(f"shares must sum to 1, got {sum(shares):g}")
    whole = float(np.dot(shares, means))
    nonnegative("noise", noise)
    if whole == 0.0:
        raise ValueError(f"means must not be 0 on the whole, got {means}")
    places = np.asarray(means)

    def draw(rng: np.random.Generator, count: int) -> np.ndarray:
        classes = rng.choice(len(shares), size=count, p=shares)
        return (places[classes] + noise * rng.normal(size=count)) / whole

    return draw
