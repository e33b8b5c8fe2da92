"""Ridge denoisers S(S+s+ϱ)⁻¹ used at noise s: finite data shrink too much, and the best ϱ is often negative.

With t = s + ϱ and κ = κ(t) the risk on a fresh point is, per dimension,

    s τ(Σ(Σ+κ)⁻¹) + (κ² − s t) κ'(t) τ(Σ(Σ+κ)⁻²),

which at ϱ = 0 is `lingen.theory.denoising.test_risk`. For Σ = I it is least, at large load, at
ϱ = (s/γ)(s−2)/(1+s): negative below s = 2 (statement N10).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite, is_traced, positive, representable
from lingen.models.observables import RidgeDenoiser
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.roots import bisect, polished
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa, unseen
from lingen.theory.spectrum.resolvent import moderate
from lingen.theory.spectrum.units import own_units

__all__ = ["best_ridge", "predict", "risk"]

_GRID, _LOWEST, _HIGHEST, _HALVINGS, _STEPS = 400, -46.0, 16.0, 30, 3
"""Points of log(κ − κ₀) at which the risk is looked at, and their ends in units of σ_max + s."""


@checked
@representable
def risk(
    population: Population, load: ArrayLike, noise: ArrayLike, ridge: ArrayLike = 0.0
) -> Float[Array, "..."]:
    """E‖S(S+s+ϱ)⁻¹(x+√s z) − x‖²/d for a fresh x.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        noise: s > 0, variance; broadcasts with `load`.
        ridge: ϱ > −s, variance; broadcasts with both.

    Raises:
        ValueError: if a load or a noise is not positive, or a ridge is not above −s.

    Source: derived (docs/derivations, statement N10).
    """
    truth, unit = own_units(population)
    load, level, extra = broadcast(positive("load", load), positive("noise", noise), finite("ridge", ridge))
    if not is_traced((level, extra)) and np.any(np.asarray(level) + np.asarray(extra) <= 0):
        wrong = float(np.asarray(extra)[np.asarray(level) + np.asarray(extra) <= 0].flat[0])
        raise ValueError(f"ridge must be above minus the noise, got {wrong:g}")
    return _at_ridge(truth, unit, load, level, extra)


@jax.jit
def _at_ridge(truth: Population, unit: Array, load: Array, level: Array, extra: Array) -> Array:
    total = (level + extra) / unit
    value = kappa(truth, load, total)
    base = kappa(truth, load, jnp.zeros(()))
    return unit * _risk(truth, load, level / unit, base, value - base)


@checked
@representable
def best_ridge(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """The ϱ of least `risk`, above −s at every load.

    Σ = I: with x = 1+κ, ϱ = (x−1)(x−c)/x − s at (1+s)(x−1)(x−c)x² = s(x²−c)². Of several minima the lowest.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape, from 1e-12 to 1e12.
        noise: s > 0, variance; broadcasts with `load`.

    Raises:
        ValueError: if a load or a noise is out of range.

    Source: derived (docs/derivations, statement N10).
    """
    truth, unit = own_units(population)
    load, level = broadcast(moderate(load), positive("noise", noise))
    return _best_ridge(truth, unit, load, level)


@checked
def predict(population: Population, load: ArrayLike, noise: ArrayLike) -> RidgeDenoiser:
    """The observables of `lingen.sims.ridge_denoisers.draw`, predicted; arguments of `best_ridge`."""
    best = best_ridge(population, load, noise)
    return RidgeDenoiser(risk(population, load, noise), best, risk(population, load, noise, best))


@jax.jit
def _best_ridge(truth: Population, unit: Array, load: Array, level: Array) -> Array:
    return unit * _best(truth, load, level / unit)


def _best(truth: Population, load: Array, noise: Array) -> Array:
    def one(load: Array, noise: Array) -> Array:
        base = kappa(truth, load, 0.0)
        unit = jnp.log(jax.lax.stop_gradient(jnp.max(truth.eigenvalues) + noise + 1.0 / load))

        def at(log: Array) -> Array:
            return _risk(truth, load, noise, base, jnp.exp(log))

        grid = unit + jnp.linspace(_LOWEST, _HIGHEST, _GRID)
        step = grid[1] - grid[0]
        near = jax.lax.stop_gradient(grid[jnp.argmin(jax.vmap(at)(grid))])
        slope = jax.grad(at)
        log = polished(slope, bisect(lambda x: slope(x) < 0, near - step, near + step, _HALVINGS), _STEPS)
        return _total(truth, load, base, jnp.exp(log)) - noise

    return over_batch(one, _GRID * truth.eigenvalues.size, load, noise)


def _total(truth: Population, load: Array, base: Array, excess: Array) -> Array:
    """t = κu at κ = κ₀ + excess, u = max(1−c, 0) + c excess τ(Σ(Σ+κ₀)⁻¹(Σ+κ)⁻¹)."""
    value = base + excess
    shape = truth.eigenvalues / _or_one(truth.eigenvalues + value[..., None])
    rise = (shape / _or_one(truth.eigenvalues + base[..., None])) @ truth.weights
    return value * (jnp.maximum(unseen(truth, load), 0.0) + excess * rise / load)


def _risk(truth: Population, load: Array, noise: Array, base: Array, excess: Array) -> Array:
    value = base + excess
    inverse = 1.0 / _or_one(truth.eigenvalues + value[..., None])
    response = (truth.eigenvalues * inverse) @ truth.weights
    spread = (truth.eigenvalues * inverse**2) @ truth.weights
    total = _total(truth, load, base, excess)
    slope = total / value + value * spread / load  # t'(κ)
    return noise * response + (value**2 - noise * total) * spread / slope


def _or_one(total: Array) -> Array:
    return jnp.where(total == 0.0, 1.0, total)
