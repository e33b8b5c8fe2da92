"""Local denoisers that share no weights: every pixel regressed on its own window of r pixels (statement V4).

The kernel of a pixel is the central row of S_W(S_W+s)⁻¹, S_W the sample covariance of its window, of
population C_W: the theory of dense denoisers holds with Σ → C_W at the load n/r. For windows wide against the
correlation length it is that of a dense model of r pixels.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, integer, positive, single
from lingen.models.images.stationary import check_power, window
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.spectrum.equivalents import kappa, ridge_slope

__all__ = ["disagreement", "overlap"]

_FLOOR = 1e-15
"""Noise in a matrix at the least, over its trace and its rows: without any it may be singular."""


@checked
def overlap(power: ArrayLike, samples: ArrayLike, taps: int, noise: ArrayLike) -> Float[Array, "..."]:
    """q of two denoisers fitted to disjoint images; arguments, errors and source as in `disagreement`."""
    return 1.0 - disagreement(power, samples, taps, noise)


@checked
def disagreement(power: ArrayLike, samples: ArrayLike, taps: int, noise: ArrayLike) -> Float[Array, "..."]:
    """1 − q = v/(m+v) of two local denoisers fitted to n images each, given the same noisy image.

    m = eᵀΣG(Σ+s)GΣe and v = κ² (eᵀΣG²e) tr((Σ+s)ΣG²)/(n − tr Σ²G²) + s² aᵀB⁻¹a/n, with Σ = C_W, e its central
    pixel, G = (Σ+κ)⁻¹, κ(1 − tr(ΣG)/n) = s, B = Σ+s, a = B⁻¹Σe. The last term, of relative order 1/r, is that
    of large n. 1 − q → (r/n)⟨ps²/(p+s)²⟩⟨p/(p+s)⟩/⟨p²/(p+s)⟩ for wide windows and n >> r.

    Args:
        power: p_k >= 0 on a ring, shape (d,), or a torus, shape (d₁, d₂), even, in the order of the FFT.
        samples: n >= 1 images of each model, any shape.
        taps: pixels along a side of the window, odd, or all of the image.
        noise: s > 0, variance.

    Raises:
        ValueError: for an argument out of range, or a power that is not even.

    Source: derived (docs/derivations, statement V4).
    """
    power = check_power("power", power)
    count = at_least("samples", samples, 1)
    level = single("noise", positive("noise", noise))
    table = window(integer("taps", taps, low=1), power.shape)
    centre = int(np.flatnonzero(table.offsets == 0)[0])
    return _disagreement(power, count, level, jnp.asarray(table.differences), centre)


@jax.jit(static_argnums=4)
def _disagreement(power: Array, samples: Array, noise: Array, differences: Array, centre: int) -> Array:
    covariance = jnp.fft.ifftn(power).real.reshape(-1)[differences]
    size = covariance.shape[0]
    unit = jnp.trace(covariance)  # at least the largest eigenvalue
    covariance, level = covariance / unit, noise / unit
    level = jnp.maximum(level, _FLOOR * size)
    values = jnp.maximum(jnp.linalg.eigvalsh(covariance), 0.0)
    law = Population(values, jnp.full(size, 1.0 / size), jnp.zeros(0))
    start = jnp.eye(size)[centre]

    def solved(ridge: Array) -> tuple[Array, Array]:
        """ridge·(Σ+ridge)⁻¹e and the factor of Σ/ridge + 1."""
        factor = cho_factor(covariance / ridge + jnp.eye(size))[0]
        return cho_solve((factor, False), start), factor

    missing, factor = solved(level)
    kernel = covariance @ missing
    last = kernel @ cho_solve((factor, False), kernel)

    def one(count: Array) -> Array:
        load = count / size
        value = kappa(law, load, level)
        kept = solved(value)[0]
        response = covariance @ kept  # κΣGe
        mean = response @ (covariance @ response) / value + level / value * (response @ response)
        inverse = 1.0 / (values + value)
        input = jnp.sum(values * ((values + level) * inverse) * (value * inverse))
        rest = kept @ covariance @ kept * input / ridge_slope(law, load, value)
        varied = (rest + value / level * last) / count
        return varied / (mean + varied)

    return over_batch(one, 3 * size * size, samples)
