"""Rival laws of a power, on a grid that finds its posterior: evidence without chains.

    power  A n^−α      offset  A n^−α + c      exponential  A e^{−n/l} + c
    correction  A n^−α (1 + B n^−ω), with an offset too      logarithm  A n^−α (1 + B log n)

Amplitudes are linear and integrated out in closed form, under normal priors whose widths are averaged over
`SCALES`: terms that are too small to be seen are never excluded, and so widen α as far as they could. What is left
(α; ω or none; a relative scatter m beyond the errors) is summed on a grid, α in a window of its own for every ω, which
closes in on the posterior: the evidence is exact up to the grid.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from lingen.boundary import checked
from lingen.claims.inference.marginals import marginal, triangle

__all__ = [
    "LAWS",
    "SCATTERS",
    "Grid",
    "SizeLaw",
    "SizedMeans",
    "coefficients",
    "columns",
    "draw",
    "posterior",
]

SCALES = (0.003, 0.03, 0.3, 3.0)
"""Prior standard deviations of B and c, as parts of the median measurement, of equal weight."""
LARGE = 10.0
"""Prior standard deviation of A, in units of the median measurement at the mean size."""
SCATTERS = np.concatenate([[0.0], 0.0005 * 2.0 ** np.arange(9)])
"""Relative scatters m beyond the errors; half-Cauchy weights of scale `MISFIT`."""
MISFIT = 0.003
EXPONENTS = (0.01, 4.0)
ORDERS = (0.05, 4.0)
"""Of ω, whose prior is log-normal around 1/2 within a factor of `SPREAD`."""
SPREAD = np.exp(0.8)
CELLS, ROWS = 96, 16
"""Of α, and of ω."""
ROUNDS, ZOOMS = 3, 5
CUT = 14.0
"""Nats below the highest point at which a window is cut off."""


class SizeLaw(NamedTuple):
    """A rival: which terms it has."""

    name: str
    offset: bool = False
    order: bool = False
    logarithm: bool = False
    exponential: bool = False
    prior: float = 1.0
    """Its weight before the data, up to a factor."""
    known: float | None = None
    """ω, where it is not to be inferred."""

    @property
    def free(self) -> bool:
        """Whether it has an ω that is inferred."""
        return self.order and self.known is None


LAWS = (
    SizeLaw("power"),
    SizeLaw("offset", offset=True),
    SizeLaw("correction", order=True),
    SizeLaw("correction and offset", offset=True, order=True, prior=0.25),
    SizeLaw("logarithm", logarithm=True),
    SizeLaw("exponential", offset=True, exponential=True),
)


class SizedMeans(NamedTuple):
    """Measurements in units of their median, and of their mean size."""

    size: Float[np.ndarray, "m"]
    mean: Float[np.ndarray, "m"]
    error: Float[np.ndarray, "m"]


class Grid(NamedTuple):
    """The posterior of one law."""

    law: SizeLaw
    order: Float[np.ndarray, "rows"]
    """ω; one row if the law has none."""
    window: Float[np.ndarray, "rows 2"]
    """Of α (of log l for the exponential) in each row."""
    log_weight: Float[np.ndarray, "rows cells scatters scales"]
    """Of each cell, prior times likelihood times its volume."""

    @property
    def evidence(self) -> float:
        """The logarithm of the marginal likelihood."""
        return float(logsumexp(self.log_weight))


@checked
def columns(law: SizeLaw, size: np.ndarray, exponent: np.ndarray, order: np.ndarray) -> list[np.ndarray]:
    """The terms that enter linearly, A's first and c's last; shapes broadcast."""
    if law.exponential:
        return [np.exp(-(size - size.min()) * np.exp(-exponent)), np.ones_like(size + exponent)]
    leading = size**-exponent
    found = [leading]
    if law.order:
        found.append(leading * size**-order)
    if law.logarithm:
        found.append(leading * np.log(size))
    return [*found, np.ones_like(leading)] if law.offset else found


def scales(law: SizeLaw) -> Float[np.ndarray, "scales terms"]:
    """The prior widths that are averaged over."""
    terms = len(columns(law, np.ones(1), np.ones(1), np.ones(1)))
    return np.array([(LARGE, *rest) for rest in product(SCALES, repeat=terms - 1)])


@checked
def posterior(law: SizeLaw, points: SizedMeans) -> Grid:
    """The grid closed in on the posterior of a law."""
    if not law.free:
        order = np.array([law.known or 1.0])
        return Grid(law, order, *_rows(law, points, order))
    low, high = np.log(ORDERS)
    for _ in range(ROUNDS):
        rows = low + (high - low) * (np.arange(ROWS) + 0.5) / ROWS
        window, log_weight = _rows(law, points, np.exp(rows))
        log_weight = log_weight + np.log((high - low) / ROWS)
        found = Grid(law, np.exp(rows), window, log_weight)
        low, high = _inside(logsumexp(log_weight, axis=(1, 2, 3)), np.array([[low, high]]))[0]
    return found


def _rows(law: SizeLaw, points: SizedMeans, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In each row, the window of α and the log weights of its cells."""
    span = EXPONENTS
    if law.exponential:
        span = (float(np.log(points.size.min() / 3)), float(np.log(3 * points.size.max())))
    window = np.tile(span, (order.size, 1)).astype(float)
    for zoom in range(ZOOMS):
        width = (window[:, 1] - window[:, 0]) / CELLS
        places = window[:, :1] + width[:, None] * (np.arange(CELLS) + 0.5)
        density = _density(law, points, places, order[:, None])
        if zoom < ZOOMS - 1:
            window = _inside(density.max(axis=(2, 3)), window)
    volume = np.log(width / (span[1] - span[0]))
    prior = -0.5 * (np.log(order / 0.5) / np.log(SPREAD)) ** 2 - np.log(np.log(SPREAD) * np.sqrt(2 * np.pi))
    return window, density + (volume + (prior if law.free else 0.0))[:, None, None, None]


def _inside(density: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Each row's window, without the cells at its ends that hold nothing; one more on either side."""
    density = np.atleast_2d(density)
    high = density >= density.max(axis=1, keepdims=True) - CUT
    count = density.shape[1]
    first = np.maximum(np.argmax(high, axis=1) - 1, 0)
    last = np.minimum(count + 1 - np.argmax(high[:, ::-1], axis=1), count)
    width = (window[:, 1] - window[:, 0]) / count
    return np.stack([window[:, 0] + first * width, window[:, 0] + last * width], axis=1)


def _density(law: SizeLaw, points: SizedMeans, exponent: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Log likelihood with the priors of m and of the widths, (rows, cells, scatters, scales)."""
    variance = points.error**2 + (SCATTERS[:, None] * points.mean) ** 2
    root = np.sqrt(variance)
    terms = columns(law, points.size, exponent[..., None], order[..., None])
    inner, seen, rest = triangle(points.mean / root, [c[..., None, :] / root for c in terms])
    constant = -0.5 * (rest + np.log(2 * np.pi * variance).sum(axis=-1))
    edges = np.concatenate([[0.0], (SCATTERS[1:] + SCATTERS[:-1]) / 2, [np.inf]])
    weight = np.diff(2 / np.pi * np.arctan(edges / MISFIT))
    each = [marginal(inner, seen, widths) for widths in scales(law)]
    return np.stack(each, axis=-1) + (constant + np.log(weight))[..., None] - np.log(len(each))


@checked
def draw(grid: Grid, rng: np.random.Generator, count: int) -> tuple[np.ndarray, ...]:
    """Samples of α, ω, m and of the prior widths, uniform within a cell."""
    weight = np.exp(grid.log_weight - grid.evidence).ravel()
    cells = rng.choice(weight.size, count, p=weight / weight.sum())
    row, cell, scatter, scale = np.unravel_index(cells, grid.log_weight.shape)
    part = (cell + rng.uniform(size=count)) / CELLS
    if not grid.law.free:
        low, high = grid.window[0]
        order = np.full(count, grid.order[0])
        return low + (high - low) * part, order, SCATTERS[scatter], scales(grid.law)[scale]
    rows = np.log(grid.order)
    place = rows[row] + (rows[1] - rows[0]) * (rng.uniform(size=count) - 0.5)
    low, high = (np.interp(place, rows, edge) for edge in grid.window.T)
    return low + (high - low) * part, np.exp(place), SCATTERS[scatter], scales(grid.law)[scale]


@checked
def coefficients(
    law: SizeLaw, points: SizedMeans, found: tuple[np.ndarray, ...], rng: np.random.Generator | None = None
) -> Float[np.ndarray, "samples terms"]:
    """The amplitudes of each sample: drawn, or their means where there is no generator."""
    exponent, order, scatter, widths = found
    noise = np.sqrt(points.error**2 + (scatter[:, None] * points.mean) ** 2)
    terms = np.stack(columns(law, points.size, exponent[:, None], order[:, None]), axis=-1)
    seen = terms / noise[..., None] * widths[:, None, :]
    inner = np.eye(widths.shape[1]) + np.einsum("smi,smj->sij", seen, seen)
    right = np.einsum("smi,sm->si", seen, points.mean / noise)
    root = np.linalg.cholesky(inner)
    whole = np.linalg.solve(inner, right[..., None])[..., 0]
    if rng is not None:
        scattered = rng.standard_normal(right.shape)
        whole = whole + np.linalg.solve(np.swapaxes(root, 1, 2), scattered[..., None])[..., 0]
    return whole * widths
