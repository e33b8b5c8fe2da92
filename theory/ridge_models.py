"""The ridge model N(0, S+ρ): how far it is from the truth N(0, Σ), at any load, and which ridge is best.

With κ = κ(ρ), u = ρ/κ, c = 1/γ and D = τ(Σ(Σ+κ)⁻¹), the determinant log det(S+ρ)/d tends to

    ℒ = τ log(Σ+κ) + log u + γ (u − 1 − log u),

and both divergences follow, finite below load one too. The best ridge depends on the distance: for Σ = I and
a large load it is 2c, c and ¾c for KL(truth‖model), KL(model‖truth) and W2 (statement N9).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, nonnegative, positive, representable
from lingen.models.observables import RidgeModel
from lingen.models.population import Population
from lingen.theory.moments.ridge_distance import ridge_root_slope
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.roots import bisect, polished
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa, ridge_ratio, unseen
from lingen.theory.spectrum.resolvent import moderate
from lingen.theory.spectrum.units import own_units, regular

__all__ = [
    "best_forward", "best_reverse", "best_wasserstein2", "kl_forward", "kl_reverse", "predict",
]  # fmt: skip

_HALVINGS, _STEPS, _LOWEST, _HIGHEST = 20, 3, -46.0, 9.0
"""The logarithm of a best ridge, or of its κ − κ₀ over 1+c, lies between these, in units of σ_max."""
_TERMS, _SMALL = 16, 0.1


@checked
@representable
def kl_forward(population: Population, load: ArrayLike, rho: ArrayLike) -> Float[Array, "..."]:
    """KL(N(0,Σ) ‖ N(0,S+ρ))/d = ½[κD/ρ − 1 + ℒ − τ log Σ], in nats.

    Args:
        population: bulk law of Σ, every eigenvalue positive.
        load: γ = n/d > 0, any shape.
        rho: ridge ρ >= 0 in units of variance, broadcast with `load`; positive where γ <= 1.

    Raises:
        ValueError: if a load is not positive, a ridge is negative, or zero where the load is at most 1, or an
            eigenvalue is zero.

    Source: derived (docs/derivations, statement N9).
    """
    truth, load, ridge = _checked(population, load, rho)
    return _forward(truth, load, ridge)


@jax.jit
def _forward(truth: Population, load: Array, ridge: Array) -> Array:
    value, ratio, seen = _renormalised(truth, load, ridge)
    inverse = (1.0 / (truth.eigenvalues + value[..., None])) @ truth.weights
    mismatch = (seen - value * inverse) / ratio
    return 0.5 * (mismatch + _log_volume(truth, load, value, ratio, seen))


@checked
@representable
def kl_reverse(population: Population, load: ArrayLike, rho: ArrayLike) -> Float[Array, "..."]:
    """KL(N(0,S+ρ) ‖ N(0,Σ))/d = ½[ρτ(Σ⁻¹) − ℒ + τ log Σ], in nats.

    Arguments, errors and source are those of `kl_forward`.
    """
    truth, load, ridge = _checked(population, load, rho)
    return _reverse(truth, load, ridge)


@jax.jit
def _reverse(truth: Population, load: Array, ridge: Array) -> Array:
    known = _renormalised(truth, load, ridge)
    return 0.5 * (ridge * truth.moment(-1.0) - _log_volume(truth, load, *known))


@checked
@representable
def best_forward(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """The ridge of least KL(truth‖model): τ(Σ(S+ρ)⁻²) = τ((S+ρ)⁻¹), in units of variance.

    Σ = I: ρ = (x−1)(x−c)/x with x the largest root of x³ − (1+c)x² − cx + c². At large load it is
    2c τ(Σ⁻¹)/τ(Σ⁻²).

    Args:
        population: bulk law of Σ, every eigenvalue positive.
        load: γ = n/d > 0, any shape, from 1e-12 to 1e12.

    Raises:
        ValueError: if a load is out of range or an eigenvalue is zero.

    Source: derived (docs/derivations, statement N9).
    """
    return _best(_forward_slope, population, load)


@checked
@representable
def best_reverse(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """The ridge of least KL(model‖truth): τ((S+ρ)⁻¹) = τ(Σ⁻¹); for Σ = I exactly 1/(1+γ).

    At large load it is c τ(Σ⁻¹)/τ(Σ⁻²), half of `best_forward`. Arguments, errors and source as there.
    """
    return _best(_reverse_slope, population, load)


@checked
@representable
def best_wasserstein2(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """The ridge of least W2: τ(Σ(Σ^{1/2}(S+ρ)Σ^{1/2})^{−1/2}) = 1; for Σ = I τ((S+ρ)^{−1/2}) = 1.

    At large load and Σ = I it is ¾c. Arguments, errors and source are those of `best_forward`.
    """
    truth, unit = own_units(regular(population))
    return unit * _least_transport(truth, moderate(load))


@checked
def predict(population: Population, load: ArrayLike, rho: ArrayLike) -> RidgeModel:
    """The observables of `lingen.sims.ridge_models.draw`, predicted; arguments and errors of `kl_forward`."""
    forward = kl_forward(population, load, rho)
    found = (best(population, load) for best in (best_forward, best_reverse, best_wasserstein2))
    return RidgeModel(
        forward, kl_reverse(population, load, rho), *(jnp.broadcast_to(x, forward.shape) for x in found)
    )


def _checked(population: Population, load: ArrayLike, rho: ArrayLike) -> tuple[Population, Array, Array]:
    """In units of σ_max where those of the caller would overflow."""
    truth, unit = own_units(regular(population))
    load, ridge = broadcast(positive("load", load), nonnegative("rho", rho))
    if not is_traced((load, ridge)) and np.any((np.asarray(ridge) == 0) & (np.asarray(load) <= 1)):
        raise ValueError("rho must be positive where the load is at most 1, got 0: S is singular there")
    return truth, load, ridge / unit


def _renormalised(truth: Population, load: Array, rho: Array) -> tuple[Array, Array, Array]:
    """κ, u = ρ/κ = 1 − cD and cD, each without cancellation."""
    value = kappa(truth, load, rho)
    some = rho > 0
    direct = jnp.where(some, rho, 1.0) / jnp.where(some, value, 1.0)
    ratio = jnp.where(some, direct, ridge_ratio(truth, load, value))
    return value, ratio, _response(truth, value) / load


def _log_volume(truth: Population, load: Array, value: Array, ratio: Array, seen: Array) -> Array:
    """ℒ − τ log Σ."""
    near = seen < _SMALL
    small = jnp.where(near, seen, 0.0)
    series = small**2 * jnp.polyval(1.0 / jnp.arange(_TERMS + 1.0, 1.0, -1.0), small)
    log = jnp.where(near, jnp.log1p(-small), jnp.log(ratio))
    cost = jnp.where(near, series, ratio - 1.0 - jnp.log(ratio))  # u − 1 − log u
    return jnp.log1p(value[..., None] / truth.eigenvalues) @ truth.weights + log + load * cost


def _response(truth: Population, value: Array) -> Array:
    return (truth.eigenvalues / (truth.eigenvalues + value[..., None])) @ truth.weights


def _best(slope: Callable, population: Population, load: ArrayLike) -> Array:
    """ρ = κu at the root in log κ of a slope that is negative below it."""
    truth, unit = own_units(regular(population))
    return unit * _least(slope, truth, moderate(load))


@partial(jax.jit, static_argnums=0)
def _least(slope: Callable, truth: Population, load: Array) -> Array:
    def one(load: Array) -> Array:
        base, sure = kappa(truth, load, 0.0), jnp.maximum(unseen(truth, load), 0.0)

        def at(log: Array) -> tuple[Array, Array]:
            """κ, and u = 1 − cD without cancellation where κ is near κ₀."""
            value = base + jnp.exp(log)
            inverse = truth.eigenvalues / (truth.eigenvalues + value) / (truth.eigenvalues + base)
            return value, sure + jnp.exp(log) * (inverse @ truth.weights) / load

        def excess(log: Array) -> Array:
            return slope(truth, load, *at(log))

        high = _HIGHEST + jnp.log1p(1.0 / load)
        value, ratio = at(polished(excess, bisect(lambda x: excess(x) < 0, _LOWEST, high, _HALVINGS), _STEPS))
        return value * ratio

    return over_batch(one, truth.eigenvalues.size, load)


@jax.jit
def _least_transport(truth: Population, load: Array) -> Array:
    def one(load: Array) -> Array:
        def slope(log: Array) -> Array:
            return ridge_root_slope(truth, load, jnp.exp(log)) - 0.5

        log = bisect(lambda x: slope(x) > 0, _LOWEST, _HIGHEST, _HALVINGS)
        return jnp.exp(polished(slope, log, _STEPS))

    return over_batch(one, truth.eigenvalues.size << 9, load)


def _forward_slope(truth: Population, load: Array, value: Array, ratio: Array) -> Array:
    """u t'(κ) τ((Σ+κ)⁻¹) − τ(Σ(Σ+κ)⁻²), for many samples as κτ((Σ+κ)⁻²) − (1 − u t') τ((Σ+κ)⁻¹)."""
    inverse = 1.0 / (truth.eigenvalues + value)
    first, second = ((truth.eigenvalues * inverse) ** p @ truth.weights / load for p in (1, 2))
    trace = inverse @ truth.weights
    many = value * (inverse**2 @ truth.weights) - (first + second - first * second) * trace
    spread = (truth.eigenvalues * inverse**2) @ truth.weights
    few = ratio * (ratio + value * spread / load) * trace - spread
    return jnp.where(load > 1.0, many, few)


def _reverse_slope(truth: Population, load: Array, value: Array, ratio: Array) -> Array:
    """u τ(Σ⁻¹) − τ((Σ+κ)⁻¹), for many samples as κτ((Σ(Σ+κ))⁻¹) − cD τ(Σ⁻¹)."""
    inverse = 1.0 / (truth.eigenvalues + value)
    missing = value * ((inverse / truth.eigenvalues) @ truth.weights)
    many = missing - (truth.eigenvalues * inverse) @ truth.weights / load * truth.moment(-1.0)
    return jnp.where(load > 1.0, many, ratio * truth.moment(-1.0) - inverse @ truth.weights)
