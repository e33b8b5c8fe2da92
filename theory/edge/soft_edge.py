"""The largest and the smallest eigenvalue of S on the scale of their fluctuations, for any bulk: Tracy–Widom.

At an edge ψ'(ℓ) = 0 and ψ ≈ x + ½ψ''(ℓ)(·−ℓ)², hence a density ∝ √|·−x| with a constant that sets the scale:

    λ = x ± s · scale,    scale = n^{−2/3} |ℓ|^{4/3} |ψ''(ℓ)/2|^{1/3},    s of law F₁,

+ at the upper, − at the lower edge (El Karoui 2007; Lee & Schnelli 2016; the form in ψ derived). F₁ is in
`lingen.theory.edge.tracy_widom`. The lower edge, below the smallest eigenvalue that is not 0, is soft unless
n is as large as the rank of Σ (`lingen.theory.edge.hard_edge`).
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike

from lingen.boundary import checked
from lingen.checks import is_traced, positive, representable
from lingen.models.population import Population
from lingen.theory.edge.tracy_widom import Scaling
from lingen.theory.spectrum import gaps
from lingen.theory.spectrum.equivalents import ridge_map, ridge_slope, unseen

__all__ = ["lower", "upper"]

_HALF = 0.5


@checked
@representable
def upper(population: Population, dim: ArrayLike, samples: ArrayLike) -> Scaling:
    """λ_max(S) ≈ location + scale · s, without a spike above its threshold.

    n and d enter as n − ½ and d − ½, with which the mean of s errs by O(d^{−2/3}) for Σ = I (Ma 2012); for
    other bulks they are found to help, not proven (docs/derivations).

    Args:
        population: bulk law of Σ.
        dim: d > 1/2, one number.
        samples: n > 1/2, one number.

    Raises:
        ValueError: if `dim` or `samples` is not above 1/2.

    Source: El Karoui 2007; Lee & Schnelli 2016 (real data); Johnstone 2001 for Σ = I.
    """
    return _scaling(population, *_sizes(dim, samples), -1)


@checked
@representable
def lower(population: Population, dim: ArrayLike, samples: ArrayLike) -> Scaling:
    """λ_min ≈ location − scale · s, of the eigenvalues of S that are not 0; n and d as in `upper`.

    Asks that (√n − √d)² be large against n^{1/3}, and says nothing at n = d.

    Args:
        population: bulk law of Σ.
        dim: d > 1/2, one number.
        samples: n > 1/2, one number; not the rank of Σ, d H(σ>0).

    Raises:
        ValueError: if `dim` or `samples` is not above 1/2, or n is the rank of Σ: a hard edge.

    Source: Feldheim & Sodin 2010 for Σ = I; Knowles & Yin 2017 for real data and regular edges.
    """
    dim, samples = _sizes(dim, samples)
    if not is_traced((population, dim, samples)) and _is_hard(population, float(samples) / float(dim)):
        raise ValueError(f"samples must differ from the rank of Σ at a soft edge, got {samples + _HALF:g}")
    return _scaling(population, dim, samples, 0)


def _sizes(dim: ArrayLike, samples: ArrayLike) -> tuple[Array, Array]:
    found = []
    for name, value in (("dim", dim), ("samples", samples)):
        size = positive(name, value)
        if size.ndim or (not is_traced(size) and float(size) <= _HALF):
            raise ValueError(f"{name} must be one number above 1/2, got {value}")
        found.append(size - _HALF)
    return found[0], found[1]


def _is_hard(population: Population, load: float) -> bool:
    with jax.ensure_compile_time_eval():
        return abs(float(unseen(population, load))) < 1e-12


@partial(jax.jit, static_argnums=3)
def _scaling(population: Population, dim: Array, samples: Array, side: int) -> Scaling:
    """Edge 0 (lower) or −1 (upper)."""
    load = samples / dim
    found = gaps.find(*gaps.ordered(*jax.lax.stop_gradient((population, load)))[:2])
    ell = jax.lax.stop_gradient((found.begin if side else found.end)[side])
    ell = ell - ridge_slope(population, load, -ell) / _curvature(population, load, ell)
    bend = jnp.abs(_curvature(population, load, ell)) / 2.0
    share = samples / (samples + _HALF)  # S has the divisor n
    scale = samples ** (-2 / 3) * jnp.abs(ell) ** (4 / 3) * jnp.cbrt(bend)
    place = -ridge_map(population, load, -ell)
    return Scaling(place * share, scale * share)  # type: ignore[arg-type]


def _curvature(population: Population, load: Array, ell: Array) -> Array:
    """ψ''(ℓ) = 2c∫t²/(ℓ−t)³ dH."""
    sigma, weight = population.eigenvalues, population.weights
    return 2.0 / load * jnp.sum(weight * sigma**2 / (ell - sigma) ** 3)
