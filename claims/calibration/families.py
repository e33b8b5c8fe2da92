"""The catalogue: what is drawn, at which sizes, what is declared of it, and what the promise is.

A family of means has the limit one. It is checked with a true prediction, one that is just false (1.05 resolutions off) and one that
is clearly false (3 resolutions), on either side in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from lingen.claims.calibration import laws
from lingen.claims.calibration.laws import Law
from lingen.claims.claim import Claim

__all__ = ["BOUNDED", "INFINITE", "LIGHT_TAILED", "UNKNOWN", "Family"]

SIZES = (64, 128, 256)
LARGE = (1_000, 10_000, 100_000)
FAR = (10**5, 10**6, 10**7)
ONE = (64,)
LIGHT = {"concentration": "planted"}
PROVED = {**LIGHT, "order_source": "planted"}


class Family(NamedTuple):
    """Planted observables of one kind.

    Attributes:
        name: in words.
        group: `bounded`, `light`, `unknown`, `order`, `infinite` (no verdict is right) or `untrue` (nothing is promised).
        law: draws of mean one.
        term: the finite-size term of the mean at dimension d.
        dims: sizes.
        resolution: relative error to tell apart.
        declared: fields of `Claim`.
        components: how many numbers a draw has.
        correlation: of the components.
        widths: the standard deviation at dimension d is that of the law times this.
        truth: the limit.
    """

    name: str
    group: str
    law: Law
    term: Callable[[int], float] = lambda dim: 0.0
    dims: tuple[int, ...] = ONE
    resolution: float = 0.01
    declared: dict[str, Any] = {}  # noqa: RUF012
    components: int = 1
    correlation: float = 0.0
    widths: Callable[[int], float] = lambda dim: 1.0
    truth: float = 1.0

    def draw(self, rng: np.random.Generator, count: int, dim: int) -> np.ndarray:
        """Draws at one dimension, shape (count,) or (count, components)."""
        if self.components == 1:
            values = self.law(rng, count)
        else:
            own = self.law(rng, count * self.components).reshape(count, self.components)
            shared = self.law(rng, count)[:, None]
            part = np.sqrt(self.correlation)
            values = 1.0 + part * (shared - 1.0) + np.sqrt(1.0 - self.correlation) * (own - 1.0)
        return 1.0 + self.widths(dim) * (values - 1.0) + self.term(dim)

    def claim(self, name: str, off: float) -> Claim:
        """A claim on what is planted, off by so much of the prediction, which is the scale."""
        shape = () if self.components == 1 else (self.components,)
        predicted = np.full(shape, self.truth / (1.0 + off))
        return Claim(
            name,
            predict=lambda: predicted,
            sampler=lambda dim: partial(self.draw, dim=dim),
            points=({},),
            dims=self.dims,
            rivals={"three times": lambda: 3.0 * predicted},
            **self.declared,
        )


def _unknown() -> list[Family]:
    smooth: list[tuple[str, Law, float]] = [
        ("normal, sd 0.1", laws.normal(0.1), 0.01),
        ("normal, sd 1", laws.normal(1.0), 0.05),
        ("uniform", laws.scaled(lambda r, n: r.uniform(size=n), 0.5, 12**-0.5, 0.2), 0.01),
        ("Laplace", laws.scaled(lambda r, n: r.laplace(size=n), 0.0, 2**0.5, 0.2), 0.01),
        ("exponential", lambda r, n: r.exponential(size=n), 0.05),
        ("χ²₁", lambda r, n: r.normal(size=n) ** 2, 0.05),
        ("gamma 1/4", lambda r, n: 4.0 * r.gamma(0.25, size=n), 0.05),
        ("Weibull 1/2", lambda r, n: r.exponential(size=n) ** 2 / 2.0, 0.05),
        ("lognormal, sd = mean", laws.lognormal(np.log(2.0) ** 0.5), 0.05),
        ("lognormal, σ = 1, sd 0.1", laws.lognormal(1.0, 0.1), 0.01),
        ("lognormal, σ = 2", laws.lognormal(2.0), 0.05),
        ("lognormal, σ = 3", laws.lognormal(3.0), 0.05),
        ("minus lognormal, σ = 2, sd 0.1", laws.lognormal(2.0, -0.1), 0.05),
        ("Pareto 3, sd = mean", laws.pareto(3.0, 1.0), 0.05),
        ("Pareto 3, sd 0.1", laws.pareto(3.0, 0.1), 0.01),
        ("minus Pareto 3, sd 0.1", laws.pareto(3.0, -0.1), 0.01),
        ("Pareto 5, sd 0.2", laws.pareto(5.0, 0.2), 0.01),
        ("Student 3", laws.student(3.0, 0.1), 0.01),
        ("Student 5", laws.student(5.0, 0.1), 0.01),
        ("arcsine", laws.scaled(lambda r, n: r.beta(0.5, 0.5, n), 0.5, 8**-0.5, 0.2), 0.01),
        ("Poisson 1", lambda r, n: r.poisson(1.0, n).astype(float), 0.05),
        ("Poisson 0.1", lambda r, n: r.poisson(0.1, n) / 0.1, 0.05),
        ("geometric", lambda r, n: 0.2 * r.geometric(0.2, n), 0.05),
        ("coin, 0.5", laws.two_values(0.5, 0.0, 2.0), 0.05),
        ("coin, 0.1", laws.two_values(0.1, 0.0, 10.0), 0.05),
        ("coin, 0.05", laws.two_values(0.05, 0.0, 20.0), 0.05),
        ("coin, 0.01", laws.two_values(0.01, 0.0, 100.0), 0.05),
        ("coin, 0.98", laws.two_values(0.98, 0.0, 1 / 0.98), 0.01),
        ("two values, 0.9 and 0.1 of the time", laws.two_values(0.1, 0.9, 1.9), 0.05),
        ("two humps", laws.mixture((0.5, 0.5), (0.5, 1.5), 0.05), 0.05),
        ("a hump of 5 %", laws.mixture((0.95, 0.05), (1.0, 3.0), 0.05), 0.01),
        ("a hump of 1 %", laws.mixture((0.99, 0.01), (1.0, 4.0), 0.02), 0.01),
    ]  # fmt: skip
    rare = [
        (f"{words}, chance {p:g}", laws.jump(p, noise), 0.01)
        for words, noise in (("a jump", 0.0), ("a jump and noise", 1e-3))
        for p in (0.1, 0.03, 0.01, 0.001)
    ]
    many = [
        Family("normal, three sizes", "unknown", laws.normal(0.1), dims=LARGE),
        Family("exponential, three sizes", "unknown", lambda r, n: r.exponential(size=n), dims=LARGE, resolution=0.1),
        Family("two values, three sizes", "unknown", laws.two_values(0.1, 0.9, 1.9), dims=LARGE, resolution=0.1),
        Family("100 correlated components", "unknown", laws.normal(0.05), components=100, correlation=0.9),
        Family("100 skewed components", "unknown", laws.scaled(lambda r, n: r.exponential(size=n), 1.0, 1.0, 0.1),
               components=100, resolution=0.02),
    ]  # fmt: skip
    return [Family(name, "unknown", law, resolution=res) for name, law, res in (*smooth, *rare)] + many


def _infinite() -> list[Family]:
    return [
        Family("Cauchy", "infinite", laws.student(1.0, 0.1)),
        Family("Student 1.5", "infinite", laws.student(1.5, 0.05)),
        Family("Student 2", "infinite", laws.student(2.0, 0.02)),
        Family("Pareto 1.2", "infinite", laws.pareto(1.2), resolution=0.05),
        Family("Pareto 1.5", "infinite", laws.pareto(1.5), resolution=0.05),
        Family("Pareto 1.9", "infinite", laws.pareto(1.9), resolution=0.05),
        Family("lognormal, σ = 4", "infinite", laws.lognormal(4.0), resolution=0.05),
    ]


def _bounded() -> list[Family]:
    def within(low: float, high: float) -> dict[str, Any]:
        return {"bounds": (low, high)}

    coins = [
        Family(f"coin, {p:g}, bounded", "bounded", laws.two_values(p, 0.0, 1 / p), resolution=0.05, declared=within(0, 1 / p))
        for p in (0.5, 0.1, 0.05, 0.01, 0.95, 0.98, 0.999)
    ]  # fmt: skip
    jumps = [
        Family(
            f"a jump, chance {p:g}, bounded",
            "bounded",
            laws.jump(p, 0.0),
            declared=within(0.5, 1.1 + 0.03 / p),
        )
        for p in (0.1, 0.01, 0.001)
    ]
    return [
        *coins,
        *jumps,
        Family("uniform, bounded", "bounded", lambda r, n: 2 * r.uniform(size=n), resolution=0.05, declared=within(0, 2)),
        Family("beta 0.1, bounded", "bounded", lambda r, n: 2 * r.beta(0.1, 0.1, n), resolution=0.05, declared=within(0, 2)),
        Family("beta 50, bounded", "bounded", lambda r, n: 2 * r.beta(50, 50, n), declared=within(0, 2)),
        Family("near the edge, bounded", "bounded", lambda r, n: 51 / 0.5 * r.beta(0.5, 50.5, n), resolution=0.05,
               declared=within(0, 102)),
        Family("1/d, bounded and proved", "bounded", lambda r, n: 0.9 + 0.2 * r.uniform(size=n), lambda d: 1 / d, SIZES,
               declared={**within(0.5, 1.5), "order_source": "planted"}),
        Family("ten components, bounded", "bounded", lambda r, n: 2 * r.beta(5, 5, n), components=10, resolution=0.05,
               declared=within(-3, 5)),
    ]  # fmt: skip


def _light() -> list[Family]:
    def mean_of(parts: int) -> Law:
        return lambda rng, count: rng.gamma(parts, 1.0 / parts, count)

    return [
        Family("normal, light", "light", laws.normal(0.1), declared=LIGHT),
        Family("normal, 1/d proved", "light", laws.normal(0.1), lambda d: 1 / d, SIZES, declared=PROVED),
        Family("normal, ten sizes", "light", laws.normal(0.1), lambda d: 1 / d, tuple(range(64, 264, 20)), declared=PROVED),
        Family("normal, thirty sizes", "light", laws.normal(0.1), lambda d: 1 / d, tuple(range(64, 664, 20)), declared=PROVED),
        Family("mean of 20 exponentials", "light", mean_of(20), declared=LIGHT, resolution=0.05),
        Family("mean of 100 exponentials, 1/d proved", "light", mean_of(100), lambda d: 1 / d, SIZES, 0.02, PROVED),
        Family("1,000 components", "light", laws.normal(0.02), components=1000, correlation=0.5, declared=LIGHT),
        Family("variance that falls with d", "light", laws.normal(0.1), lambda d: 1 / d, SIZES, declared=PROVED,
               widths=lambda d: 16 / d),
        Family("variance that grows with d", "light", laws.normal(0.02), lambda d: 1 / d, SIZES, declared=PROVED,
               widths=lambda d: d / 64),
        Family("1/d + 1/d² proved", "light", laws.normal(0.1), lambda d: 1 / d + 10 / d**2, (*SIZES, 512),
               declared={**PROVED, "order": (1, 2)}),
    ]  # fmt: skip


BOUNDED, LIGHT_TAILED, UNKNOWN, INFINITE = (tuple(some()) for some in (_bounded, _light, _unknown, _infinite))
