"""Distances that two samples of one law have, and a sample and its law, for no other reason than their size.

The Fréchet distance (FID) falls like d/2n per dimension, the averaged-sliced distance and a kernel's maximum
mean discrepancy like 1/n: these two are blind to the load n/d (statements D6 to D8).
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import gammaln
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, positive, representable, sample_count
from lingen.models.filters import Filter
from lingen.models.observables import SampleDistances
from lingen.models.population import Population
from lingen.theory.numerics.quadrature import legendre
from lingen.theory.numerics.shapes import broadcast

__all__ = ["fid", "fid_first_order", "mmd", "predict", "sliced"]

NODES = 128
RADII = 512
SERIES_FROM = 200.0


@checked
def fid(load: ArrayLike, other: ArrayLike | None = None) -> Float[Array, "..."]:
    """W2²/d between N(0, S₁) and N(0, S₂), the covariances of two samples of N(0, I), as d → ∞.

    2 − (4/π) ∫_0^b √((1−v)(1−c₁v)(1−c₂v)/v) dv, b = min(1, 1/c₁, 1/c₂); c/2 for equal sizes n >= d. At
    finite d and large n it is (d+1)/2n.

    Args:
        load: γ₁ = n₁/d = 1/c₁ > 0, any shape.
        other: γ₂ = 1/c₂, broadcasts; equal sizes if absent.

    Raises:
        ValueError: if a load is not positive.

    Source: S-transforms of free products, Haagerup & Möller 2013; derived in docs/derivations (statement D6).
    """
    first = positive("load", load)
    second = first if other is None else positive("other", other)
    return _fid(*broadcast(first, second))


@jax.jit
def _fid(first: Array, second: Array) -> Array:
    reach = jnp.minimum(1.0, jnp.minimum(first, second))[..., None]
    node, weight = legendre(NODES)
    # v = b sin²θ: the root that ends at b is smooth in θ
    sine2, cosine2 = np.sin(np.pi / 4 * (1 + node)) ** 2, np.cos(np.pi / 4 * (1 + node)) ** 2
    v, c1, c2 = reach * sine2, 1.0 / first[..., None], 1.0 / second[..., None]
    kept = jnp.sqrt(_left(c1, reach, sine2, cosine2) * _left(c2, reach, sine2, cosine2))
    lost = (v * (c1 + c2) - c1 * c2 * v**2) / (1.0 + kept)
    shell = jnp.sqrt(_left(jnp.ones_like(reach), reach, sine2, cosine2) * reach * cosine2)
    inside = np.pi / 2 * jnp.sum(weight * shell * lost, axis=-1)
    angle = jnp.arcsin(jnp.sqrt(jnp.where(reach < 1.0, reach, 0.5)[..., 0]))
    beyond = jnp.pi / 2 - angle - jnp.sin(angle) * jnp.cos(angle)
    return 4.0 / np.pi * (inside + jnp.where(reach[..., 0] < 1.0, beyond, 0.0))


@checked
@representable
def fid_first_order(
    population: Population, dim: int, samples: ArrayLike, other: ArrayLike | None = None, mean: bool = False
) -> Float[Array, "..."]:
    """W2² of two samples of N(0, Σ) at n ≫ d, summed over dimensions: linear in 1/n, half of it to the truth.

    (1/2n₁ + 1/2n₂) Σ_kl σ_k σ_l (1+δ_kl)/(σ_k+σ_l), and where means are fitted n−1 for n and
    (1/n₁ + 1/n₂) tr Σ more.

    Args:
        population: the truth, spikes included.
        dim: d.
        samples: n₁ >= 1, any shape; n₁ >= 2 where means are fitted.
        other: n₂, broadcasts; as many if absent.
        mean: whether means are fitted as well and compared.

    Raises:
        ValueError: for an argument out of range.

    Source: second order of the Bures metric at Σ; derived in docs/derivations (statement D6).
    """
    sigma = population.spectrum(dim)
    least = 2 if mean else 1
    first = at_least("samples", samples, least)
    second = first if other is None else at_least("other", other, least)

    return _first_order(sigma, first, second, mean)


@checked
@representable
def sliced(
    population: Population, dim: int, samples: ArrayLike, other: ArrayLike | None = None
) -> Float[Array, "..."]:
    """E W2²(uᵀx, uᵀx̂) over all directions u, x of the truth and x̂ of N(0, S): exact at every n, d and Σ.

    2τ(Σ)(1 − r(n)), r(n) = √(2/n) Γ((n+1)/2)/Γ(n/2), about τ(Σ)/2n. Between two samples
    2τ(Σ)(1 − r(n₁)r(n₂)).

    Args:
        population: the truth, spikes included.
        dim: d.
        samples: n >= 1, any shape.
        other: n₂ of the second sample, broadcasts; the truth itself if absent.

    Raises:
        ValueError: for an argument out of range.

    Source: uᵀSu/uᵀΣu ~ χ²_n/n; derived in docs/derivations (statement D7).
    """
    missing = _missing(at_least("samples", samples, 1))
    if other is not None:
        missing = missing + (1.0 - missing) * _missing(at_least("other", other, 1))
    return 2.0 * jnp.mean(population.spectrum(dim)) * missing


@checked
@representable
def mmd(population: Population, dim: int, samples: ArrayLike, width: ArrayLike) -> Float[Array, "..."]:
    """E MMD² of the truth N(0, Σ) and N(0, S), kernel exp(−‖x−y‖²/2h²): exact at every n, d and Σ.

    ψ(2) + E ψ(2r) − 2 E ψ(1+r), ψ(v) = Π_k (1+vσ_k/h²)^{−1/2} and r ~ χ²_n/n. For Σ = I, h² = ηd and d → ∞ it
    is e^{−1/η} + (1+2/nη)^{−n/2} − 2e^{−1/2η}(1+1/nη)^{−n/2}, about e^{−1/η}/2η²n: blind to the load.

    Args:
        population: the truth, spikes included.
        dim: d.
        samples: n >= 1, any shape.
        width: h > 0, broadcasts.

    Raises:
        ValueError: for an argument out of range.

    Source: derived in docs/derivations (statement D8).
    """
    count, width = broadcast(at_least("samples", samples, 1), positive("width", width))
    return _mmd(count, width, population.spectrum(dim))


@jax.jit
def _mmd(count: Array, width: Array, spectrum: Array) -> Array:
    scale = jnp.sqrt(2.0 / count)
    low, high = -75.0 / count - 12.0 * scale, jnp.log1p(12.0 * scale + 100.0 / count)
    logs = low[..., None] + (high - low)[..., None] * jnp.linspace(0.0, 1.0, RADII)
    weight = jax.nn.softmax(count[..., None] / 2.0 * (logs - jnp.expm1(logs)), axis=-1)
    r, h = jnp.exp(logs), width[..., None]
    own, cross = _log_kernel(2.0 * r, h, spectrum), _log_kernel(1.0 + r, h, spectrum)
    true = _log_kernel(jnp.full(h.shape, 2.0), h, spectrum)
    # what is common to all three is taken out: they are close to each other at large n
    gap = jnp.exp(true) * (1.0 + jnp.exp(own - true) - 2.0 * jnp.exp(cross - true))
    return jnp.maximum(jnp.sum(weight * gap, axis=-1), 0.0)


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> SampleDistances:
    """The observables of `lingen.sims.finite_samples.draw`; `fid` as d → ∞ for one atom, the others exact.

    Raises:
        ValueError: if a load gives less than one sample, or neither `dim` nor the population a dimension.
        NotImplementedError: for a filter: the law is N(0, S) itself.
    """
    if filter is not None:
        raise NotImplementedError(f"no distances of samples of {filter.name}: only of the learnt covariance")
    dim = population.dimension(dim)
    samples, unit = sample_count(load, dim), population.moment(1.0)
    one_atom = population.eigenvalues.size == 1
    return SampleDistances(
        unit * fid(load) if one_atom else None,
        sliced(population, dim, samples),
        mmd(population, dim, samples, jnp.sqrt(dim * unit)),
    )


def _left(c: Array, reach: Array, sine2: np.ndarray, cosine2: np.ndarray) -> Array:
    """1 − c v at v = b sin²θ, without cancellation where cb = 1."""
    return jnp.maximum(1.0 - c * reach, 0.0) * sine2 + cosine2


@jax.jit
def _missing(count: Array) -> Array:
    """1 − r(n)."""
    few = jnp.minimum(count, SERIES_FROM)
    exact = -jnp.expm1(gammaln((few + 1.0) / 2.0) - gammaln(few / 2.0) - 0.5 * jnp.log(few / 2.0))
    x = 1.0 / jnp.maximum(count, SERIES_FROM)
    series = x * (0.25 - x * (1.0 / 32.0 + x * (5.0 / 128.0 - x * (21.0 / 2048.0 + x * 399.0 / 8192.0))))
    return jnp.where(count < SERIES_FROM, exact, series)


@partial(jax.jit, static_argnames="mean")
def _first_order(sigma: Array, first: Array, second: Array, mean: bool) -> Array:
    each = jnp.sum(_harmonic(sigma)) + jnp.sum(sigma) / 2.0
    if not mean:
        return (1.0 / first + 1.0 / second) * each / 2.0
    free = 1.0 / (first - 1.0) + 1.0 / (second - 1.0)
    return free * each / 2.0 + (1.0 / first + 1.0 / second) * jnp.sum(sigma)


@jax.jit
def _harmonic(sigma: Array) -> Array:
    """Σ_l σ_k σ_l/(σ_k+σ_l) for each k."""

    def row(one: Array) -> Array:
        total = one + sigma
        return jnp.sum(one * sigma / jnp.where(total > 0, total, 1.0))

    return jax.lax.map(row, sigma)


@jax.jit
def _log_kernel(v: Array, h: Array, spectrum: Array) -> Array:
    """log ψ(v) at width h."""
    steps = jax.lax.map(lambda value: jnp.sum(jnp.log1p(value * spectrum)), (v / h**2).ravel())
    return -steps.reshape(v.shape) / 2.0
