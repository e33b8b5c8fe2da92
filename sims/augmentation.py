"""Least squares on real and generated points, measured: a regression is fitted, samples itself, is refitted.

A draw holds n real points, a fit, m points of the fitted regression, and a fit to all n + m. Points enter
least squares through XᵀX and Xᵀy alone, which are drawn exactly in law by their triangular factors. Of the m
inputs labels are generated several times, with both signs of their noise: the same mean from fewer draws.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, positive, room, single
from lingen.models.systems import Augmentation
from lingen.sims.dense import bartlett
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]

PAIRS = 8
"""Times that labels are generated for the same inputs, each with both signs of the noise."""


@checked
@at_once
def sampler(samples: int, generated: int, dim: int, *, noise: ArrayLike = 1.0) -> Partial:
    """A draw of `Augmentation`, in units of the variance of the labels' noise.

    Args:
        samples: n > d + 1 real points.
        generated: m >= 0 points of the fitted regression.
        dim: d >= 1.
        noise: σ² > 0, the variance of the labels given x.

    Raises:
        ValueError: for a number out of range.
    """
    dim = integer("dim", dim, low=1)
    room("dim", dim, 3.0 * dim**2)
    numbers = integer("samples", samples, low=dim + 2), integer("generated", generated, low=0)
    counts = [jnp.asarray(number, float) for number in numbers]
    return Partial(_draw, jnp.zeros(dim), *counts, jnp.sqrt(positive("noise", single("noise", noise))))


draw = draw_of(sampler, Augmentation)


def _draw(
    zero: Float[Array, "d"],
    samples: Float[Array, ""],
    generated: Float[Array, ""],
    deviation: Float[Array, ""],
    key: Key[Array, ""],
) -> Augmentation:
    dim = zero.size
    truth_key, key, label_key = jr.split(key, 3)
    truth = jr.normal(truth_key, (dim,))
    # of the points (x, ε): the last row of the factor is what ε does to the fit, and what the fit leaves of ε
    counts = jnp.stack([samples, generated])
    first, second = jax.vmap(lambda key, n: bartlett.factor(key, n, dim + 1))(jr.split(key), counts)
    real, made, error = first[:dim, :dim], second[:dim, :dim], deviation * first[dim]
    labels = real @ (real.T @ truth + error[:dim])
    fitted = jax.scipy.linalg.cho_solve((real, True), labels)
    noise = error[dim] / jnp.sqrt(samples - dim) * jr.normal(label_key, (dim, PAIRS))
    new = made @ ((made.T @ fitted)[:, None] + jnp.concatenate([noise, -noise], axis=1))
    both = jnp.linalg.cholesky(real @ real.T + made @ made.T)
    again = jax.scipy.linalg.cho_solve((both, True), labels[:, None] + new)
    before = jnp.sum((fitted - truth) ** 2) / deviation**2
    after = jnp.mean(jnp.sum((again - truth[:, None]) ** 2, axis=0)) / deviation**2
    return Augmentation(after, after - before)
