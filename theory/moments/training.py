"""Moments of the filters of training, g(S) after some time or number of steps: the whole learning curve."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.descent import Descent
from lingen.models.filters import EarlyStopped
from lingen.models.learning import Learning
from lingen.models.population import Population
from lingen.theory.moments.contour import expect_one
from lingen.theory.moments.lens import expect_inside, stable_disc
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.shapes import broadcast

__all__ = ["NODES", "learning", "learning_curve"]

NODES = 1024  # of the contour: filters of long times oscillate along the path


@partial(jax.jit, static_argnums=3)
def learning_curve(population: Population, load: Array, leaves: list[Array], tree: object) -> Learning:
    """`learning` at loads and numbers of a filter, `leaves` of `tree`, that broadcast."""
    load, *leaves = broadcast(load, *leaves)

    def one(load: Array, *numbers: Array) -> Learning:
        return learning(population, load, jax.tree.unflatten(tree, numbers))  # type: ignore[arg-type]

    return over_batch(one, NODES * population.eigenvalues.size, load, *leaves)


@checked
def learning(population: Population, load: Float[Array, ""], g: Descent | EarlyStopped) -> Learning:
    """Risks, convergence and memorisation at one load, all from one contour; see `lingen.theory.dynamics`."""

    def stacked(z: Array) -> Array:
        gain = g(z)
        missing = (1.0 - gain) ** 2
        return jnp.stack([gain, gain**2, missing, z * missing, z * gain**2])

    noise = g.noise
    if isinstance(g, Descent):
        moments = expect_inside(population, load, stacked, *stable_disc(g))
    else:
        angle = jnp.where(load >= 2.0, jnp.pi / 4, jnp.pi / 2)  # fast exponentials decay along the path
        reach = jnp.minimum(noise, 1.0 / g.time)
        moments = expect_one(population, load, stacked, reach, NODES, angle)
    weight = population.weights
    mean, square, missing = moments[0], moments[1], moments[2]
    left, kept = moments[3] @ weight, moments[4] @ weight
    amplified = noise * (square @ weight)
    true = weight * population.eigenvalues
    return Learning(
        missing @ true + amplified,
        left + amplified,
        (mean**2 @ weight) / (square @ weight),
        kept / (square @ true),
    )
