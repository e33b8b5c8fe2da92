"""Information measured at noise levels: scores and denoisers compared on samples, then integrated over s.

At each node s fresh points are drawn, noise is added, and the two scores (or the two denoisers) are
evaluated there; the means are summed with the weights of a Gauss–Legendre rule in log s. The ends are closed
by their known laws: constant below, s^{−3} (KL) and s^{−2} (mutual information) above.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive
from lingen.models.observables import DiffusionInformation
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(
    population: Population, dim: int, load: ArrayLike, *, noise: ArrayLike, points: int = 16, nodes: int = 40
) -> Partial:
    """A draw of KL(truth‖model) from scores and of I(x; x + √ν w) from denoisers, in nats.

    Args:
        population: the truth, without zero eigenvalues.
        dim: d.
        load: γ = n/d of the training set; n > d + 1.
        noise: ν > 0, variance.
        points: fresh points at each noise level.
        nodes: noise levels.

    Raises:
        ValueError: for an argument out of range, or too few samples for a model of full rank.
    """
    source = wishart.source(population, dim, load)
    if int(source.samples) <= dim + 1:
        raise ValueError(f"load must give more than dim + 1 = {dim + 1} samples, got {int(source.samples)}")
    smallest, largest = float(source.spectrum.min()), float(source.spectrum.max())
    if smallest <= 0:
        raise ValueError(f"population must have no zero eigenvalue, got {smallest:g}")
    level = positive("noise", known("noise", noise))
    low, high = np.log(1e-4 * min(smallest, float(level))), np.log(1e3 * largest)
    node, weight = np.polynomial.legendre.leggauss(integer("nodes", nodes, low=2))
    s = np.exp(low + (high - low) * (1.0 + node) / 2.0)
    share = s * weight * (high - low) / 2.0
    shape = jnp.zeros((integer("points", points, low=1), 0))
    return Partial(_draw, source, level, jnp.asarray(s), jnp.asarray(share), shape)


draw = draw_of(sampler, DiffusionInformation)


def _draw(
    source: DataSource,
    level: Float[Array, ""],
    nodes: Float[Array, "q"],
    weights: Float[Array, "q"],
    points: Float[Array, "m 0"],
    key: Key[Array, ""],
) -> DiffusionInformation:
    train, fresh = jr.split(key)
    data = source.data(train)
    covariance = wishart.second_moment(data, source.samples)
    shape = (points.shape[0], source.spectrum.size)

    def at(node: tuple[Array, Array]) -> tuple[Array, Array]:
        s, number = node
        x, z, w = jr.normal(jr.fold_in(fresh, number), (3, *shape))
        x = x * jnp.sqrt(source.spectrum)
        noisy, seen = x + jnp.sqrt(s) * z, x + jnp.sqrt(level) * w
        missed = _score_gap(source.spectrum, covariance, s, noisy)
        return missed, _denoising_gain(source.spectrum, level, s, x, noisy, seen)

    missed, gained = jax.lax.map(at, (nodes, jnp.arange(nodes.size)))
    return DiffusionInformation(
        _integral(missed, nodes, weights, 2.0), _integral(gained / nodes**2, nodes, weights, 1.0)
    )


def _score_gap(spectrum: Array, covariance: Array, s: Array, noisy: Float[Array, "m d"]) -> Float[Array, ""]:
    """Mean ‖∇log p_s − ∇log q_s‖² over points of p_s."""
    learnt = cho_solve(cho_factor(covariance + s * jnp.eye(spectrum.size)), noisy.T).T
    return jnp.mean(jnp.sum((noisy / (spectrum + s) - learnt) ** 2, axis=1))


def _denoising_gain(
    spectrum: Array, level: Array, s: Array, x: Array, noisy: Array, seen: Array
) -> Float[Array, ""]:
    """Mean ‖x − E[x|noisy]‖² − ‖x − E[x|noisy, seen]‖²."""
    blind = noisy / s / (1.0 / spectrum + 1.0 / s)
    knowing = (noisy / s + seen / level) / (1.0 / spectrum + 1.0 / s + 1.0 / level)
    return jnp.mean(jnp.sum((x - blind) ** 2 - (x - knowing) ** 2, axis=1))


def _integral(values: Array, nodes: Array, weights: Array, fall: float) -> Float[Array, ""]:
    """½∫_0^∞, with the first value for all s below and s^{−1−fall} above the nodes."""
    return 0.5 * (values @ weights + values[0] * nodes[0] + values[-1] * nodes[-1] / fall)
