"""Linear denoisers: r(y) = S(S+s)⁻¹ y learnt from n samples, for data y = x + √s z of noise variance s.

Finite data act as more noise: E S(S+s)⁻¹ ≍ Σ(Σ+κ)⁻¹ with the renormalised noise κ = κ(s) >= s,
κ (1 − c τ(Σ(Σ+κ)⁻¹)) = s. Risks are per dimension, as n, d → ∞ at load γ = n/d (section N of the theory).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import positive, representable
from lingen.models.filters import Denoiser, Filter, noise_of
from lingen.models.observables import Denoising
from lingen.models.population import Population
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa, ridge_slope

__all__ = ["effective_noise", "excess_risk", "optimal_risk", "predict", "response", "test_risk", "train_risk"]


@checked
def effective_noise(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """κ(s) >= s, the noise at which the true denoiser shrinks as the learnt one does at s.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        noise: s > 0, variance; broadcasts with `load`.

    Raises:
        ValueError: if a load or a noise is not positive.

    Source: deterministic equivalents (Silverstein 1995); arXiv 2605.21402 (statement N1).
    """
    return kappa(population, load, positive("noise", noise))


@checked
def response(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "... k"]:
    """E[S(S+s)⁻¹]_k = σ_k/(σ_k+κ(s)), one entry a bulk atom; see `effective_noise`."""
    return _response(population, effective_noise(population, load, noise))


@jax.jit
def _response(population: Population, value: Array) -> Array:
    return population.eigenvalues / (population.eigenvalues + value[..., None])


@checked
def test_risk(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """E‖r(x+√s z) − x‖²/d for a fresh x: s²τ(ΣR²) + s(1−2sτ(R)+s²τ(R²)), R = (S+s)⁻¹.

    By N1 and its derivative in s this is sτ(Σ(Σ+κ)⁻¹) + (κ²−s²) τ(Σ(Σ+κ)⁻²) κ'(s), a sum of positive
    terms: the training risk and what generalisation costs (derived).

    Arguments and errors are those of `effective_noise`.

    Source: arXiv 2605.21402 (statement N2).
    """
    return _test_risk(population, *broadcast(positive("load", load), positive("noise", noise)))


@jax.jit
def _test_risk(population: Population, load: Array, level: Array) -> Array:
    value = effective_noise(population, load, level)
    gain = response(population, load, level)
    more = (gain @ population.weights) / load * value  # κ − s = cκ τ(Σ(Σ+κ)⁻¹), without cancellation
    share = (value + level)[..., None] / (population.eigenvalues + value[..., None])
    gap = more * ((gain * share) @ population.weights) / ridge_slope(population, load, value)
    return train_risk(population, load, level) + gap


test_risk.__test__ = False  # type: ignore[attr-defined]  # a prediction, not a test to collect


@checked
def train_risk(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """The same for a training point x: s τ(S(S+s)⁻¹) = s τ(Σ(Σ+κ)⁻¹), with fresh noise z.

    Arguments and errors are those of `effective_noise`.

    Source: arXiv 2605.21402 (statement N2).
    """
    return jnp.asarray(noise) * (response(population, load, noise) @ population.weights)


@checked
def optimal_risk(population: Population, noise: ArrayLike) -> Float[Array, "..."]:
    """Risk of the true denoiser Σ(Σ+s)⁻¹: s τ(Σ(Σ+s)⁻¹), the limit of both risks at infinite load.

    Args:
        population: bulk law of Σ.
        noise: s > 0, variance, any shape.

    Raises:
        ValueError: if a noise is not positive.

    Source: classical (Wiener).
    """
    level = positive("noise", noise)
    gain = population.eigenvalues / (population.eigenvalues + level[..., None])
    return level * (gain @ population.weights)


@checked
@representable
def excess_risk(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """Test risk less optimal risk: (κ−s) [(κ+s) κ'(s) τ(Σ(Σ+κ)⁻²) − s τ(Σ(Σ+κ)⁻¹(Σ+s)⁻¹)].

    No digits are lost where the learnt denoiser is nearly the best: κ − s = c κ τ(Σ(Σ+κ)⁻¹).

    Arguments and errors are those of `effective_noise`.

    Source: derived from `test_risk` (docs/derivations, statement N2).
    """
    return _excess_risk(population, *broadcast(positive("load", load), positive("noise", noise)))


@jax.jit
def _excess_risk(population: Population, load: Array, level: Array) -> Array:
    value = kappa(population, load, level)
    mass = population.weights * population.eigenvalues
    inverse = 1.0 / (population.eigenvalues + value[..., None])
    kept = value[..., None] * inverse  # so that no square of κ is met where it is near the largest double
    shrunk = level * ((inverse / (population.eigenvalues + level[..., None])) @ mass)
    spread = (1.0 + level / value) * ((kept * inverse) @ mass) / ridge_slope(population, load, value)
    return (kept @ mass) / load * (spread - shrunk)


@checked
def predict(
    population: Population,
    load: ArrayLike,
    filter: Filter | None = None,
    dim: int | None = None,
    noise: ArrayLike | None = None,
) -> Denoising:
    """The observables of `lingen.sims.denoising.draw`, predicted.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        filter: absent, or the denoiser whose noise is meant.
        dim: ignored: the limit has no dimension.
        noise: s > 0, variance; that of `filter` when absent.

    Raises:
        ValueError: if both or neither of `noise` and a denoiser are given, or a number is out of range.
        NotImplementedError: for a filter that is no denoiser.
    """
    if filter is not None and not isinstance(filter, Denoiser):
        raise NotImplementedError(f"no denoising risk of {type(filter).__name__}: only of the denoiser")
    level = jnp.asarray(noise_of(filter, noise))
    return Denoising(
        test_risk(population, load, level),
        train_risk(population, load, level),
        response(population, load, level),
    )
