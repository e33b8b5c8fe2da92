"""Combinations of denoisers measured: of two training sets the best extrapolation, of k of them the mean.

Given the training sets the risk on a fresh point is a trace, tr(D(Σ+s)D) − 2 tr(DΣ) + tr Σ, for
D = D₁ + w(D₁−D₂) a parabola in w whose lowest point is measured. Its mean over data is
that of the mean parabola up to O(1/d).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive
from lingen.models import filters
from lingen.models.observables import DenoiserCombination
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.roots import root
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of

__all__ = ["METHODS", "draw", "sampler"]

METHODS = methods.Methods("denoiser_combinations")


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    method: str = "dense",
    *,
    other: ArrayLike,
    noise: ArrayLike,
    models: int = 2,
) -> Partial:
    """A draw of the best weight w of (1+w)D₁ − wD₂, of its risk, and of the risk of the mean of k denoisers.

    Args:
        population: the truth.
        dim: d.
        load: γ₁ = n/d of D₁ and of each denoiser that is averaged, D₁ among them.
        method: "dense" or "auto".
        other: γ₂ of D₂.
        noise: s > 0, the variance of the noise on the data to be denoised.
        models: k >= 1 denoisers that are averaged.

    Raises:
        ValueError: for an argument out of range or another method.
    """
    methods.choose(METHODS, method, population, dim)
    source = wishart.source(population, dim, load)
    beside = wishart.source(population, dim, positive("other", known("other", other)))
    level = positive("noise", known("noise", noise))
    return Partial(_dense, source, beside, level, jnp.arange(integer("models", models, low=1)))


draw = draw_of(sampler, DenoiserCombination)


def _dense(
    source: DataSource,
    other: DataSource,
    noise: Float[Array, ""],
    models: Int[Array, "k"],
    key: Key[Array, ""],
) -> DenoiserCombination:
    truth = source.spectrum
    seen = truth + noise
    filter = filters.Denoiser(noise)

    def add(total: Array, model: Array) -> tuple[Array, None]:
        return total + root(source.model(jr.fold_in(key, model)), filter)[0], None

    def risk(denoiser: Array) -> Array:
        return jnp.mean(jnp.sum(denoiser**2, axis=0) * seen - 2.0 * jnp.diagonal(denoiser) * truth + truth)

    first = root(source.model(jr.fold_in(key, 0)), filter)[0]
    second = root(other.model(jr.fold_in(key, models.size)), filter)[0]
    rest, _ = jax.lax.scan(add, jnp.zeros_like(first), models[1:])
    apart = first - second
    size = jnp.max(jnp.abs(apart))  # its square may vanish
    unit = apart / size
    slope = jnp.sum(jnp.diagonal(unit) * truth) - jnp.sum(jnp.sum(first * unit, axis=0) * seen)
    weight = slope / (size * jnp.sum(jnp.sum(unit**2, axis=0) * seen))
    mean = (first + rest) / models.size
    return DenoiserCombination(weight, risk(first + weight * apart), risk(mean))
