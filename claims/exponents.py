"""Exponents of power laws, with an offset, corrections or logarithms, from means at several sizes.

    y(n) = c + A n^{−α} (1 + B n^{−ω}),    or, for a largest of n,    y(n) = A n^{−α} (L − ½ log L)^{1/2},

with L = log n + k.

A and B enter linearly and are integrated out in closed form; NUTS samples α, c (or k), ω and a relative scatter beyond
the errors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import numpyro
from jax import Array
from jaxtyping import ArrayLike, Float, Key
from numpyro import distributions as dist

from lingen.boundary import checked
from lingen.checks import positive, vector
from lingen.claims.inference import Posterior, nuts

__all__ = ["Means", "extreme_law", "means", "power_law"]

LARGE = 10.0
"""Prior standard deviation of A and AB, in units of the largest measurement at the mean size."""
MISFIT = 0.003
"""Scale of the half-normal prior of the relative scatter beyond the errors."""


class Means(NamedTuple):
    """Measurements at several sizes: flat arrays of one length."""

    size: Float[Array, "m"]
    mean: Float[Array, "m"]
    error: Float[Array, "m"]


@checked
def means(size: ArrayLike, mean: ArrayLike, error: ArrayLike) -> Means:
    """Measurements as a fit takes them: sizes n, means and their standard errors.

    Raises:
        ValueError: if they differ in length, sizes or errors are not positive, or there are fewer than five sizes.
    """
    n, y = vector("size", positive("size", size)), vector("mean", mean)
    e = vector("error", positive("error", error))
    if not n.size == y.size == e.size:
        raise ValueError(f"size, mean and error must have one length, got {(n.size, y.size, e.size)}")
    if np.unique(np.asarray(n)).size < 5:
        raise ValueError(f"size must take at least 5 values, got {np.unique(np.asarray(n)).size}")
    return Means(n, y, e)


@checked
def power_law(
    data: Means, key: Key[Array, ""], *, offset: bool = False, correction: bool = True, **steps: Any
) -> Posterior:
    """The posterior of c + A n^{−α} (1 + B n^{−ω}).

    Sites: `exponent` (α, uniform on [0.01, 4]), `offset` (c, within ten times the data, if asked for),
    `correction_exponent` (ω, log-normal around 1/2, if asked for), `misfit`.

    Args:
        data: the measurements, from `means`.
        key: typed key.
        offset: whether there is a c.
        correction: whether there is a B.
        steps: of `lingen.claims.inference.nuts`.
    """
    start = {"exponent": [0.3, 0.7, 1.0, 1.5]}
    if offset:
        start["level"] = [float(data.mean[jnp.argmax(data.size)] / jnp.max(jnp.abs(data.mean)))] * 4
    if correction:
        start["correction_exponent"] = [0.5] * 4
    model = _POWER_LAWS[offset, correction]
    return nuts(model, key, (data,), start | {"misfit": [MISFIT] * 4}, **steps)


@checked
def extreme_law(data: Means, key: Key[Array, ""], **steps: Any) -> Posterior:
    """The posterior of A n^{−α} (L − ½ log L)^{1/2}, L = log n + k.

    α = 1/2 for the largest of n Gaussians over their norm: the largest alone is (2 log n − log log n + const)^{1/2} to leading orders.

    Sites: `exponent` (α, uniform on [0.01, 4]), `shift` (k + log of the least size, log-normal around 1), `misfit`.
    """
    start = {"exponent": [0.3, 0.5, 1.0], "shift": [1.0] * 3, "misfit": [MISFIT] * 3}
    return nuts(_extreme, key, (data,), start, **steps)


def _exponent(data: Means) -> tuple[Array, Array]:
    return jnp.exp(jnp.mean(jnp.log(data.size))), numpyro.sample("exponent", dist.Uniform(0.01, 4.0))


def _observe(data: Means, mean: Array, columns: Array) -> None:
    misfit = numpyro.sample("misfit", dist.HalfNormal(MISFIT))
    unit = jnp.max(jnp.abs(data.mean))
    noise = (data.error / unit) ** 2 + (misfit * data.mean / unit) ** 2
    numpyro.sample("y", dist.LowRankMultivariateNormal(mean, LARGE * columns, noise), obs=data.mean / unit)


def _power(data: Means, offset: bool, correction: bool) -> None:
    unit, exponent = _exponent(data)
    columns = [(data.size / unit) ** -exponent]
    if correction:
        omega = numpyro.sample("correction_exponent", dist.LogNormal(jnp.log(0.5), 0.5))
        columns.append(columns[0] * (data.size / unit) ** -omega)
    level = numpyro.sample("level", dist.Normal(0.0, 10.0)) if offset else 0.0
    if offset:
        numpyro.deterministic("offset", level * jnp.max(jnp.abs(data.mean)))
    _observe(data, level * jnp.ones_like(data.mean), jnp.stack(columns, axis=1))


def _extreme(data: Means) -> None:
    unit, exponent = _exponent(data)
    shift = numpyro.sample("shift", dist.LogNormal(0.0, 1.0))
    scale = jnp.log(data.size / jnp.min(data.size)) + shift
    root = jnp.sqrt(scale - 0.5 * jnp.log(scale))
    _observe(data, jnp.zeros_like(data.mean), ((data.size / unit) ** -exponent * root)[:, None])


def _named(offset: bool, correction: bool) -> Any:
    def model(data: Means) -> None:
        _power(data, offset, correction)

    return model


_POWER_LAWS = {(c, b): _named(c, b) for c in (False, True) for b in (False, True)}
