"""Two probability flows with learnt scores, one turned by an antisymmetric part of its drift.

The plain flow is dx/ds = ½ (S+s)^{-1} x; the turned one dx/ds = (½ + J_s)(S+s)^{-1} x with J_s antisymmetric,
which leaves the law of every x_s as it was. Both run on all seeds at once.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import finite, known
from lingen.models.observables import SampledGauge
from lingen.models.population import Population
from lingen.sims.dense import flow, wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of
from lingen.sims.lanczos.draws import overlap

__all__ = ["GAUGES", "draw", "sampler"]

GAUGES = ("matched", "constant")


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    angle: ArrayLike,
    gauge: str = "matched",
    *,
    steps: int = 64,
    sigma_min: float = 1e-3,
    sigma_max: float = 1e3,
) -> Partial:
    """A draw of q between a turned flow and a plain one, trained on disjoint data, and of the turned law.

    Args:
        population: the truth.
        dim: d, even.
        load: γ = n/d of each training set.
        angle: θ, the whole turn, spread evenly over log s.
        gauge: "matched", J_s = θ'(s) (S+s)^{1/2} J (S+s)^{1/2}, or "constant", J_s = J θ/log(s_T/s_0), which
            turns by θ where the noise is large; J² = −1, in a random basis.
        steps: of the integrator.
        sigma_min: σ_0, above 0.
        sigma_max: σ_T.

    Raises:
        ValueError: for an odd dimension, an unknown gauge, or a number out of range.
    """
    source = wishart.source(population, dim, load)
    if dim % 2:
        raise ValueError(f"dim must be even for J² = −1 to be possible, got {dim}")
    if gauge not in GAUGES:
        raise ValueError(f"gauge must be one of {', '.join(GAUGES)}, got {gauge!r}")
    logs = flow.path(steps, sigma_min, sigma_max)
    measure = _matched if gauge == "matched" else _constant
    return Partial(measure, source, finite("angle", known("angle", angle)), logs)


draw = draw_of(sampler, SampledGauge)


def _matched(
    source: DataSource, angle: Float[Array, ""], logs: Float[Array, "t"], key: Key[Array, ""]
) -> SampledGauge:
    return _measure(source, angle, logs, key, matched=True)


def _constant(
    source: DataSource, angle: Float[Array, ""], logs: Float[Array, "t"], key: Key[Array, ""]
) -> SampledGauge:
    return _measure(source, angle, logs, key, matched=False)


def _measure(
    source: DataSource, angle: Array, logs: Array, key: Key[Array, ""], matched: bool
) -> SampledGauge:
    one, two, turn = jr.split(key, 3)
    first, second = source.model(one), source.model(two)
    dim = source.spectrum.size
    j = _complex_structure(turn, dim)
    rate = angle / (logs[0] - logs[-1])  # an angle per unit of log s
    identity = jnp.eye(dim)
    s, plain = ((m.vectors * m.eigenvalues) @ m.vectors.T for m in (first, second))

    def half(x: Array, covariance: Array, noise: Array) -> Array:
        return 0.5 * cho_solve(cho_factor(covariance + noise * identity), x)

    def turned(x: Array, noise: Array) -> Array:
        if matched:
            root = (first.vectors * jnp.sqrt(first.eigenvalues + noise)) @ first.vectors.T
            back = (first.vectors / jnp.sqrt(first.eigenvalues + noise)) @ first.vectors.T
            return half(x, s, noise) + rate / noise * (root @ (j @ (back @ x)))
        straight = half(x, s, noise)
        return straight + 2.0 * rate * (j @ straight)

    begin = jnp.exp(0.5 * logs[0])
    made = flow.integrate(turned, begin * identity, logs)
    other = flow.integrate(lambda x, noise: half(x, plain, noise), begin * identity, logs)
    q = overlap(made, other)
    start, end = (
        (first.vectors * (first.eigenvalues + jnp.exp(x))) @ first.vectors.T for x in logs[:: logs.size - 1]
    )
    law = made @ start @ made.T / begin**2
    return SampledGauge(q, jnp.sum(law * end) / jnp.sum(end**2))


def _complex_structure(key: Key[Array, ""], dim: int) -> Float[Array, "d d"]:
    """An antisymmetric J with J² = −1, turned by a random rotation."""
    basis = jnp.linalg.qr(jr.normal(key, (dim, dim)))[0]
    left, right = basis[:, : dim // 2], basis[:, dim // 2 :]
    return left @ right.T - right @ left.T
