"""The population behind a sample: its spectrum from that of S, by the Marchenko–Pastur map inverted.

The eigenvalues of S are spread wider than those of Σ: by a factor (1 ± √c)² where Σ = I, c = d/n. What is
predicted from them as if they were those of Σ is too good, by O(d/n). Here the law H of Σ is what
solves Silverstein's equation for the sample (`lingen.theory.inversion.equation`): weights w >= 0 on a grid of
atoms, by least squares in units of the equation's own noise (`lingen.theory.inversion.noise`). Nothing else
holds w back: w >= 0 does. Such a w has few atoms, at places that the noise chooses; so the estimate is
the mean quantile function of the fits to replicates of the sample, drawn from the first fit and the noise
(bagging; derived, docs/derivations). Fits of the same replicates tell its error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float
from scipy.optimize import nnls

from lingen.boundary import checked
from lingen.checks import integer, is_traced, nonnegative, positive
from lingen.models import population
from lingen.models.population import Population
from lingen.theory.inversion.equation import Equation, equation, stacked
from lingen.theory.inversion.noise import residual_covariance

__all__ = ["EstimatedPopulation", "estimate", "from_spectrum"]

REPLICATES = 16
TRUST = 0.01
"""Noise that is added to each direction of the equation, of the mean: the covariance is that for n → ∞."""
FAINT = 1e-3
"""Directions that no law moves by more than so many standard errors tell nothing."""
MOST = 1e9
"""Samples a dimension: beyond, the noise of the equation is that of rounding."""
TOTAL = 1e4
"""Weight of Σ w = 1, in standard errors."""


@jax.tree_util.register_pytree_with_keys_class
@dataclass(frozen=True, repr=False)
class EstimatedPopulation(Population):
    """A population that was estimated, with what was told of it. Transformed by JAX it is a plain one.

    Attributes:
        samples: n, the degrees of freedom behind it: one less than the samples where their mean was removed.
        misfit: χ² of the fit for each direction of the equation, near 1 for Gaussian samples of any spectrum;
            far above, no population has such a spectrum in n samples. (Rows that repeat others are not seen:
            theirs is that of a broader population.)
        replicates: the spectra, each in decreasing order, that samples like this one would have given, shape
            (b, d). The standard deviation of a prediction over them is the part of its error that the noise
            of S makes; the whole error, with that of the law that is fitted, is about twice as large.
    """

    samples: float = np.inf
    misfit: float = 0.0
    replicates: Float[np.ndarray, "b d"] | None = None

    @classmethod
    def tree_unflatten(cls, dim: int | None, leaves: object) -> Population:
        """A plain population: of other numbers nothing was told."""
        return Population.tree_unflatten(dim, leaves)  # type: ignore[arg-type]


class Whitened(NamedTuple):
    """The equation in units of its noise, and how to draw that noise."""

    matrix: Float[np.ndarray, "r k"]
    right: Float[np.ndarray, "r"]
    root: Float[np.ndarray, "r s"]
    """Times s normal numbers, the noise."""
    beyond: float
    """χ² of what no weights can fit."""
    directions: float
    """How many directions carry noise."""


@checked
def estimate(samples: ArrayLike, seed: int = 0) -> EstimatedPopulation:
    """The spectrum of Σ behind `samples`, shape (n, d), whose mean is removed: n − 1 degrees of freedom.

    Args:
        samples: the data, rows independent.
        seed: of the replicates.

    Returns:
        A population of d eigenvalues, usable wherever one is; in the large-n limit that of Σ, for Gaussian
        samples and all whose covariance has a universal spectrum. Its W₁ to the truth is below a third of
        the sample spectrum's for flat spectra, atoms, spikes and power laws to k^-0.7; the few largest
        eigenvalues of steeper ones keep their own fluctuation √(2/n), so that k^-1 gets 0.24 to 0.64 and
        k^-1.5 0.75 to 1.05 (d = 200 to 2,000; docs/derivations/spectrum.md).

    Raises:
        ValueError: if `samples` is not a finite array of two axes with at least three rows, or does not vary.

    Source: equation, El Karoui 2008; noise, Bai & Silverstein 2004; together derived (docs/derivations).
    """
    if is_traced(samples):
        raise ValueError("samples must be known numbers, got traced values")
    shape = np.shape(samples)
    if len(shape) != 2 or shape[0] < 3:
        raise ValueError(f"samples must have shape (n >= 3, d), got {shape}")
    observed = population.from_samples(samples)
    return from_spectrum(observed.spectrum(shape[1]), shape[0] - 1.0, seed)


@checked
def from_spectrum(eigenvalues: ArrayLike, samples: float, seed: int = 0) -> EstimatedPopulation:
    """The spectrum of Σ from all d eigenvalues of the sample covariance S, in any order.

    Args:
        eigenvalues: λ_i >= 0 of S, not all 0, zeros included, shape (d,).
        samples: n, the divisor of S and its degrees of freedom: one less than the number of samples where
            their mean was removed. Need not be whole: n samples worth w Gaussian ones each are wn.
        seed: of the replicates.

    Raises:
        ValueError: if an eigenvalue is negative, all are 0 or more than `samples` are positive, or `samples`
            is below 2 or above 1e9 d.

    Source: as of `estimate`.
    """
    values, count = _spectrum(eigenvalues, samples)
    seed = integer("seed", seed, low=0, high=(1 << 63) - 1)
    unit = float(values.mean())
    # fewer positive ones than both n and d: the other directions are dead, not unseen
    alive = int(np.count_nonzero(values))
    size = alive if alive < min(count, values.size) else values.size
    fitted, misfit = _fits(values[:size] / unit, count, np.random.default_rng(seed))
    fitted = np.pad(fitted, ((0, 0), (0, values.size - size))) * unit
    found = np.minimum.accumulate(fitted.mean(axis=0))  # equal ones differ by rounding
    found *= values.sum() / found.sum()
    share = jnp.full(values.size, 1.0 / values.size)
    return EstimatedPopulation(
        jnp.asarray(found), share, jnp.zeros(0), values.size, samples=count, misfit=misfit, replicates=fitted
    )


def _spectrum(eigenvalues: ArrayLike, samples: float) -> tuple[np.ndarray, float]:
    """The eigenvalues in decreasing order, without round-off, and n; `ValueError` where they are none."""
    if is_traced((eigenvalues, samples)):
        raise ValueError("eigenvalues and samples must be known numbers, got traced values")
    values, count = np.asarray(nonnegative("eigenvalues", eigenvalues)), float(positive("samples", samples))
    if values.ndim != 1 or values.size == 0 or not np.any(values > 0):
        raise ValueError(f"eigenvalues must hold at least one positive number, got shape {values.shape}")
    if not 2.0 <= count <= MOST * values.size:
        raise ValueError(f"samples must be between 2 and {MOST * values.size:g}, got {count:g}")
    values = np.sort(values)[::-1]
    values = np.where(values > values.size * np.finfo(float).eps * values[0], values, 0.0)
    alive = int(np.count_nonzero(values))
    if alive > np.ceil(count):
        raise ValueError(f"samples must be at least the {alive} positive eigenvalues, got {count:g}")
    return values, count


def _fits(
    values: Float[np.ndarray, "d"], samples: float, rng: np.random.Generator
) -> tuple[Float[np.ndarray, "b d"], float]:
    """The spectra fitted to replicates, and the misfit of the sample itself."""
    read = equation(values, samples)
    pilot = _weights(stacked(read.matrix / np.abs(read.z)[:, None]), stacked(read.right / np.abs(read.z)))
    white = _whitened(read, pilot, samples, values.size)
    first = _weights(white.matrix, white.right)
    fit = white.matrix @ first
    misfit = (float(np.sum((fit - white.right) ** 2)) + white.beyond) / white.directions
    noise = rng.standard_normal((REPLICATES, white.root.shape[1])) @ white.root.T
    drawn = [_weights(white.matrix, fit + one) for one in noise]
    return np.stack([_quantiles(read.atoms, weights, values.size) for weights in drawn]), misfit


def _whitened(read: Equation, weights: np.ndarray, samples: float, dim: int) -> Whitened:
    """In the basis of the noise that the pilot's law makes, and of it what some weights can move."""
    law = Population(jnp.asarray(read.atoms), jnp.asarray(weights), jnp.zeros(0))
    noise = residual_covariance(law, samples, dim, read.z)
    scale = np.sqrt(np.maximum(np.diag(noise), np.finfo(float).tiny))
    powers, basis = np.linalg.eigh(noise / scale[:, None] / scale)
    powers = np.maximum(powers, 0.0)
    turn = (basis / np.sqrt(powers + TRUST)).T / scale
    matrix, right = turn @ stacked(read.matrix), turn @ stacked(read.right)
    left, singular, _ = np.linalg.svd(matrix, full_matrices=False)
    kept = left[:, singular > FAINT].T
    inside = kept @ right
    root = kept * np.sqrt(powers / (powers + TRUST))
    beyond = max(float(right @ right - inside @ inside), 0.0)
    return Whitened(kept @ matrix, inside, root, beyond, float(np.sum(powers / (powers + TRUST))))


def _weights(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Least squares over w >= 0, Σ w = 1."""
    total = np.full((1, matrix.shape[1]), TOTAL)
    found, _ = nnls(np.vstack([matrix, total]), np.append(right, TOTAL), maxiter=100 * matrix.shape[1])
    return found / found.sum()


def _quantiles(atoms: np.ndarray, weights: np.ndarray, dim: int) -> np.ndarray:
    """d eigenvalues, in decreasing order: the mean of each d-th part of the law: it keeps the trace."""
    mass = np.append(0.0, np.cumsum(weights))
    ends = np.interp(np.linspace(0.0, mass[-1], dim + 1), mass, np.append(0.0, np.cumsum(weights * atoms)))
    return np.maximum(np.diff(ends), 0.0) * dim
