"""Planted laws whose exponent, or whose critical point, is known: what `lingen infer` is tried on.

Power laws with and without what its rivals allow, and laws that are none of them; scaling laws of several functions F,
exact and with corrections. Where no number is right the family has no truth: to be told sound is to be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from lingen.claims.inference import critical_points, scaling

__all__ = ["CRITICAL", "POWER", "PRIOR", "CriticalFamily", "PlantedPrior", "PowerFamily"]

Values = Float[np.ndarray, "m"]
TWO_DECADES = tuple(np.geomspace(10, 1000, 9).tolist())
ONE_DECADE = tuple(np.geomspace(20, 200, 7).tolist())


class PowerFamily(NamedTuple):
    """y(n), of which an exponent is asked for."""

    name: str
    mean: Callable[[Values], Values]
    truth: Mapping[str, float]
    """By quantity; empty where no exponent is right."""
    sizes: tuple[float, ...] = TWO_DECADES
    error: float = 0.003
    """Relative."""
    offset: bool = True
    """Whether c is asked for."""
    underrated: float = 1.0
    """The true error over the one that is told."""

    def draw(self, rng: np.random.Generator) -> tuple[Values, Values, Values]:
        """Sizes, means and errors."""
        n = np.array(self.sizes)
        y = self.mean(n)
        told = self.error * np.abs(y)
        return n, y + self.underrated * told * rng.standard_normal(n.size), told


def _power(
    name: str, mean: Callable[[Values], Values], exponent: float | None, c: float = 0.0, **more
) -> PowerFamily:
    truth = {} if exponent is None else {"exponent": exponent, "offset": c}
    return PowerFamily(name, mean, truth, **more)


POWER: tuple[PowerFamily, ...] = (
    _power("power 1/2", lambda n: n**-0.5, 0.5),
    _power("power 3/2, one decade", lambda n: 4 * n**-1.5, 1.5, sizes=ONE_DECADE),
    _power("power 1, errors 0.03 %", lambda n: 1 / n, 1.0, error=3e-4),
    _power("power 0.7, errors 2 %", lambda n: n**-0.7, 0.7, error=0.02),
    _power("offset 1/4", lambda n: 0.25 + 3 * n**-0.7, 0.7, 0.25),
    _power("offset −1, one decade", lambda n: -1 + 20 * n**-1.5, 1.5, -1.0, sizes=ONE_DECADE),
    _power("offset left out", lambda n: 0.25 + 3 * n**-0.7, 0.7, 0.25, offset=False),
    _power("small offset left out", lambda n: 0.01 + n**-0.5, 0.5, 0.01, offset=False),
    _power("log n/n", lambda n: np.log(n) / n, 1.0),
    _power("log n/n, offset left out", lambda n: np.log(n) / n, 1.0, offset=False),
    _power("√(log n/n), one decade", lambda n: np.sqrt(np.log(n) / n), 0.5, sizes=ONE_DECADE),
    _power("two powers, 1/2 and 1", lambda n: n**-0.5 + 2 / n, 0.5),
    _power("two powers, 1 and 3/2", lambda n: 1 / n - 2 * n**-1.5, 1.0, error=0.001),
    _power("two powers, 1/2 and 0.8", lambda n: n**-0.5 + n**-0.8, 0.5, offset=False),
    _power("correction n^−0.3", lambda n: n**-0.6 * (1 + n**-0.3), 0.6),
    _power("crossover, 0 to 1", lambda n: 1 / (1 + n / 30), 1.0, offset=False),
    _power("exponential", lambda n: np.exp(-n / 150), None),
    _power("exponential and offset", lambda n: 0.3 + np.exp(-n / 100), None),
    _power("stretched exponential", lambda n: np.exp(-np.sqrt(n / 10)), None),
    _power("oscillation of 2 %", lambda n: n**-0.5 * (1 + 0.02 * np.cos(3 * np.log(n))), 0.5),
    _power("oscillation of 10 %", lambda n: n**-0.5 * (1 + 0.1 * np.cos(2 * np.log(n))), 0.5, offset=False),
    _power("errors told too small by two", lambda n: 0.25 + 3 * n**-0.7, 0.7, 0.25, underrated=2.0),
    _power("broken at n = 100", lambda n: n**-0.5 / np.maximum(1, n / 100) ** 0.5, None),
)


class CriticalFamily(NamedTuple):
    """y(g, d), of which γ_c, ν and β are asked for."""

    name: str
    function: Callable[[Values], Values]
    nu: float
    beta: float
    critical: float = 1.0
    sizes: tuple[float, ...] = (1e3, 1e4, 1e5)
    controls: tuple[float, float, int] = (0.8, 1.25, 13)
    error: float = 0.005
    factor: Callable[[Values, Values], Values] = lambda t, d: np.ones_like(t)
    """What multiplies y: corrections to scaling, and the analytic amplitude."""
    moved: Callable[[Values], Values] = np.zeros_like
    """How far the pseudo-critical point of a size lies from the critical one."""

    @property
    def truth(self) -> Mapping[str, float]:
        """The numbers asked for."""
        return {"critical_point": self.critical, "nu": self.nu, "beta": self.beta}

    def draw(self, rng: np.random.Generator) -> tuple[Values, Values, Values, Values]:
        """Controls, sizes, means and errors."""
        low, high, count = self.controls
        g, d = (a.ravel() for a in np.meshgrid(np.linspace(low, high, count), self.sizes))
        t = g - self.critical - self.moved(d)
        y = d**-self.beta * self.function(d**self.nu * t * (1 + 0.3 * t)) * (1 + 0.2 * t) * self.factor(t, d)
        error = self.error * y
        return g, d, y + error * rng.standard_normal(g.size), error


def root(ratio: float) -> Callable[[Values], Values]:
    """(√(x²/4 + 1) + x/2)^ratio: log F is straight in asinh(x/2)."""
    return lambda x: (np.sqrt(x**2 / 4 + 1) + x / 2) ** ratio


def shoulder(x: Values) -> Values:
    """x/2 above the point with a dip of 8 %, a square below it, about as recovery."""
    h = x / 4 + np.sqrt(x**2 / 16 + 1.2)
    return h**2 / (h + 0.75) * (1 - 0.08 * np.exp(-(((x - 5.5) / 2.5) ** 2)))


def corner(x: Values) -> Values:
    """Bends within 0.4 at x = 2; a power 5/8 above."""
    return ((x - 2) / 2 + np.sqrt((x - 2) ** 2 / 4 + 0.05)) ** 0.625


def soft(ratio: float) -> Callable[[Values], Values]:
    """log(1 + e^x)^ratio with a floor: a power above, level below."""
    return lambda x: (np.logaddexp(0, x) + 0.1) ** ratio


def step(x: Values) -> Values:
    """From one level to another, as a cumulant: β = 0."""
    return 0.45 + 0.2 * ndtr(0.5 * x)


def steep(x: Values) -> Values:
    """x^{1/2} above; 1/x² below."""
    h = x / 2 + np.sqrt(x**2 / 4 + 1)
    return h**2.5 / (1 + h**2)


FOUR = (1e3, 1e4, 1e5, 1e6)
CRITICAL: tuple[CriticalFamily, ...] = (
    CriticalFamily("straight F", root(0.5), 0.5, 0.25, 0.95),
    CriticalFamily("shoulder", shoulder, 1 / 3, 1 / 3),
    CriticalFamily("shoulder, four sizes", shoulder, 1 / 3, 1 / 3, sizes=FOUR),
    CriticalFamily("shoulder, errors 0.1 %", shoulder, 1 / 3, 1 / 3, error=0.001),
    CriticalFamily("corner", corner, 0.4, 0.25, 1.05),
    CriticalFamily("soft", soft(0.5), 0.4, 0.2),
    CriticalFamily("steep", steep, 0.4, 0.2, 0.97),
    CriticalFamily("step, β = 0", step, 0.4, 0.0),
    CriticalFamily("steep, one decade", steep, 0.4, 0.2, sizes=(1e5, 3e5, 1e6)),
    CriticalFamily("steep, errors 2 %", steep, 0.4, 0.2, error=0.02),
    CriticalFamily("correction d^−0.3", steep, 0.4, 0.2, sizes=FOUR, factor=lambda t, d: 1 + d**-0.3),
    CriticalFamily("correction −2 d^−0.3", shoulder, 1 / 3, 1 / 3, factor=lambda t, d: 1 - 2 * d**-0.3),
    CriticalFamily("correction d^−0.15", steep, 0.4, 0.2, sizes=FOUR, factor=lambda t, d: 1 + d**-0.15),
    CriticalFamily("correction d^−0.5, small", corner, 0.4, 0.25, factor=lambda t, d: 1 + 0.5 * d**-0.5),
    CriticalFamily("logarithm", steep, 0.4, 0.2, sizes=FOUR, factor=lambda t, d: np.log(d) ** 0.25),
    CriticalFamily("logarithm, root", shoulder, 1 / 3, 1 / 3, factor=lambda t, d: np.log(d) ** 0.5),
    CriticalFamily("point 1 + d^−1/2", steep, 0.4, 0.2, sizes=FOUR, moved=lambda d: d**-0.5),
    CriticalFamily("point 1 − d^−1/2", shoulder, 1 / 3, 1 / 3, moved=lambda d: -(d**-0.5)),
    CriticalFamily(
        "point and correction", corner, 0.4, 0.25, factor=lambda t, d: 1 + d**-0.3, moved=lambda d: d**-0.5
    ),
    CriticalFamily(
        "correction below only", steep, 0.4, 0.2, factor=lambda t, d: 1 + np.log(d) / d**0.5 * (t < 0)
    ),
)


class PlantedPrior(NamedTuple):
    """Scaling laws drawn from the prior itself: the truth ranks evenly among samples, whatever F comes out."""

    name: str = "drawn from the prior"
    error: float = 0.005

    def draw(self, rng: np.random.Generator) -> tuple[CriticalFamily, tuple[Values, Values, Values, Values]]:
        """A truth inside the range of what is looked for, and its data."""
        g, d = (a.ravel() for a in np.meshgrid(np.linspace(0.8, 1.25, 13), (1e3, 1e4, 1e5)))
        place, nu, beta = rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.8), rng.uniform(0.0, 0.5)
        site = {
            "place": place,
            "nu": nu,
            "beta": beta,
            "field": rng.normal(0.0, critical_points.ANALYTIC, 2),
            "width": 0.2 * np.exp(rng.standard_normal()),
            "centre": critical_points.CENTRE * rng.standard_normal(),
            "roughness": np.exp(scaling.ROUGHNESS * rng.standard_normal()),
            "misfit": scaling.MISFIT * abs(rng.standard_normal()),
        }
        ones = np.ones(g.size)
        found = scaling.law(scaling.curves(g, d, ones, self.error * ones), site, critical_points.ANALYTIC)
        columns = np.asarray(found.columns)
        noise = np.sqrt(np.asarray(found.noise)) * rng.standard_normal(g.size)
        y = np.exp(np.asarray(found.mean) + columns @ rng.standard_normal(columns.shape[1]) + noise)
        planted = CriticalFamily(self.name, np.exp, nu, beta, 0.8 + 0.45 * place)
        return planted, (g, d, y, self.error * y)


PRIOR = PlantedPrior()
