"""Samples of a power law averaged over its rivals, each by the evidence that its grid has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lingen.boundary import checked
from lingen.claims.inference import grids as quadrature
from lingen.claims.inference.grids import LAWS, Grid, SizedMeans, SizeLaw

__all__ = ["CHAINS", "averaged"]

CHAINS = 4
LARGEST = 1.0
"""|B| at the mean size: what is called a correction is smaller than what it corrects."""
MORE = 2
"""Samples drawn of every law, for each one that is kept of all."""


@checked
def averaged(
    points: SizedMeans,
    level: float,
    laws: Sequence[SizeLaw],
    rng: np.random.Generator,
    draws: int,
    correction: bool,
) -> tuple[dict[str, np.ndarray], dict[str, float], Grid]:
    """Samples of all laws with an exponent by their weights, the weights of all, and the best grid.

    Args:
        points: the measurements.
        level: their unit.
        laws: the rivals, at least one with an exponent.
        rng: of the samples.
        draws: samples of each of four streams.
        correction: whether samples of ω alone are asked for.

    Raises:
        ValueError: if ω is asked for and no law has one.
    """
    grids = [quadrature.posterior(law, points) for law in laws]
    total = CHAINS * draws
    pools = [_drawn(grid, points, level, rng, MORE * total) for grid in grids]
    evidence = np.array([g.evidence + np.log(g.law.prior * p[1]) for g, p in zip(grids, pools, strict=True)])
    weights = np.exp(evidence - np.logaddexp.reduce(evidence))
    powers = np.array([w * (not law.exponential) for w, law in zip(weights, laws, strict=True)])
    powers = powers / powers.sum() if powers.sum() > 0 else np.eye(len(laws))[0]
    counts = rng.multinomial(total, powers)
    parts = [_some(pool, rng, n) for (pool, _), n in zip(pools, counts, strict=True)]
    order = rng.permutation(total)
    samples = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
    if correction:
        having = [(pool, p) for (pool, _), p, law in zip(pools, powers, laws, strict=True) if law.order]
        samples["correction_exponent"] = _orders(having, rng, total)
    samples = {name: x.reshape(CHAINS, draws, *x.shape[1:]) for name, x in samples.items()}
    named = {law.name: float(w) for law, w in zip(laws, weights, strict=True)}
    return samples, named, grids[int(np.argmax(powers))]


def _drawn(
    grid: Grid, points: SizedMeans, level: float, rng: np.random.Generator, count: int
) -> tuple[dict[str, np.ndarray], float]:
    """Samples whose correction is no larger than the leading term, and the share of all that these are."""
    found = quadrature.draw(grid, rng, count)
    terms = quadrature.coefficients(grid.law, points, found, rng)
    good = np.ones(count, bool)
    if grid.law.order or grid.law.logarithm:
        good = np.abs(terms[:, 1]) <= LARGEST * np.abs(terms[:, 0])
    share = max(float(np.mean(good)), 1.0 / count)
    good = good if good.any() else np.ones(count, bool)
    padded = np.zeros((count, 3))
    padded[:, : terms.shape[1]] = terms
    samples = {
        "exponent": found[0],
        "offset": level * terms[:, -1] if grid.law.offset else np.zeros(count),
        "misfit": found[2],
        "_exponent": found[0],
        "_order": found[1],
        "_terms": padded,
        "_law": np.full(count, [law.name for law in LAWS].index(grid.law.name)),
    }
    return {name: values[good] for name, values in samples.items()}, share


def _some(pool: Mapping[str, np.ndarray], rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    size = pool["exponent"].size
    chosen = rng.choice(size, count, replace=count > size)
    return {name: values[chosen] for name, values in pool.items()}


def _orders(
    having: Sequence[tuple[Mapping[str, np.ndarray], float]], rng: np.random.Generator, total: int
) -> np.ndarray:
    """Samples of ω from the laws that have one."""
    if not having:
        raise ValueError("laws must have one with a correction where correction is asked for, got none")
    shares = np.array([p for _, p in having]) + 1e-300
    counts = rng.multinomial(total, shares / shares.sum())
    parts = [_some(pool, rng, n)["_order"] for (pool, _), n in zip(having, counts, strict=True)]
    return rng.permutation(np.concatenate(parts))
