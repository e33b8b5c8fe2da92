"""Spectral entropy: −tr ρ log ρ of ρ = S/tr S, at load γ = n/d (section H of the theory).

As n, d → ∞ it is log d − Δ with a deficit Δ = τ(S log S)/τ(S) − log τ(S) of order one. From
λ log λ = ∫_0^∞ λ/(1+t) − λ/(λ+t) dt and τ(S(S+t)⁻¹) = D(κ(t)), D(κ) = τ(Σ(Σ+κ)⁻¹), integrated over κ,

    τ(S log S) = τ(Σ log(Σ+κ₀)) + (c/2) (∫_{κ₀}^∞ D² dκ − κ₀ D(κ₀)²),   c = 1/γ, κ₀ = κ(0).

For Σ = I this is 1/2γ (γ >= 1) and γ/2 − log γ below: Page's law.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import integer, positive
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.models.systems import SpectralEntropy
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.compression import compress
from lingen.theory.spectrum.equivalents import kappa

__all__ = ["deficit", "entropy", "predict"]


@checked
def deficit(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """Δ = log d + tr ρ log ρ as d → ∞, in nats; 0 at infinite load iff Σ ∝ I.

    Args:
        population: bulk law of Σ; finitely many spikes move Δ by O(log d / d).
        load: γ = n/d > 0, any shape.

    Returns:
        Δ >= 0 of the shape of `load`; invariant under Σ → aΣ.

    Raises:
        ValueError: if a load is not positive.

    Source: derived (docs/derivations, statement H1); Σ = I: Page, Phys. Rev. Lett. 71, 1291 (1993).
    """
    return _deficit(compress(population), positive("load", load))


@jax.jit
def _deficit(population: Population, load: Array) -> Array:
    size = population.eigenvalues.size
    population = population.replace(eigenvalues=population.eigenvalues / population.moment(1.0))
    bottom = kappa(population, load, 0.0)
    return over_batch(lambda y, k: _mean_xlogx(population, y, k), size**2, load, bottom)


@checked
def entropy(population: Population, load: ArrayLike, dim: int) -> Float[Array, "..."]:
    """−tr ρ log ρ ≈ log d − Δ in nats; for Σ = I log d − d/2n (n >= d) and log n − n/2d below.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        dim: d.

    Raises:
        ValueError: if a load is not positive or `dim` is not a whole number of at least 1.

    Source: as for `deficit`; the error is O(1/d).
    """
    return jnp.log(float(integer("dim", dim, low=1))) - deficit(population, load)


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> SpectralEntropy:
    """The observables of `lingen.sims.spectral_entropy.draw`; no entropy without a dimension.

    Raises:
        NotImplementedError: for a filter: the entropy is that of S itself.
    """
    if filter is not None:
        raise NotImplementedError(f"no spectral entropy of {filter.name}: only of the sample covariance")
    size = population.dim if dim is None else integer("dim", dim, low=1)
    lack = deficit(population, load)
    return SpectralEntropy(None if size is None else jnp.log(float(size)) - lack, lack)


def _mean_xlogx(population: Population, load: Array, bottom: Array) -> Array:
    """τ(S log S) at one load."""
    sigma, weight = population.eigenvalues, population.weights
    alive = sigma > 0
    mass = jnp.where(alive, weight * sigma, 0.0)
    shifted = jnp.where(alive, sigma + bottom, 1.0)
    squares = mass @ _inverse_log_mean(shifted[:, None], shifted) @ mass
    start = mass @ (1.0 / shifted)
    return mass @ jnp.log(shifted) + (squares - (bottom * start) * start) / load / 2.0


def _inverse_log_mean(a: Array, b: Array) -> Array:
    """log(a/b)/(a−b) = ∫_0^∞ dκ/((a+κ)(b+κ)), 1/a where they agree."""
    low = jnp.minimum(a, b)
    x = jnp.abs(a - b) / low
    near = x < 1e-2
    small = jnp.where(near, x, 0.0)
    series = jnp.polyval(jnp.asarray([(-1.0) ** k / (k + 1) for k in reversed(range(9))]), small)
    far = jnp.where(near, 1.0, x)
    return jnp.where(near, series, jnp.log1p(far) / far) / low
