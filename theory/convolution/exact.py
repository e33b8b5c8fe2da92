"""Models of all frequencies, exact: p̂_k are independent, p_k Gamma(n)/n, of real modes Gamma(n/2)/(n/2)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.filters import Filter, Gaussian
from lingen.models.images.stationary import self_conjugate
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.gammas import gamma_ratio, mean_and_variance

__all__ = ["risks", "spread"]

_COST = 8
"""Arrays of the size of the image that one number of samples takes."""


@checked
def spread(
    power: Float[Array, "..."], samples: Float[Array, "..."], noise: Array | None, filter: Filter | None
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """E‖x̂₁−x̂₂‖²/2d and E‖x̂‖²/d: by closed form for √λ, by a quadrature of fixed size for any other gain."""
    return _spread(power, samples, noise, filter)


@jax.jit
def _spread(power: Array, samples: Array, noise: Array | None, filter: Filter | None) -> tuple[Array, Array]:
    return over_batch(lambda n: _spread_at(power, n, noise, filter), _COST * power.size, samples)


def _spread_at(
    power: Array, samples: Array, noise: Array | None, filter: Filter | None
) -> tuple[Array, Array]:
    unit = jnp.max(power)
    scaled, shape = (power / unit).ravel(), _shapes(power, samples)
    if noise is None and (filter is None or isinstance(filter, Gaussian)):
        kept = gamma_ratio(shape) ** 2 / shape
        return unit * jnp.mean(scaled * (1.0 - kept)), unit * jnp.mean(scaled)
    if noise is None and filter is not None:
        mean, variance = mean_and_variance(filter, power.ravel(), shape)
        return jnp.mean(variance), jnp.mean(mean**2 + variance)
    assert noise is not None
    level = noise / unit  # gains in units of their largest, so that no square of a small one is lost
    mean, variance = mean_and_variance(Partial(_shrunk, level), scaled, shape)
    weight = unit * (scaled + level) / (1.0 + level)
    return jnp.mean(weight * variance) / (1.0 + level), jnp.mean(weight * (mean**2 + variance)) / (
        1.0 + level
    )


@checked
def risks(
    power: Float[Array, "..."], samples: Float[Array, "..."], noise: Float[Array, ""]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Test and train: E Σ_k [(1−h_k)² p_k + s h_k²]/d of h = p̂/(p̂+s), and E Σ_k s h_k/d."""
    return _risks(power, samples, noise)


@jax.jit
def _risks(power: Array, samples: Array, noise: Array) -> tuple[Array, Array]:
    return over_batch(lambda n: _risks_at(power, n, noise), _COST * power.size, samples)


def _risks_at(power: Array, samples: Array, noise: Array) -> tuple[Array, Array]:
    signal = power.ravel()
    mean, variance = mean_and_variance(Partial(_wiener, noise), signal, _shapes(power, samples))
    test = signal * (1.0 - mean) ** 2 + noise * mean**2 + (signal + noise) * variance
    return jnp.mean(test), jnp.mean(noise * mean)


def _shapes(power: Array, samples: Array) -> Array:
    return samples * jnp.where(self_conjugate(power.shape), 0.5, 1.0).ravel()


def _shrunk(level: Array, x: Array) -> Array:
    """The gain x/(x+s) in units of its largest, of inputs whose largest is 1."""
    return x * ((1.0 + level) / (x + level))


def _wiener(noise: Array, x: Array) -> Array:
    return x / (x + noise)
