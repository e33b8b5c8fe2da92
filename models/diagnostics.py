"""Whether chains agree: rank-normalised, folded, split R-hat, and effective sample sizes of bulk and tails.

Ranks serve draws of any tail; folding, |x − median|, sees chains that agree in place and not in width; halves
of a chain that differ see a drift.

Source: Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021, Bayesian Analysis 16.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from lingen import lazy
from lingen.boundary import checked

__all__ = ["bulk", "r_hat", "tail"]

diagnostics, stats = lazy.module("numpyro.diagnostics"), lazy.module("scipy.stats")
TAILS = (0.05, 0.95)


@checked
def r_hat(draws: Float[np.ndarray, "chains draws *shape"]) -> float:
    """Rank-normalised split R-hat of the draws or of the folded draws, the largest over components."""
    halves = _halves(draws)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(max(np.max(diagnostics.gelman_rubin(_normal(x))) for x in (halves, folded)))


@checked
def bulk(draws: Float[np.ndarray, "chains draws *shape"]) -> float:
    """Effective sample size of the rank-normalised draws, the least over all components."""
    return _effective(_normal(_halves(draws)))


@checked
def tail(draws: Float[np.ndarray, "chains draws *shape"]) -> float:
    """Effective sample size of the 5 % and 95 % quantiles, the lesser, the least over all components."""
    halves = _halves(draws)
    return min(_effective((halves <= np.quantile(halves, q, axis=(0, 1))).astype(float)) for q in TAILS)


def _halves(draws: np.ndarray) -> np.ndarray:
    shape = np.shape(draws)
    if len(shape) < 2 or shape[1] < 4 or 0 in shape:
        raise ValueError(f"draws must have shape (chains, draws >= 4, ...), got {shape}")
    half = shape[1] // 2
    draws = np.asarray(draws)
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _normal(draws: np.ndarray) -> np.ndarray:
    """Draws replaced by the normal quantiles of their ranks among all chains."""
    flat = draws.reshape(draws.shape[0] * draws.shape[1], -1)
    ranks = stats.rankdata(flat, axis=0)
    return ndtri((ranks - 0.375) / (len(flat) + 0.25)).reshape(draws.shape)


def _effective(draws: np.ndarray) -> float:
    """S/τ of S draws with τ at least 1/log₁₀ S: of draws that alternate, τ comes out near 0 or below it."""
    count = draws.shape[0] * draws.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        time = count / diagnostics.effective_sample_size(draws)
    return float(np.min(count / np.maximum(time, 1 / np.log10(count))))
