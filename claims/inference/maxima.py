"""The exponent of a largest of n.

    y(n) = A n^{−α} (L − ½ log L)^{1/2},   L = log n + k.

A is integrated out in closed form; NUTS samples α, k and a relative scatter beyond the errors.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Key

from lingen import lazy
from lingen.boundary import checked
from lingen.claims.inference.exponents import MISFIT, Means
from lingen.claims.inference.posteriors.nuts import Posterior, nuts

__all__ = ["extreme_law"]

numpyro, dist = lazy.module("numpyro"), lazy.module("numpyro.distributions")
LARGE = 10.0
"""Prior standard deviation of A, in units of the largest measurement at the mean size."""


@checked
def extreme_law(data: Means, key: Key[Array, ""], **steps: Any) -> Posterior:
    """The posterior of A n^{−α} (L − ½ log L)^{1/2}, L = log n + k.

    α = 1/2 for the largest of n Gaussians over their norm: the largest alone is (2 log n − log log n + const)^{1/2} to leading orders.

    Sites: `exponent` (α, uniform on [0.01, 4]), `shift` (k + log of the least size, log-normal around 1), `misfit`.
    """
    start = {"exponent": [0.3, 0.5, 1.0], "shift": [1.0] * 3, "misfit": [MISFIT] * 3}
    return nuts(_extreme, key, (data,), start, **steps)


def _extreme(data: Means) -> None:
    unit, scale = jnp.exp(jnp.mean(jnp.log(data.size))), jnp.max(jnp.abs(data.mean))
    exponent = numpyro.sample("exponent", dist.Uniform(0.01, 4.0))
    shift = numpyro.sample("shift", dist.LogNormal(0.0, 1.0))
    length = jnp.log(data.size / jnp.min(data.size)) + shift
    root = jnp.sqrt(length - 0.5 * jnp.log(length))
    column = ((data.size / unit) ** -exponent * root)[:, None]
    misfit = numpyro.sample("misfit", dist.HalfNormal(MISFIT))
    noise = (data.error / scale) ** 2 + (misfit * data.mean / scale) ** 2
    law = dist.LowRankMultivariateNormal(jnp.zeros_like(data.mean), LARGE * column, noise)
    numpyro.sample("y", law, obs=data.mean / scale)
