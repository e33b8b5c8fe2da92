"""Square roots of sample covariances as matrices, and the overlap of two of them in several gauges."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.models.filters import Filter, gaussian
from lingen.models.observables import Gauge
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource, Spectral

__all__ = ["gauges", "root"]


@checked
def root(model: Spectral, filter: Filter) -> tuple[Float[Array, "d d"], Float[Array, ""]]:
    """g(S), and tr g(S)²."""
    g = wishart.gains(model, filter)
    return (model.vectors * g) @ model.vectors.T, jnp.sum(g**2)


@checked
def gauges(source: DataSource, key: Key[Array, ""]) -> Gauge:
    """One pair of models: the symmetric root, Cholesky's, and the symmetric one turned at random."""
    one, two, turn = jr.split(key, 3)
    x, y = source.data(one), source.data(two)
    s, t = x.T @ x, y.T @ y
    scale = jnp.sqrt(jnp.trace(s) * jnp.trace(t))
    first, second = (root(wishart.decompose(a), gaussian())[0] for a in (s, t))
    shared = (
        jnp.sum(first * second),
        jnp.vdot(jnp.linalg.cholesky(s), jnp.linalg.cholesky(t)),
        jnp.sum(first * (second @ _rotation(turn, s.shape[0]))),
    )
    return Gauge(*(value / scale for value in shared))


def _rotation(key: Key[Array, ""], dim: int) -> Float[Array, "d d"]:
    """A Haar orthogonal matrix; the signs undo the convention of the QR factorisation, which is not Haar."""
    q, r = jnp.linalg.qr(jr.normal(key, (dim, dim)))
    return q * jnp.sign(jnp.diagonal(r))
