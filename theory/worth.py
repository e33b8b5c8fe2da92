"""The worth of a sample: how many Gaussian samples one sample of another law is worth, for convergence.

In the eigenbasis of Σ let y be the coordinates of x and g[σ_k,σ_l] = (g(σ_k)−g(σ_l))/(σ_k−σ_l) the divided
difference of the filter. To first order in 1/n a trained filter moves by g[σ_k,σ_l] (S−Σ)_kl, hence

    n (1−q) tr g(Σ)² → V = Σ_kl g[σ_k,σ_l]² (E y_k²y_l² − σ_k² δ_kl).

Gaussian data have E y_k²y_l² = σ_kσ_l(1 + 2δ_kl), and the limit d → ∞ drops their diagonal term: what is
left is V of the prediction (derived).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite
from lingen.models import filters
from lingen.models.filters import PCA, Filter
from lingen.models.population import in_range, varying
from lingen.theory.numerics.chunks import ELEMENTS

__all__ = ["Worth", "worth"]

ALIKE = 1e-10
"""Variance of what a sample tells, relative to Gaussian ones, below which it is rounding."""


class Worth(NamedTuple):
    """Gaussian samples one sample is worth, at large n."""

    gaussian: float
    """V(Gaussian)/V: one for Gaussian data, below one where samples teach less."""
    predicted: float
    """V(d → ∞, Gaussian)/V: q follows the prediction at so many times n; holds the finite-size term too."""


@checked
def worth(samples: ArrayLike, filter: Filter | None = None) -> Worth:
    """The worth of one sample from the fourth moments of `samples`; memory is that of `samples`.

    Args:
        samples: shape (N, d), mean removed; the law is taken to be their empirical one.
        filter: g, differentiable; the gaussian √λ by default.

    Raises:
        ValueError: if `samples` is not a finite array of two axes that varies, if any one sample tells their
            covariance, or if the divided differences of the filter do not exist (PCA) or are no doubles.
    """
    data = np.asarray(finite("samples", samples))
    if data.ndim != 2 or data.shape[0] < 2 or not data.any():
        raise ValueError(f"samples must have shape (N >= 2, d) and vary, got shape {data.shape}")
    in_range("samples", data)
    varying("samples", data)
    if isinstance(filter, PCA):
        raise ValueError(f"filter must be a smooth function of single eigenvalues, got {filter.name}")
    model = filter or filters.gaussian()
    sigma, squares = _coordinates(data)
    actual = gaussian = predicted = 0.0
    rows = max(1, ELEMENTS // sigma.size)
    for start in range(0, sigma.size, rows):  # a stripe of the matrix of fourth moments at a time
        part = slice(start, start + rows)
        own = np.arange(sigma.size)[part, None] == np.arange(sigma.size)
        # y_k²/σ_k has mean one: its second moments are those of Gaussian data iff they are 1 + 2δ
        fourth = squares[:, part].T @ squares / data.shape[0] - own
        slope = _divided_difference(model, sigma[part], sigma)
        weight = np.asarray(slope) ** 2 * np.outer(sigma[part], sigma)
        actual += np.sum(weight * fourth)
        gaussian += np.sum(weight * (1.0 + own))
        predicted += np.sum(weight)
    if not 0.0 < gaussian < np.inf:
        raise ValueError(
            "filter must change along the spectrum of samples within double precision, got "
            f"{model.name} at eigenvalues up to {sigma[-1]:.3g}"
        )
    if not actual > ALIKE * gaussian:
        raise ValueError(
            "samples must differ in their squares along some direction, got samples, such as two mirrored "
            "values, of which any one tells the covariance"
        )
    return Worth(float(gaussian / actual), float(predicted / actual))


def _coordinates(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positive eigenvalues σ_k of Σ and y_k²/σ_k of each sample, through the smaller of XᵀX and XXᵀ."""
    count, dim = data.shape
    values, vectors = np.linalg.eigh((data.T @ data if count >= dim else data @ data.T) / count)
    alive = values > max(count, dim) * np.finfo(float).eps * values[-1]
    sigma, vectors = values[alive], vectors[:, alive]
    return sigma, (data @ vectors) ** 2 / sigma if count >= dim else count * vectors**2


@jax.jit
def _divided_difference(
    filter: Filter, rows: Float[Array, "r"], sigma: Float[Array, "d"]
) -> Float[Array, "r d"]:
    """(g(σ_k)−g(σ_l))/(σ_k−σ_l), and the derivative at the mean where the two are too close to subtract."""
    gap = rows[:, None] - sigma
    close = jnp.abs(gap) <= 1e-5 * (rows[:, None] + sigma)
    mean = (rows[:, None] + sigma) / 2.0
    derivative = jax.vmap(jax.grad(filter))(mean.ravel()).reshape(mean.shape)
    return jnp.where(close, derivative, (filter(rows)[:, None] - filter(sigma)) / jnp.where(close, 1.0, gap))
