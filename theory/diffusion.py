"""Samplers of linear diffusion models: what two models make of the same seed and the same noise.

With the score −(S+s)^{-1} x of n samples, x_0 = Σ_t g_t(S) ε_t over the seed and the noise of every step.
Two models with the same ε's therefore agree to q = Σ_t τ(ḡ_t²)/Σ_t τ(E g_t²), ḡ_t the equivalent of E g_t(S):
one term for a deterministic sampler (statement C4), a denoiser a step for an ancestral one.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite, positive, representable
from lingen.models.filters import DDPM, Sampler, denoiser
from lingen.models.observables import SampledGauge, Sampling
from lingen.models.population import Population
from lingen.theory import convergence, diffusion_steps
from lingen.theory.moments.functional import filter_moments, in_units
from lingen.theory.moments.roots import FEWEST, node_count
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.compression import compress
from lingen.theory.numerics.quadrature import ROUND_OFF, logarithmic
from lingen.theory.spectrum.equivalents import kappa, ridge_slope

__all__ = [
    "gauge_overlap", "overlap", "predict", "predict_gauge", "reverse_diffusion_overlap",
    "reverse_diffusion_overlap_isotropic",
]  # fmt: skip


@checked
@representable
def overlap(population: Population, load: ArrayLike, sampler: Sampler) -> Float[Array, "..."]:
    """q of two models that share the seed and, for DDPM, the noise of every step.

    A step of DDPM from s to u multiplies by (λ+u)/(λ+s), in the units of the data: its terms telescope to
    g_t = √c_t λ/(λ+s_t), whose moments are those of denoisers (N1, N2).

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0 of each training set, any shape.
        sampler: ddpm, ddim, euler or heun, of `lingen.models.filters`.

    Raises:
        ValueError: if a load is not positive.

    Source: derived (docs/derivations, statement N6).
    """
    if not isinstance(sampler, DDPM):
        return convergence.overlap(population, load, sampler)
    noise, strength = sampler.channels
    population = compress(population)
    moments = filter_moments(population, positive("load", load)[..., None], denoiser(noise))
    length = jnp.sqrt(moments.square @ population.weights @ strength)[..., None, None]
    return (moments.mean / length) ** 2 @ population.weights @ strength


@checked
@representable
def reverse_diffusion_overlap(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """q of the exact reverse diffusion with the same seed and Brownian path, from infinite noise.

    x_0 = ∫_0^∞ S(S+s)^{-1} dW_s, so by N1, with t'(κ) = 1 − c τ(Σ²(Σ+κ)^{-2}),

        q = (1/τ(Σ)) ∫_0^∞ τ((Σ(Σ+κ(s))^{-1})²) ds = (1/τ(Σ)) ∫_{κ₀}^∞ τ(Σ²(Σ+κ)^{-2}) t'(κ) dκ.

    The law of the samples is N(0, S), as for the probability flow, whose q is larger (C1).

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0 of each training set, any shape.

    Raises:
        ValueError: if a load is not positive.

    Source: derived (docs/derivations, statement N6).
    """
    gamma = positive("load", load)
    few = gamma < FEWEST  # where q is linear in the load, and κ₀ overflows
    truth = compress(in_units(population).population)
    usual = _reverse(truth, jnp.where(few, FEWEST, gamma), node_count(truth))
    return usual * jnp.where(few, gamma / FEWEST, 1.0)


@checked
def reverse_diffusion_overlap_isotropic(load: ArrayLike) -> Float[Array, "..."]:
    """The same for Σ = I: 1 − 1/(3γ) for γ >= 1, γ − γ²/3 for γ <= 1; 2/3 at γ = 1.

    Raises:
        ValueError: if a load is not positive.

    Source: derived (docs/derivations, statement N6).
    """
    gamma = positive("load", load)
    return jnp.where(gamma >= 1.0, 1.0 - 1.0 / (3.0 * jnp.maximum(gamma, 1.0)), gamma - gamma**2 / 3.0)


@checked
def gauge_overlap(population: Population, load: ArrayLike, angle: ArrayLike) -> Float[Array, "..."]:
    """q of two probability flows, one of them turned: cos(angle) times that of C4.

    The drift J_s C_s^{-1} x, J_s antisymmetric and C_s = S+s, leaves dC_s/ds = 1 as it is: the law of the
    samples stays. For J_s = ω(s) C_s^{1/2} J C_s^{1/2}, J² = −1, the map from the seed is √S e^{θJ} with
    θ = ∫ω ds; J is free of S, so q is multiplied by τ(e^{θJ}) = cos θ.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0 of each training set, any shape.
        angle: θ in radians; broadcasts with `load`.

    Raises:
        ValueError: if a load is not positive or an angle not finite.

    Source: derived (docs/derivations, statement N7).
    """
    return jnp.cos(finite("angle", angle)) * convergence.overlap(population, load)


@checked
def predict(population: Population, load: ArrayLike, filter: Sampler, dim: int | None = None) -> Sampling:
    """The observables of `lingen.sims.diffusion.draw`, predicted; the limit has no dimension."""
    return Sampling(overlap(population, load, filter), diffusion_steps.step_error(population, load, filter))


@checked
def predict_gauge(population: Population, load: ArrayLike, angle: ArrayLike) -> SampledGauge:
    """The observables of `lingen.sims.gauge.draw`, predicted: the law stays, q does not."""
    q = gauge_overlap(population, load, angle)
    return SampledGauge(q, jnp.ones_like(q))


@partial(jax.jit, static_argnums=2)
def _reverse(population: Population, load: Array, nodes: int) -> Array:
    """Trapezoid in log(κ−κ₀), as in lingen.theory.moments.roots: every pole lies on Im = ±π."""
    sigma, weight = population.eigenvalues, population.weights
    smallest = jnp.min(jnp.where(sigma > 0, sigma, jnp.inf))

    def one(load: Array) -> Array:
        least = kappa(population, load, 0.0)
        low = jnp.log(smallest + least) - ROUND_OFF
        high = jnp.log(jnp.max(sigma) + least) + ROUND_OFF
        excess, step = logarithmic(low, high, nodes)
        point = least + excess
        kept = (sigma / (sigma + point[:, None])) ** 2 @ weight
        return step * jnp.sum(excess * kept * ridge_slope(population, load, point)) / population.moment(1.0)

    return over_batch(one, nodes * sigma.size, load)
