"""Linear discriminants of real and generated points, measured: classes N(±μ, I), μ along the first axis.

Points enter through class means and scatter within classes, independent of each other and drawn exactly in
law: scatter by its triangular factor. The scatter of all points about their pooled class means is that of the
real points, that of the generated ones, and of each class one direction, from real mean to generated mean.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.scipy.special import ndtr
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, nonnegative, positive, room, single
from lingen.models.systems import Discriminant
from lingen.sims.dense import bartlett
from lingen.sims.dense.wishart import samples_for
from lingen.sims.engine.single import draw_of

__all__ = ["counts", "draw", "sampler"]


@checked
def counts(dim: int, load: float, ratio: float) -> tuple[int, int]:
    """n and m, both even, as there are as many points of each class.

    Raises:
        ValueError: if n is below d + 2: the scatter has no inverse.
    """
    samples = 2 * max(1, round(samples_for(load, dim) / 2))
    if samples < dim + 2:
        raise ValueError(f"load must give at least dim + 2 samples, got {samples} at dim = {dim}")
    return samples, 2 * round(ratio * samples / 2)


@checked
@at_once
def sampler(dim: int, load: ArrayLike, *, separation: ArrayLike, ratio: ArrayLike) -> Partial:
    """A draw of `Discriminant`: exact accuracies, given the points that the discriminants saw.

    Args:
        dim: d >= 1.
        load: n/d, n real points.
        separation: μ² > 0.
        ratio: m/n >= 0, m generated points.

    Raises:
        ValueError: for a number out of range, or fewer than d + 2 real points.
    """
    dim = integer("dim", dim, low=1)
    room("dim", dim, 8.0 * dim**2)
    gamma, rho = positive("load", known("load", load)), nonnegative("ratio", known("ratio", ratio))
    samples, generated = counts(dim, float(gamma), float(rho))
    numbers = jnp.asarray(float(samples)), jnp.asarray(float(generated))
    return Partial(
        _draw, jnp.zeros(dim), *numbers, jnp.sqrt(positive("separation", single("separation", separation)))
    )


draw = draw_of(sampler, Discriminant)


def _draw(
    zero: Float[Array, "d"],
    samples: Float[Array, ""],
    generated: Float[Array, ""],
    distance: Float[Array, ""],
    key: Key[Array, ""],
) -> Discriminant:
    dim = zero.size
    mean_key, shift_key, key = jr.split(key, 3)
    freedom = jnp.stack([samples, generated]) - 2.0
    real, made = jax.vmap(lambda key, n: bartlett.factor(key, n, dim))(jr.split(key), freedom)
    mean = zero.at[0].set(distance) + jr.normal(mean_key, (dim,)) / jnp.sqrt(samples)
    # of each class: generated mean less real mean, in units of its spread √(2/m)
    shift = jnp.where(generated > 0, jr.normal(shift_key, (dim, 2)), 0.0)
    made = jnp.concatenate([made, shift * jnp.sqrt(samples / (samples + generated))], axis=1)
    half = (shift[:, 0] - shift[:, 1]) * jnp.sqrt(0.5 * generated) / (samples + generated)
    learnt = real / jnp.sqrt(samples - 2.0)

    def accuracy(direction: Float[Array, "d"]) -> Float[Array, ""]:
        return ndtr(distance * direction[0] / jnp.linalg.norm(direction))

    def pooled(root: Float[Array, "d k"], mean: Float[Array, "d"]) -> Float[Array, ""]:
        scatter = real @ real.T + root @ root.T
        return accuracy(jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(scatter), True), mean))

    without = accuracy(jax.scipy.linalg.cho_solve((real, True), mean))
    known = pooled(made, mean + half)
    estimated = pooled(learnt @ made, mean + learnt @ half)
    return Discriminant(without, accuracy(mean + half), known, estimated, known - without)
