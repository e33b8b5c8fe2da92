"""Linear denoisers combined: extrapolated from a weaker one, or averaged over training sets.

D_i = S_i(S_i+s)⁻¹ has the mean D̄_i = Σ(Σ+κ_i)⁻¹ and per mode the variance V_i (statement N3). So for
disjoint training sets and D = (1+w)D₁ − wD₂ the risk on a fresh point is a parabola in w,

    τ(Σ(1−m)² + s m² + (Σ+s)((1+w)²V₁ + w²V₂)),    m = (1+w)D̄₁ − wD̄₂,

least at w = τ((D̄₁−D̄₂)(Σ−(Σ+s)D̄₁) − (Σ+s)V₁)/τ((Σ+s)((D̄₁−D̄₂)²+V₁+V₂)), mostly negative: mixing is
better. Averaging k denoisers leaves V/k, and the shrinkage of κ(n) as a floor (statement N12).
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite, positive, representable
from lingen.models.observables import DenoiserCombination
from lingen.models.population import Population
from lingen.theory.denoiser_variance import variance
from lingen.theory.denoising import response
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa

__all__ = ["averaged_risk", "best_weight", "extrapolated_risk", "predict"]


@checked
@representable
def best_weight(
    population: Population, load: ArrayLike, other: ArrayLike, noise: ArrayLike
) -> Float[Array, "..."]:
    """The w of least risk of (1+w)D₁ − wD₂.

    Args:
        population: bulk law of Σ.
        load: γ₁ > 0 of D₁, any shape.
        other: γ₂ > 0 of D₂; broadcasts with `load`.
        noise: s > 0, variance; broadcasts with both.

    Raises:
        ValueError: if a load or a noise is not positive.

    Source: derived (docs/derivations, statement N12).
    """
    load, other, noise = _checked(load, other, noise)
    sigma, weight = population.eigenvalues, population.weights
    one, apart, first, second = _pair(population, load, other, noise)
    total = sigma + noise[..., None]
    missing = sigma - total * one
    gained = (apart * missing - total * first) @ weight
    return gained / ((total * (apart**2 + first + second)) @ weight)


@checked
@representable
def extrapolated_risk(
    population: Population, load: ArrayLike, other: ArrayLike, noise: ArrayLike, weight: ArrayLike
) -> Float[Array, "..."]:
    """E‖((1+w)D₁ − wD₂)(x+√s z) − x‖²/d for a fresh x.

    Arguments, errors and source are those of `best_weight`; `weight` is w, finite, broadcast with the rest.
    """
    load, other, noise = _checked(load, other, noise)
    one, apart, first, second = _pair(population, load, other, noise)
    w = finite("weight", weight)[..., None]
    spread = (1.0 + w) ** 2 * first + w**2 * second
    return _risk(population, noise, one + w * apart, spread)


@checked
@representable
def averaged_risk(
    population: Population, load: ArrayLike, noise: ArrayLike, models: ArrayLike
) -> Float[Array, "..."]:
    """The same for the mean of k denoisers of disjoint training sets: for k → ∞ the floor that κ(n) sets.

    Args:
        population: bulk law of Σ.
        load: γ > 0 of each training set, any shape.
        noise: s > 0, variance; broadcasts with `load`.
        models: k >= 1; broadcasts with both.

    Raises:
        ValueError: if an argument is not positive.

    Source: derived (docs/derivations, statement N12).
    """
    load, noise, count = broadcast(
        positive("load", load), positive("noise", noise), positive("models", models)
    )
    spread = variance(population, load, noise) / count[..., None]
    return _risk(population, noise, response(population, load, noise), spread)


@checked
def predict(
    population: Population, load: ArrayLike, other: ArrayLike, noise: ArrayLike, models: ArrayLike = 2
) -> DenoiserCombination:
    """The observables of `lingen.sims.denoiser_combinations.draw`, predicted; arguments of the others."""
    weight = best_weight(population, load, other, noise)
    averaged = averaged_risk(population, load, noise, models)
    least = extrapolated_risk(population, load, other, noise, weight)
    return DenoiserCombination(
        weight, least, jnp.broadcast_to(averaged, jnp.broadcast_shapes(averaged.shape, least.shape))
    )


def _checked(load: ArrayLike, other: ArrayLike, noise: ArrayLike) -> tuple[Array, Array, Array]:
    given = positive("load", load), positive("other", other), positive("noise", noise)
    load, other, noise = broadcast(*given)
    return load, other, noise


def _pair(
    population: Population, load: Array, other: Array, noise: Array
) -> tuple[Array, Array, Array, Array]:
    """D̄₁, D̄₁ − D̄₂ without cancellation, V₁ and V₂, one entry a bulk atom."""
    sigma = population.eigenvalues
    first, second = (kappa(population, x, noise)[..., None] for x in (load, other))
    apart = sigma * (second - first) / ((sigma + first) * (sigma + second))
    return (
        sigma / (sigma + first),
        apart,
        variance(population, load, noise),
        variance(population, other, noise),
    )


def _risk(population: Population, noise: Array, mean: Array, spread: Array) -> Array:
    sigma, level = population.eigenvalues, noise[..., None]
    return (sigma * (1.0 - mean) ** 2 + level * mean**2 + (sigma + level) * spread) @ population.weights
