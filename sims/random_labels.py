"""Least squares on random signs as labels, measured: n points of any law with independent labels."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, positive, room, single
from lingen.models import population
from lingen.models.systems import LeastSquares
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(samples: int, dim: int, *, entries: str = "gaussian", variance: ArrayLike = 1.0) -> Partial:
    """A draw of `LeastSquares`; the error on fresh points, of covariance I, is exact given the fit.

    Args:
        samples: n >= 1; for n < d the fit of least norm.
        dim: d >= 1.
        entries: the law of x, one of `lingen.sims.dense.wishart.ENTRIES`.
        variance: Var y > 0.

    Raises:
        ValueError: for a number out of range, or unknown `entries`.
    """
    dim, samples = integer("dim", dim, low=1), integer("samples", samples, low=1)
    room("dim", dim, 3.0 * dim**2)
    room("samples", samples, 3.0 * float(samples) * dim)
    source = wishart.source(population.isotropic(), dim, samples / dim, entries)
    source = DataSource(source.spectrum, source.samples, samples, entries)
    return Partial(_draw, source, jnp.sqrt(positive("variance", single("variance", variance))))


draw = draw_of(sampler, LeastSquares)


def _draw(source: DataSource, deviation: Float[Array, ""], key: Key[Array, ""]) -> LeastSquares:
    points, labels = jr.split(key)
    x = source.data(points)
    y = deviation * jr.rademacher(labels, x.shape[:1], dtype=float)
    if x.shape[0] < x.shape[1]:
        fitted = x.T @ jnp.linalg.solve(x @ x.T, y)
    else:
        fitted = jnp.linalg.solve(x.T @ x, x.T @ y)
    return LeastSquares(jnp.mean((y - x @ fitted) ** 2), deviation**2 + jnp.sum(fitted**2))
