"""Pretraining by PCA, measured: the leading eigenvector of unlabelled points, then a regression on it.

The eigenvector comes from the bidiagonal form of the data, exact in law at every dimension. All that labels
see of x is v·x and v̂·x: v̂ = √Q v + √(1−Q) w with a unit w across v, so that they are drawn from
v·x ~ N(0, 1+θ) and w·x ~ N(0, 1). Of one direction several independent sets of labels are drawn.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import known, length, nonnegative, positive, single
from lingen.models import population
from lingen.models.systems import Pretraining
from lingen.sims.engine.single import draw_of
from lingen.sims.krylov import extremes

__all__ = ["draw", "sampler"]

REPEATS = 64
"""Sets of labels for each direction."""


@checked
@at_once
def sampler(
    dim: int,
    load: ArrayLike,
    *,
    strength: float,
    labels: int,
    signal: ArrayLike = 1.0,
    noise: ArrayLike = 1.0,
) -> Partial:
    """A draw of `Pretraining`: the exact risk of what was fitted.

    Args:
        dim: d >= 2.
        load: m/d, unlabelled points a dimension.
        strength: θ > 0 of the latent.
        labels: n > 2 labelled points.
        signal: b² >= 0 of y = b v·x + σe.
        noise: σ² >= 0.

    Raises:
        ValueError: for a number out of range.
    """
    theta = float(positive("strength", known("strength", strength)))
    labels = length("labels", labels, low=3, each=3.0 * REPEATS)
    direction = extremes.sampler(population.spiked([theta]), dim, load)
    scales = (
        jnp.sqrt(nonnegative("signal", single("signal", signal))),
        jnp.sqrt(nonnegative("noise", single("noise", noise))),
    )
    return Partial(_draw, direction, jnp.zeros((REPEATS, labels)), jnp.asarray(theta), *scales)


draw = draw_of(sampler, Pretraining)


def _draw(
    direction: Partial,
    empty: Float[Array, "r n"],
    theta: Float[Array, ""],
    slope: Float[Array, ""],
    deviation: Float[Array, ""],
    key: Key[Array, ""],
) -> Pretraining:
    points, key = jr.split(key)
    overlap = jnp.clip(direction(points).recovery, 0.0, 1.0)
    along, across = jnp.sqrt(overlap), jnp.sqrt(1.0 - overlap)
    latent, other, error = jr.normal(key, (3, *empty.shape))
    latent = latent * jnp.sqrt(1.0 + theta)
    seen, y = along * latent + across * other, slope * latent + deviation * error
    fitted = jnp.sum(seen * y, axis=1) / jnp.sum(seen**2, axis=1)
    missed = (slope - fitted * along) ** 2 * (1.0 + theta) + (fitted * across) ** 2
    return Pretraining(overlap, deviation**2 + jnp.mean(missed))
