"""Information as an integral over noise levels of what scores and denoisers miss (statement N5).

With p_s the law of x + √s z, s a variance,

    KL(p‖q) = ½ ∫_0^∞ E_{p_s}‖∇log p_s − ∇log q_s‖² ds        (de Bruijn; Song et al. 2021)
    I(x; y) = ½ ∫_0^∞ [mmse(x; s) − mmse(x|y; s)] ds/s²        (Guo, Shamai & Verdú 2005, with snr = 1/s)

Both in nats. For Gaussians every integrand is a trace and both integrals are known in closed form; the
functions `*_from_*` here integrate, the others do not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import above, finite, integer, is_traced, nonnegative, positive, representable, single
from lingen.models.observables import DiffusionInformation
from lingen.models.population import Population
from lingen.theory import distances
from lingen.theory.denoising import excess_risk
from lingen.theory.moments.functional import in_units
from lingen.theory.numerics.compression import UNKNOWN, compress
from lingen.theory.numerics.quadrature import ROUND_OFF, logarithmic
from lingen.theory.spectrum.units import regular

__all__ = [
    "kl", "kl_from_risks", "kl_from_scores", "mutual_information", "mutual_information_from_mmse", "predict",
]  # fmt: skip

_STEP = 0.5


@checked
@representable
def kl(first: Float[Array, "d d"], second: Float[Array, "d d"]) -> Float[Array, ""]:
    """KL(N(0,A)‖N(0,B)) = ½[tr(B^{-1}A) − d − log det(B^{-1}A)], in nats.

    Raises:
        ValueError: if a matrix is not square, of another size or not positive definite.

    Source: classical.
    """
    return _kl(*_pair(first, second))


@jax.jit
def _kl(a: Array, b: Array) -> Array:
    # determinants overflow, logarithms do not
    units = [jnp.max(jnp.abs(jnp.diagonal(matrix))) for matrix in (a, b)]
    a, b, size = a / units[0], b / units[1], a.shape[0]
    gap = jnp.linalg.slogdet(a)[1] - jnp.linalg.slogdet(b)[1] + size * (jnp.log(units[0]) - jnp.log(units[1]))
    return 0.5 * (units[0] / units[1] * jnp.trace(jnp.linalg.solve(b, a)) - size - gap)


@checked
@representable
def kl_from_scores(first: Float[Array, "d d"], second: Float[Array, "d d"]) -> Float[Array, ""]:
    """The same by quadrature over s of ½ tr[((B+s)^{-1} − (A+s)^{-1})² (A+s)].

    Raises:
        ValueError: as `kl`.

    Source: Song et al. 2021 (maximum likelihood training); Lyu 2009.
    """
    a, b = _pair(first, second)
    ends = _extremes(a, b)
    return _by_scores(a, b, ends, _count(ends))


@jax.jit
def _extremes(a: Array, b: Array) -> tuple[Array, Array]:
    values = jnp.concatenate([jnp.linalg.eigvalsh(a), jnp.linalg.eigvalsh(b)])
    return jnp.min(values), jnp.max(values)


@partial(jax.jit, static_argnums=3)
def _by_scores(a: Array, b: Array, ends: tuple[Array, Array], count: int) -> Array:
    return 0.5 * _over_noise(lambda s: _missed(a, b, s), ends, count)


def _missed(a: Array, b: Array, s: Float[Array, "m"]) -> Float[Array, "m"]:
    identity = jnp.eye(a.shape[0])

    def one(s: Array) -> Array:
        inverse = jnp.linalg.inv(a + s * identity)
        gap = inverse - jnp.linalg.inv(b + s * identity)
        return jnp.sum(gap * (gap @ (a + s * identity)))

    return jax.lax.map(one, s)


@checked
@representable
def kl_from_risks(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """KL(truth‖model)/d of the Gaussian learnt at load γ > 1: ½ ∫ (test risk − optimal risk) ds/s².

    Scores differ by (r − r*)/s where their denoisers differ by r − r*, so N5 turns the test risk of N2 into
    the divergence of D2, whose limit is ½[1/(γ−1) − 1 + (1−γ) log(1−1/γ)] whatever the spectrum.

    Args:
        population: bulk law of Σ, every eigenvalue positive.
        load: γ = n/d > 1, any shape.

    Raises:
        ValueError: if a load is not above 1 or an eigenvalue is zero.

    Source: derived (docs/derivations, statement N5).
    """
    gamma = above("load", load, 1.0, "1 for a model of full rank")
    if gamma.size == 0:
        return gamma
    sigma = regular(population).eigenvalues
    truth, ends = compress(in_units(population).population), _edges(gamma, sigma)
    return _by_risks(truth, gamma, ends, _count(ends))


@jax.jit
def _edges(gamma: Array, sigma: Array) -> tuple[Array, Array]:
    return jnp.min((1.0 - gamma**-0.5) ** 2) * jnp.min(sigma), jnp.max(sigma)


@partial(jax.jit, static_argnums=3)
def _by_risks(truth: Population, gamma: Array, ends: tuple[Array, Array], count: int) -> Array:
    def missed(s: Array) -> Array:
        return excess_risk(truth, gamma[..., None], s) / s**2

    return 0.5 * _over_noise(missed, ends, count)


@checked
@representable
def mutual_information(spectrum: Float[Array, "d"], noise: ArrayLike) -> Float[Array, ""]:
    """I(x; y) = ½ Σ_i log(1 + σ_i/ν) of y = x + √ν w, x ~ N(0, Σ), in nats.

    Args:
        spectrum: eigenvalues σ_i >= 0 of Σ.
        noise: ν > 0, variance.

    Raises:
        ValueError: if the noise is not one positive number, or an eigenvalue is negative.

    Source: classical.
    """
    level = positive("noise", single("noise", noise))
    return _mutual_information(nonnegative("spectrum", spectrum), level)


@jax.jit
def _mutual_information(spectrum: Array, level: Array) -> Array:
    return 0.5 * jnp.sum(jnp.log1p(spectrum / level))


@checked
@representable
def mutual_information_from_mmse(spectrum: Float[Array, "d"], noise: ArrayLike) -> Float[Array, ""]:
    """The same by quadrature over s of ½ [Σ σs/(σ+s) − Σ σ's/(σ'+s)]/s², σ' = σν/(σ+ν) given y.

    Raises:
        ValueError: if the noise is not one positive number, or no eigenvalue is positive.

    Source: Guo, Shamai & Verdú 2005.
    """
    level = positive("noise", single("noise", noise))
    prior = nonnegative("spectrum", spectrum)
    if not is_traced(prior) and not np.any(np.asarray(prior) > 0):
        raise ValueError(f"spectrum must hold at least one positive number, got {np.asarray(prior)}")
    ends = _variances(prior, level)
    return _by_errors(prior, level, ends, _count(ends))


@jax.jit
def _variances(prior: Array, level: Array) -> tuple[Array, Array]:
    """The smallest given y that is not 0, and the largest without y."""
    posterior = prior * level / (prior + level)
    return jnp.min(jnp.where(posterior > 0, posterior, jnp.inf)), jnp.max(prior)


@partial(jax.jit, static_argnums=3)
def _by_errors(prior: Array, level: Array, ends: tuple[Array, Array], count: int) -> Array:
    posterior = prior * level / (prior + level)

    def gained(s: Array) -> Array:
        s = s[:, None]
        # (σ−σ')/((σ+s)(σ'+s)): the difference of the two errors over s², without cancellation
        return jnp.sum((prior - posterior) / ((prior + s) * (posterior + s)), axis=-1)

    return 0.5 * _over_noise(gained, ends, count)


@checked
def predict(population: Population, load: ArrayLike, dim: int, noise: ArrayLike) -> DiffusionInformation:
    """The observables of `lingen.sims.information.draw`, exact at every size, for n = γd > d + 1.

    Raises:
        ValueError: if d is not whole, n is too small, or the noise is not positive.
    """
    dim = integer("dim", dim, low=1)
    samples = _samples(positive("load", load), float(dim))
    if not is_traced(samples) and np.any(np.asarray(samples) <= dim + 1):
        raise ValueError(f"load must give more than dim+1 = {dim + 1} samples, got {np.min(samples):g}")
    divergence = distances.kl_forward(dim, samples)
    mutual = mutual_information(population.spectrum(dim), noise)
    return DiffusionInformation(divergence, jnp.broadcast_to(mutual, jnp.shape(divergence)))


@jax.jit
def _samples(load: Array, dim: float) -> Array:
    return jnp.maximum(1.0, jnp.round(load * dim))


def _count(ends: tuple[Array, Array]) -> int:
    """Nodes of `_over_noise`, as many as the known ends ask for."""
    low, high = ends
    wide = UNKNOWN if is_traced(ends) else float(np.log(high) - np.log(low))
    return 1 + int(np.ceil((wide + 2.0 * ROUND_OFF) / _STEP))


def _over_noise(integrand: Callable[[Array], Array], ends: tuple[Array, Array], count: int) -> Array:
    """∫_0^∞ f(s) ds for f finite at 0, falling like s^{−2} at least, and analytic in log s but at arg s = ±π.

    Trapezoid rule in log s from below to above all that counts: for a step of 1/2 it errs by e^{−4π²}.
    """
    low, high = ends
    s, step = logarithmic(jnp.log(low) - ROUND_OFF, jnp.log(high) + ROUND_OFF, count)
    return (integrand(s) * s) @ jnp.full(count, step)


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[Array, Array]:
    a, b = finite("first", first), finite("second", second)
    for name, matrix in (("first", a), ("second", b)):
        if matrix.ndim != 2 or matrix.shape != (a.shape[0], a.shape[0]):
            raise ValueError(f"{name} must be square and both of one size, got {a.shape} and {b.shape}")
        if not is_traced(matrix) and np.asarray(jnp.linalg.eigvalsh(matrix))[0] <= 0:
            raise ValueError(f"{name} must be positive definite, got an eigenvalue that is not positive")
    return a, b
