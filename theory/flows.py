"""Gradient flows of a Gaussian law N(0, Σ_t) towards N(0, S) in Wasserstein space, and their generators.

The generator x̂ = G_t z starts at G = √a₀ and moves by the flow's velocity; Σ_t stays a function of S, whose
eigenvalue of target b follows (cost ½|x−y|², statements F1 to F3)

    kl            KL(·‖N(0,S)), Langevin           ȧ = 2 − 2a/b
    wasserstein2  ½W2²                             ȧ = 2(√(ab) − a)
    sinkhorn      Sinkhorn divergence              ȧ = √(ε²+4ab) − √(ε²+4a²)
    entropic      OT_ε, not debiased               ȧ = √(ε²+4ab) − ε − 2a,  towards (b−ε)₊
    mmd           ‖Σ−S‖²_F, quadratic kernel       ȧ = −8a(a−b)

At any time G_t is a spectral filter of S, so that two flows on disjoint data agree as C4 says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import nonnegative, positive, representable
from lingen.models.learning import FLOWS, check_flow
from lingen.models.observables import Convergence
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.law_nodes import nodes
from lingen.theory.spectrum.resolvent import moderate

__all__ = ["FLOWS", "overlap", "predict", "rate", "variance"]

_STEPS = 256


@checked
@representable
def variance(
    target: ArrayLike, time: ArrayLike, flow: str, epsilon: ArrayLike = 0.0, start: ArrayLike = 1.0
) -> Float[Array, "..."]:
    """a(t) of a mode.

    Args:
        target: b >= 0, any shape.
        time: t >= 0; broadcasts with `target`.
        flow: one of `FLOWS`.
        epsilon: ε >= 0 of the entropic flows; the others have none.
        start: a₀ > 0.

    Raises:
        ValueError: for a number out of range or an unknown flow.

    Source: derived (docs/derivations, statement F1).
    """
    given = nonnegative("target", target), nonnegative("time", time), nonnegative("epsilon", epsilon)
    b, t, level, first = broadcast(*given, positive("start", start))
    return _variance(check_flow(flow), b, t, level, first)


@partial(jax.jit, static_argnums=0)
def _variance(flow: str, b: Array, t: Array, level: Array, start: Array) -> Array:
    return _root(flow, b, t, level, start) ** 2


@checked
@representable
def rate(target: ArrayLike, flow: str, epsilon: ArrayLike = 0.0) -> Float[Array, "..."]:
    """How fast a − a_∞ decays at last: 2/b, 1, 2b/√(ε²+4b²), 2(b−ε)/(2b−ε) or 2(1−b/ε), 8b.

    Args:
        target: b > 0, any shape.
        flow: one of `FLOWS`.
        epsilon: ε >= 0; at ε = b the entropic flow has the rate 0: it slows down like 1/t.

    Raises:
        ValueError: for a number out of range or an unknown flow.

    Source: derived (docs/derivations, statement F1).
    """
    b, level = broadcast(positive("target", target), nonnegative("epsilon", epsilon))
    return _rate(check_flow(flow), b, level)


@partial(jax.jit, static_argnums=0)
def _rate(flow: str, b: Array, level: Array) -> Array:
    match flow:
        case "kl":
            return 2.0 / b
        case "wasserstein2":
            return jnp.ones_like(b)
        case "sinkhorn":
            return 2.0 * b / jnp.hypot(level, 2.0 * b)
        case "mmd":
            return 8.0 * b
        case _:
            kept = b > level
            above = 2.0 * (b - level) / jnp.where(kept, 2.0 * b - level, 1.0)
            return jnp.where(kept, above, 2.0 * (1.0 - b / jnp.where(kept, 1.0, level)))


@checked
@representable
def overlap(
    population: Population, load: ArrayLike, time: ArrayLike, flow: str, epsilon: ArrayLike = 0.0
) -> Float[Array, "..."]:
    """q of two generators that flow from G = 1 towards the sample covariances of disjoint training sets.

    q = Σ_k h_k ḡ_k²/Σ_k h_k E[g²]_k, g_t(λ) = √a(t) at target λ. For W2 and Σ = I, with E = e^{−t} and
    F = τ√S, it is (E+(1−E)F)²/(E²+2E(1−E)F+(1−E)²): at finite times models agree more than at the end, as
    they share their start.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape, from 1e-12 to 1e12.
        time: t >= 0; broadcasts with `load`.
        flow: one of `FLOWS`.
        epsilon: ε >= 0 of the entropic flows; broadcasts too.

    Raises:
        ValueError: for a number out of range or an unknown flow.

    Source: derived (docs/derivations, statement F2).
    """
    given = moderate(load), nonnegative("time", time), nonnegative("epsilon", epsilon)
    return _overlap(check_flow(flow), population, *broadcast(*given))


@partial(jax.jit, static_argnums=0)
def _overlap(flow: str, population: Population, load: Array, time: Array, level: Array) -> Array:
    def one(load: Array, time: Array, level: Array) -> Array:
        law = nodes(population, load)
        sigma = population.eigenvalues
        square = jnp.abs(law.ell) ** 2 / (load * law.x)
        mass = sigma * square[:, None] / jnp.abs(law.ell[:, None] - sigma) ** 2 * law.weight[:, None]
        gain = _gain(flow, jnp.append(law.x, 0.0), time, level)
        mass = jnp.vstack([mass, jnp.maximum(1.0 - mass.sum(axis=0), 0.0)])
        mean, power = gain @ mass, gain**2 @ mass
        return (mean**2 @ population.weights) / (power @ population.weights)

    return over_batch(one, 400 * population.eigenvalues.size, load, time, level)


@checked
def predict(
    population: Population, load: ArrayLike, time: ArrayLike, flow: str, epsilon: ArrayLike = 0.0
) -> Convergence:
    """The observable of `lingen.sims.flows.draw`, predicted; arguments and errors of `overlap`."""
    return Convergence(overlap(population, load, time, flow, epsilon))


def _gain(flow: str, target: Array, time: Array, level: Array) -> Array:
    return _root(flow, *broadcast(target, time, level, jnp.ones(())))


def _root(flow: str, b: Array, t: Array, level: Array, start: Array) -> Array:
    """√a(t), of one shape with all arguments."""
    match flow:
        case "kl":
            some = b > 0
            aged = jnp.where(some, 2.0 * t / jnp.where(some, b, 1.0), jnp.where(t > 0, jnp.inf, 0.0))
            return _safe_root(b + (start - b) * jnp.exp(-aged))
        case "wasserstein2":
            return _safe_root(b) + (jnp.sqrt(start) - _safe_root(b)) * jnp.exp(-t)
        case "mmd":
            x = 8.0 * b * t
            mean = jnp.where(x > 0, -jnp.expm1(-x) / jnp.where(x > 0, x, 1.0), 1.0)
            return jnp.sqrt(start / (8.0 * t * start * mean + jnp.exp(-x)))
        case "sinkhorn":
            return _relaxed(_sinkhorn_rate, b, t, level, start, _safe_root(b))
        case _:
            return _relaxed(_entropic_rate, b, t, level, start, _safe_root(jnp.maximum(b - level, 0.0)))


def _safe_root(value: Array) -> Array:
    """√x with the slope 0 at 0."""
    some = value > 0
    return jnp.where(some, jnp.sqrt(jnp.where(some, value, 1.0)), 0.0)


@partial(jax.jit, static_argnums=0)
def _relaxed(rate: Callable, b: Array, t: Array, level: Array, start: Array, end: Array) -> Array:
    """g with d log|g−g_∞|/dt = −R(g), in steps even in log(1+t): R tends to a constant, so none is stiff."""
    step = jnp.log1p(t) / _STEPS
    far = jnp.sqrt(start) - end

    def slope(log: Array, clock: Array) -> Array:
        return -jnp.exp(clock) * rate(end + far * jnp.exp(log), b, level, end)

    def advance(log: Array, number: Array) -> tuple[Array, None]:
        clock, half = number * step, 0.5 * step
        one = slope(log, clock)
        two = slope(log + half * one, clock + half)
        three = slope(log + half * two, clock + half)
        four = slope(log + step * three, clock + step)
        return log + step / 6.0 * (one + 2.0 * two + 2.0 * three + four), None

    log, _ = jax.lax.scan(advance, jnp.zeros_like(b), jnp.arange(_STEPS))
    return end + far * jnp.exp(log)


def _sinkhorn_rate(g: Array, b: Array, level: Array, end: Array) -> Array:
    total = jnp.sqrt(level**2 + 4.0 * g**2 * b) + jnp.sqrt(level**2 + 4.0 * g**4)
    none = total == 0.0
    return jnp.where(none, 1.0, 2.0 * g * (g + end) / jnp.where(none, 1.0, total))


def _entropic_rate(g: Array, b: Array, level: Array, end: Array) -> Array:
    """Towards √(b−ε) if there is one, else to 0; differences of roots are written as quotients."""
    root = jnp.sqrt(level**2 + 4.0 * g**2 * b)
    none = root + level == 0.0  # the point at rest alone is left: it attracts at the rate 1
    total = jnp.where(none, 1.0, root + level)
    kept = b > level
    rest = jnp.where(kept, 2.0 * b - level + root, 1.0)
    above = 4.0 * b * g * (g + end) / (total * rest)
    below = (4.0 * g**2 * b / total + 2.0 * (level - b)) / total
    return jnp.where(kept, above, jnp.where(none, 1.0, below))
