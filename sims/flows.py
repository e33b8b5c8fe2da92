"""Wasserstein gradient flows measured: of matrices, towards two sample covariances, and of a cloud of points.

The generator x̂ = G z moves by Ġ = V G, V the velocity of the flow of N(0, GGᵀ), step by step (Runge–Kutta).
Entropic velocities are found by Sinkhorn's iterations: between Gaussians they act on the covariances U of y
given x and W of x given y, U = B(1+WB/ε²)⁻¹ and W = A(1+UA/ε²)⁻¹, E[y|x] = Ux/ε; in a cloud on its points.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, is_traced, known, nonnegative, positive
from lingen.models.learning import CloudFlow, check_flow
from lingen.models.observables import Convergence
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.sinkhorn import match
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of
from lingen.sims.entropic_transport import line

__all__ = ["METHODS", "cloud_sampler", "draw", "sampler"]

LONGEST = 2.0
"""A Runge–Kutta step in units of the time: longer ones are not stable."""
LEAST = 1e-2
"""ε below which the sweeps of an entropic plan between matrices give no numbers."""

METHODS = methods.Methods("flows")
_SWEEPS, _CLOUD_SWEEPS = 24, 40


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    method: str = "dense",
    *,
    time: ArrayLike,
    flow: str,
    epsilon: ArrayLike = 1.0,
    steps: int = 16,
) -> Partial:
    """A draw of q of two generators that flow from G = 1 towards S₁ and S₂, exact in the seed.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d of each training set; at least 1 for "kl", whose target must be regular.
        method: "dense" or "auto".
        time: t >= 0.
        flow: one of `lingen.models.learning.FLOWS`.
        epsilon: ε > 0 of the entropic flows.
        steps: Runge–Kutta steps.

    Raises:
        ValueError: for an argument out of range, another method or an unknown flow.
    """
    methods.choose(METHODS, method, population, dim)
    source = wishart.source(population, dim, load)
    if check_flow(flow) == "kl" and int(source.samples) < dim:
        raise ValueError(f"load must give at least dim = {dim} samples for kl, got {int(source.samples)}")
    numbers = _numbers(time, epsilon, steps)
    if not is_traced(numbers[1]) and float(numbers[1]) < LEAST:
        raise ValueError(
            f"epsilon must be at least {LEAST:g} in draws of matrices, got {float(numbers[1]):g}"
        )
    return Partial(MATRICES[flow], source, *numbers)


draw = draw_of(sampler, Convergence)


@checked
@at_once
def cloud_sampler(
    target: ArrayLike,
    *,
    time: ArrayLike,
    flow: str = "sinkhorn",
    epsilon: ArrayLike = 1.0,
    points: int = 64,
    steps: int = 16,
) -> Partial:
    """The variance of a cloud that starts as N(0, 1) and flows towards N(0, b) on a line.

    The clouds are weighted points, so that all draws are one number.

    Args:
        target: b > 0.
        time: t >= 0.
        flow: "sinkhorn" or "entropic".
        epsilon: ε > 0.
        points: points of each cloud.
        steps: Runge–Kutta steps.

    Raises:
        ValueError: for an argument out of range or another flow.
    """
    if flow not in CLOUDS:
        raise ValueError(f"flow must be one of {', '.join(CLOUDS)} for a cloud, got {flow!r}")
    goal = positive("target", known("target", target))
    time, epsilon, count = _numbers(time, epsilon, steps)
    return Partial(CLOUDS[flow], goal, time, epsilon, *line(points), count)


def _numbers(time: ArrayLike, epsilon: ArrayLike, steps: int) -> tuple[Array, Array, Array]:
    """Time, ε and the steps, seen to be short enough for flows of rate one."""
    length, weight = nonnegative("time", known("time", time)), positive("epsilon", known("epsilon", epsilon))
    count = integer("steps", steps, low=1)
    if not is_traced(length) and float(length) > LONGEST * count:
        raise ValueError(
            f"steps must be at least {float(length) / LONGEST:g} for time {float(length):g}, got {count}"
        )
    return length, weight, jnp.arange(count)


def _integrated(slope: Callable[[Array], Array], start: Array, time: Array, steps: Array) -> Array:
    """The classical Runge–Kutta rule of fourth order."""
    step = time / steps.size

    def advance(x: Array, _: Array) -> tuple[Array, None]:
        one = slope(x)
        two = slope(x + 0.5 * step * one)
        three = slope(x + 0.5 * step * two)
        four = slope(x + step * three)
        return x + step / 6.0 * (one + 2.0 * two + 2.0 * three + four), None

    return jax.lax.scan(advance, start, steps)[0]


def _agreement(velocity: Callable[[Array, Array, Array], Array]) -> Callable[..., Convergence]:
    """A draw of q with this velocity, V(GGᵀ, S, ε)."""

    def draw(
        source: DataSource, time: Array, epsilon: Array, steps: Int[Array, "k"], key: Key[Array, ""]
    ) -> Convergence:
        def generator(key: Array) -> Array:
            x = source.data(key)
            learnt = x.T @ x * (1.0 / jnp.asarray(source.samples, x.dtype))
            start = jnp.eye(source.spectrum.size)
            return _integrated(lambda g: velocity(g @ g.T, learnt, epsilon) @ g, start, time, steps)

        one, two = jax.lax.map(generator, jr.split(key))
        return Convergence(jnp.sum(one * two) / jnp.sqrt(jnp.sum(one**2) * jnp.sum(two**2)))

    return draw


def _langevin(now: Array, goal: Array, epsilon: Array) -> Array:
    return jnp.linalg.inv(now) - jnp.linalg.inv(goal)


def _monge(now: Array, goal: Array, epsilon: Array) -> Array:
    values, vectors = jnp.linalg.eigh(now)
    root, inverse = ((vectors * jnp.maximum(values, 1e-300) ** p) @ vectors.T for p in (0.5, -0.5))
    squares, basis = jnp.linalg.eigh(root @ goal @ root)
    middle = (basis * jnp.sqrt(jnp.maximum(squares, 0.0))) @ basis.T
    return inverse @ middle @ inverse - jnp.eye(now.shape[0])


def _plan(now: Array, goal: Array, epsilon: Array) -> Array:
    """M with E[y|x] = Mx, by Sinkhorn's iterations on Gaussians."""
    identity = jnp.eye(now.shape[0])

    def sweep(inner: Array, _: None) -> tuple[Array, None]:
        outer = jnp.linalg.solve(identity + now @ inner / epsilon**2, now)
        return jnp.linalg.solve(identity + goal @ outer / epsilon**2, goal), None

    inner, _ = jax.lax.scan(sweep, goal, None, length=_SWEEPS)
    return inner / epsilon


def _sinkhorn(now: Array, goal: Array, epsilon: Array) -> Array:
    return _plan(now, goal, epsilon) - _plan(now, now, epsilon)


def _entropic(now: Array, goal: Array, epsilon: Array) -> Array:
    return _plan(now, goal, epsilon) - jnp.eye(now.shape[0])


def _frobenius(now: Array, goal: Array, epsilon: Array) -> Array:
    return -4.0 * (now - goal)


MATRICES = {
    "kl": _agreement(_langevin),
    "wasserstein2": _agreement(_monge),
    "sinkhorn": _agreement(_sinkhorn),
    "entropic": _agreement(_entropic),
    "mmd": _agreement(_frobenius),
}
"""A draw by the name of its flow."""


def _cloud(
    target: Float[Array, ""],
    time: Float[Array, ""],
    epsilon: Float[Array, ""],
    z: Float[Array, "n 1"],
    weight: Float[Array, "n"],
    steps: Int[Array, "k"],
    key: Key[Array, ""],
    *,
    debiased: bool,
) -> CloudFlow:
    goal = jnp.sqrt(target) * z

    def velocity(x: Array) -> Array:
        own = match(x, x, weight, weight, epsilon, _CLOUD_SWEEPS).image if debiased else x
        return match(x, goal, weight, weight, epsilon, _CLOUD_SWEEPS).image - own

    end = _integrated(velocity, z, time, steps)
    return CloudFlow(weight @ end[:, 0] ** 2)


CLOUDS = {"sinkhorn": partial(_cloud, debiased=True), "entropic": partial(_cloud, debiased=False)}
"""The same of a cloud."""
