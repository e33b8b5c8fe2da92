"""The same quantities by lingen: each function returns the work of one repetition."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array

from lingen.models import filters, population
from lingen.models.population import Population
from lingen.sims import decoupling, recovery
from lingen.sims.dense import wishart
from lingen.sims.engine import ensemble
from lingen.sims.krylov import draws as krylov
from lingen.sims.krylov import extremes, spectra
from lingen.sims.lanczos import draws as lanczos
from lingen.sims.lanczos import products as matrix_free
from lingen.theory import convergence as convergence_theory
from lingen.theory.spectrum import closed_forms, spectral_law

LANCZOS_PROBES = 8


class Compiled:
    """A function of a key, compiled ahead of its first call."""

    def __init__(self, draw: Any):
        self.draw = draw
        self.call: Any = None

    def compile(self) -> None:
        """Compile, without running."""
        self.call = jax.jit(lambda draw, key: draw(key)).lower(self.draw, jr.key(0)).compile()

    def __call__(self, number: int) -> Any:
        """The draw of key `number`, finished."""
        return jax.tree.map(np.asarray, self.call(self.draw, jr.key(number)))


# --- One draw of (q, Q) ----------------------------------------------------------------------------------


class WithSeeds(Compiled):
    """A dense draw; beside it, untimed, q of the seeds that `lanczos` uses, 8 and 1, from the same X."""

    def __init__(self, draw: Any, source: Any):
        super().__init__(draw)
        self.seeded = jax.jit(partial(_seeded, source))

    def beside(self, number: int) -> Any:
        """What is compared with the draw of this number, and is no part of it."""
        return jax.tree.map(np.asarray, self.seeded(jr.key(number)))


def _seeded(source: Any, key: Array) -> Any:
    one, two = (source.model(k) for k in jr.split(key))
    drawn = (
        lanczos.seeds(jr.fold_in(key, 2), probes, source.spectrum.size) for probes in (LANCZOS_PROBES, 1)
    )
    return [lanczos.overlap(*(wishart.apply(m, filters.gaussian(), z) for m in (one, two))) for z in drawn]


def dense(dim: int, load: float, strength: float) -> Any:
    """By eigendecompositions."""
    truth = population.spiked([strength])
    both = decoupling.sampler(truth, dim, load)
    return WithSeeds(jax.tree_util.Partial(_pair, both), wishart.source(truth, dim, load))


def _pair(both: Any, key: Array) -> Any:
    found = both(key)
    return found.convergence, found.recovery[0]


def matrix_free_pair(dim: int, load: float, strength: float, **plan: Any) -> Any:
    """By `sims.lanczos`, from the training sets of `dense` where they are stored."""
    truth = population.spiked([strength])
    return Compiled(
        jax.tree_util.Partial(
            _both,
            lanczos.convergence_sampler(truth, dim, load, **plan),
            lanczos.recovery_sampler(truth, dim, load, **{k: v for k, v in plan.items() if k != "probes"}),
        )
    )


def matrix_free_overlap(dim: int, load: float, strength: float, **plan: Any) -> Any:
    """q alone, from the training sets and the seeds of `dense` where they are stored."""
    draw = lanczos.convergence_sampler(population.spiked([strength]), dim, load, **plan)
    return Compiled(jax.tree_util.Partial(_overlap_only, draw))


def _overlap_only(draw: Any, key: Array) -> Any:
    return (draw(key).convergence,)


def krylov_pair(dim: int, load: float, strength: float) -> Any:
    """By `sims.krylov`: q and Q, each from training sets of its own."""
    truth = population.spiked([strength])
    return Compiled(
        jax.tree_util.Partial(
            _apart,
            krylov.convergence_sampler(truth, dim, load),
            krylov.recovery_sampler(truth, dim, load),
        )
    )


def _both(first: Any, second: Any, key: Array) -> Any:
    return first(key).convergence, second(key).recovery[0]


def _apart(first: Any, second: Any, key: Array) -> Any:
    one, two = jr.split(key)
    return first(one).convergence, second(two).recovery[0]


def power_law_overlap(dim: int, load: float, exponent: float, **plan: Any) -> Any:
    """q alone of a power law, by `sims.lanczos`."""
    draw = lanczos.convergence_sampler(population.power_law(exponent, dim), dim, load, **plan)
    return Compiled(jax.tree_util.Partial(_overlap_only, draw))


def product(rows: int, dim: int, probes: int, dtype: str) -> Any:
    """One product V S of Lanczos with X stored."""
    source = wishart.source(population.isotropic(), dim, rows / dim)
    data = matrix_free.stored(source, jr.key(0), dtype)
    vectors = jr.normal(jr.key(1), (probes, dim))
    call = jax.jit(lambda data, vectors: data.apply((), vectors)[1])
    return lambda number: _done(call(data, vectors + number))


def _done(tree: Any) -> float:
    jax.block_until_ready(tree)
    return 0.0


# --- Laws ------------------------------------------------------------------------------------------------


def _atoms(values: list[float], weights: list[float]) -> Population:
    return population.atoms(jnp.asarray(values), jnp.asarray(weights))


def density(
    values: list[float], weights: list[float], load: float, grid: list[float]
) -> Callable[[int], Any]:
    """Density of S on a grid."""
    truth, points = _atoms(values, weights), jnp.asarray(grid)
    return lambda number: np.asarray(spectral_law.density(truth, load, points))


def overlap(exponent: float, dim: int, loads: list[float]) -> Callable[[int], Any]:
    """q of a power law at many loads."""
    truth, points = population.power_law(exponent, dim), jnp.asarray(loads)
    return lambda number: np.asarray(convergence_theory.overlap(truth, points))


def marchenko_pastur(ratio: float, grid: list[float], count: int, part: str) -> Callable[[int], Any]:
    """Density, distribution or draws of the spectral law of Σ = I, with its atom at 0."""
    truth, points, load = population.isotropic(), jnp.asarray(grid), 1 / ratio

    def draws(number: int) -> np.ndarray:
        u = [jr.uniform(jr.key(number), (count,)) for _ in range(2)]
        return np.stack([spectral_law.quantile(truth, load, one) for one in u])

    works = {
        "density": lambda number: np.asarray(spectral_law.density(truth, load, points)),
        "distribution": lambda number: np.asarray(spectral_law.cdf(truth, load, points)),
        "draws": draws,
    }
    return works[part]


def closed_form_density(ratio: float, grid: list[float], count: int, part: str) -> Callable[[int], Any]:
    """The closed form of the density."""
    del count, part
    points, call = jnp.asarray(grid), jax.jit(closed_forms.mp_density)
    return lambda number: np.asarray(call(1 / ratio, points))


# --- Ensembles -------------------------------------------------------------------------------------------


def wishart_spectra(dim: int, samples: int, matrices: int) -> Callable[[int], Any]:
    """τ(S) and τ(S²) of many sample covariances, by their spectra, through `ensemble`."""
    draw = recovery.extreme_sampler(population.isotropic(), dim, samples / dim, count=dim)

    def work(number: int) -> np.ndarray:
        values = ensemble.ensemble(draw, jr.key(number), matrices).largest
        return np.stack([values.mean(axis=1), np.mean(values**2, axis=1)], axis=1)

    return work


def tridiagonal_spectra(dim: int, samples: int, matrices: int) -> Callable[[int], Any]:
    """The same moments, from the tridiagonal model."""
    truth = population.isotropic()

    def work(number: int) -> np.ndarray:
        values = spectra.spectra(jr.key(number), truth, dim, samples / dim, matrices)
        return np.stack([values.mean(axis=1), np.mean(values**2, axis=1)], axis=1)

    return work


def largest(dim: int, samples: int, draws: int = 64) -> Callable[[int], Any]:
    """The largest eigenvalue from the bidiagonal model, through `ensemble`."""
    draw = extremes.sampler(population.isotropic(), dim, samples / dim)
    return lambda number: ensemble.ensemble(draw, jr.key(number), draws).largest


def sweep(dim: int, loads: list[float], strengths: list[float], method: str, share: float = 1.0) -> Any:
    """Q on a grid of loads and strengths, cell by cell; every (1/share)-th cell only."""
    cells = [(load, strength) for load in loads for strength in strengths][:: round(1 / share)]
    call = jax.jit(lambda draw, key: draw(key).recovery)
    sampler = {"dense": recovery.sampler, "krylov": krylov.recovery_sampler, "bidiagonal": extremes.sampler}[
        method
    ]

    def work(number: int) -> list[tuple[float, float, float]]:
        keys = jr.split(jr.key(number), len(cells))
        found = [
            call(sampler(population.spiked([strength]), dim, load), key)
            for (load, strength), key in zip(cells, keys, strict=True)
        ]
        return [(*cell, float(np.ravel(value)[0])) for cell, value in zip(cells, found, strict=True)]

    return work
