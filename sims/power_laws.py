"""Disagreement of two Gaussian models drawn exactly, on the smaller side of the data: n × n or d × d.

1 − q = E‖(√S₁ − √S₂)z‖² / (2 tr Σ), z ~ N(0, I), is linear in what is drawn, since E tr S = tr Σ: the mean
of the draws is the ratio of expectations itself, and not the mean of the cosines of single pairs. With fewer
samples than dimensions √S = Xᵀ(XXᵀ)^{−1/2}X/√n needs the n × n matrices alone: O(n²d) a draw, whatever the
spectrum, where a Krylov space would have to resolve all n eigenvalues of a power law.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer
from lingen.models.population import Population
from lingen.sims.engine.single import draw_of

__all__ = ["Disagreement", "draw", "sampler"]


class Disagreement(NamedTuple):
    """Two models trained on disjoint data, sampled with the same seed."""

    disagreement: Float[Array, "..."]
    """‖√S₁ − √S₂‖²_F / (2 tr Σ), of mean 1 − q."""


@checked
@at_once
def sampler(population: Population, dim: int, samples: int) -> Partial:
    """A draw of the disagreement: a function of a key.

    Args:
        population: the truth, of any spectrum.
        dim: d.
        samples: n of each of the two training sets; memory is O(nd).

    Raises:
        ValueError: if a number is out of range.
    """
    samples = integer("samples", samples, low=1)
    return Partial(_compiled(samples), population.spectrum(integer("dim", dim, low=1)))


draw = draw_of(sampler, Disagreement)


@lru_cache
def _compiled(samples: int) -> Callable[..., Disagreement]:
    return partial(_draw, samples)


def _draw(samples: int, spectrum: Float[Array, "d"], key: Key[Array, ""]) -> Disagreement:
    scale = jnp.sqrt(spectrum * (1.0 / samples))
    x, y = (jr.normal(k, (samples, spectrum.size)) * scale for k in jr.split(key))
    squared = _dual(x, y) if samples < spectrum.size else _direct(x, y)
    return Disagreement(squared / (2.0 * jnp.sum(spectrum)))


def _direct(x: Float[Array, "n d"], y: Float[Array, "n d"]) -> Float[Array, ""]:
    return jnp.sum((_power(x.T @ x, 0.5) - _power(y.T @ y, 0.5)) ** 2)


def _dual(x: Float[Array, "n d"], y: Float[Array, "n d"]) -> Float[Array, ""]:
    """tr S₁ + tr S₂ − 2 tr(√S₁√S₂), the last trace that of A M B Mᵀ: M = XYᵀ, A and B the inverse roots."""
    meeting = x @ y.T
    shared = jnp.sum((_power(x @ x.T, -0.5) @ meeting @ _power(y @ y.T, -0.5)) * meeting)
    return jnp.sum(x**2) + jnp.sum(y**2) - 2.0 * shared


def _power(matrix: Float[Array, "m m"], exponent: float) -> Float[Array, "m m"]:
    """A power of a symmetric positive matrix; what round-off leaves of a zero eigenvalue stays out."""
    values, vectors = jnp.linalg.eigh(matrix)
    alive = values > matrix.shape[0] * jnp.finfo(values.dtype).eps * values[-1]
    powers = jnp.where(alive, jnp.where(alive, values, 1.0) ** exponent, 0.0)
    return (vectors * powers) @ vectors.T
