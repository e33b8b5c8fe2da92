"""Entropic transport between Gaussians measured: Sinkhorn's iterations on a line of weighted points.

The points are those of a trapezoid rule, whose error is below round-off while the kernel, of width √ε, spans
two of them. No chance is involved: all draws are one number.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive
from lingen.models.learning import EntropicTransport
from lingen.sims.dense.sinkhorn import match
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "line", "sampler"]

_REACH = 7.0
"""Standard deviations of the outermost points."""


@checked
@at_once
def sampler(
    first: ArrayLike, second: ArrayLike, epsilon: ArrayLike, *, points: int = 160, sweeps: int = 300
) -> Partial:
    """E xy, OT_ε and the Sinkhorn divergence of N(0, a) and N(0, b).

    Args:
        first: a > 0.
        second: b > 0.
        epsilon: ε > 0, in units of variance.
        points: points of each line.
        sweeps: Sinkhorn's iterations, which converge like (c/√(ab))^{2·sweeps}.

    Raises:
        ValueError: for an argument out of range.
    """
    given = {"first": first, "second": second, "epsilon": epsilon}
    numbers = [positive(name, known(name, value)) for name, value in given.items()]
    count = integer("sweeps", sweeps, low=1)
    return Partial(_draw, *numbers, *line(points), jnp.arange(count))


draw = draw_of(sampler, EntropicTransport)


@checked
def line(points: int) -> tuple[Float[Array, "n 1"], Float[Array, "n"]]:
    """Points of a standard Gaussian and their weights.

    Raises:
        ValueError: for fewer than 8.
    """
    z = np.linspace(-_REACH, _REACH, integer("points", points, low=8))
    weight = np.exp(-0.5 * z**2)
    return jnp.asarray(z[:, None]), jnp.asarray(weight / weight.sum())


def _draw(
    first: Float[Array, ""],
    second: Float[Array, ""],
    epsilon: Float[Array, ""],
    z: Float[Array, "n 1"],
    weight: Float[Array, "n"],
    sweeps: Int[Array, "k"],
    key: Key[Array, ""],
) -> EntropicTransport:
    x, y = jnp.sqrt(first) * z, jnp.sqrt(second) * z

    def plan(one: Array, two: Array):
        return match(one, two, weight, weight, epsilon, sweeps.size)

    between = plan(x, y)
    own = 0.5 * (plan(x, x).cost + plan(y, y).cost)
    cross = weight @ jnp.sum(x * between.image, axis=-1)
    return EntropicTransport(cross, between.cost, between.cost - own)
