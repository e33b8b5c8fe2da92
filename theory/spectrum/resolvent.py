"""The resolvent of a sample covariance off the real axis: ψ, its inverse, and both Stieltjes transforms.

With ψ(ℓ) = ℓ (1 + c τ(Σ(ℓ−Σ)⁻¹)), c = d/n, and ℓ(z) the inverse of ψ (Silverstein & Choi 1995),

    m̃(z) = −1/ℓ(z),    m(z) = τ((S−z)⁻¹) = (ℓ/z) τ((Σ−ℓ)⁻¹),    E(S−z)⁻¹ ≍ (ℓ/z) (Σ−ℓ)⁻¹.

ℓ maps the upper half plane into itself, one to one. Around z it is therefore analytic and one to one in a
disc of radius Im z, whatever the spectrum, and Newton follows it down from Im z large in steps of a fixed
ratio (derived: docs/derivations). Spikes do not enter: finitely many move these by O(1/d).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Complex, Num

from lingen.boundary import checked
from lingen.checks import bounded, finite, finite_complex, is_traced, positive, representable
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.roots import newton
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import ridge_map, ridge_ratio, ridge_slope
from lingen.theory.spectrum.spectral_law import atom, support

__all__ = ["boundary", "companion", "inverse", "moderate", "modes", "psi", "stieltjes"]

_SHRINK, _CLOSE, _LAST, _CAP = 0.7, 0.1, 60, 6000
_ROUND_OFF = 4e-16


@checked
@representable
def psi(population: Population, load: ArrayLike, ell: Num[ArrayLike, "..."]) -> Complex[Array, "..."]:
    """ψ(ℓ) = ℓ (1 + c τ(Σ(ℓ−Σ)⁻¹)), the eigenvalue of S that a spike ℓ of Σ would have.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0.
        ell: any complex numbers but the eigenvalues of Σ; broadcasts with `load`.

    Raises:
        ValueError: if a load is not positive, or an ℓ is not finite or an eigenvalue of the bulk.

    Source: Silverstein & Choi 1995; Bai & Yao 2012.
    """
    gamma, point = moderate(load), finite_complex("ell", ell)
    if not is_traced((point, population.eigenvalues)):
        pole = np.isin(np.asarray(point), np.asarray(population.eigenvalues))
        if np.any(pole & (np.asarray(point) != 0)):
            wrong = np.asarray(point)[pole].flat[0].real
            raise ValueError(f"ell must differ from the bulk's eigenvalues, got {wrong:g}")
    gamma, point = broadcast(gamma, point)
    return _psi(population, gamma, point)


@jax.jit
def _psi(population: Population, load: Array, ell: Array) -> Array:
    return over_batch(lambda g, p: -ridge_map(population, g, -p), population.eigenvalues.size, load, ell)


@checked
@representable
def inverse(population: Population, load: ArrayLike, z: Num[ArrayLike, "..."]) -> Complex[Array, "..."]:
    """ℓ(z), the inverse of ψ: Im ℓ has the sign of Im z, and ℓ ~ z at infinity.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0.
        z: complex numbers off the bands of S, in either half plane or on the real axis; broadcasts with
            `load`.

    Raises:
        ValueError: if a load is not positive, a z is not finite or lies on a band of S. Where z is traced, a
            point on a band has the limit from the upper half plane.

    Source: Silverstein & Choi 1995; the path derived (docs/derivations).
    """
    gamma, point = _pair(load, z)
    _off_bands(population, gamma, point)
    return _inverse(population, gamma, point)


@checked
@representable
def boundary(population: Population, load: ArrayLike, x: ArrayLike) -> Complex[Array, "..."]:
    """ℓ(x + i0) at real x: Im ℓ > 0 inside the bands of S, ℓ real outside; `load` and `x` broadcast.

    Raises:
        ValueError: if a load is not positive or an x not finite.
    """
    gamma, point = broadcast(moderate(load), finite("x", x))
    return _inverse(population, gamma, point + 0j)


@checked
@representable
def companion(population: Population, load: ArrayLike, z: Num[ArrayLike, "..."]) -> Complex[Array, "..."]:
    """m̃(z) = −1/ℓ(z), the Stieltjes transform tr((XXᵀ/n − z)⁻¹)/n of the n × n companion of S.

    Arguments and errors are those of `inverse`; z = 0 is refused too where the companion has eigenvalues 0,
    at γ > H(σ>0).

    Source: Silverstein & Choi 1995.
    """
    gamma, point = _pair(load, z)
    if not is_traced((population, gamma, point)):
        seen = np.asarray(population.weights)[np.asarray(population.eigenvalues) > 0].sum()
        zeros = np.asarray(gamma) > seen * (1 + 1e-12)
        _refuse(point, (np.asarray(point) == 0) & zeros, "0, an eigenvalue of the companion")
    ell = inverse(population, gamma, point)
    return jnp.where(ell == 0, jnp.inf, -1.0 / jnp.where(ell == 0, 1.0, ell))


@checked
@representable
def stieltjes(population: Population, load: ArrayLike, z: Num[ArrayLike, "..."]) -> Complex[Array, "..."]:
    """m(z) = τ((S−z)⁻¹) = ∫dF(x)/(x−z), the Stieltjes transform of the spectral law of S.

    Arguments and errors are those of `inverse`; z = 0 is refused too where S has eigenvalues 0.

    Source: Marchenko & Pastur 1967; Silverstein 1995.
    """
    return modes(population, load, z) @ population.weights


@checked
@representable
def modes(population: Population, load: ArrayLike, z: Num[ArrayLike, "..."]) -> Complex[Array, "... k"]:
    """The resolvent E(S−z)⁻¹ ≍ (ℓ/z) (Σ−ℓ)⁻¹, one entry a bulk atom; arguments as in `stieltjes`."""
    gamma, point = _pair(load, z)
    if not is_traced((population, gamma, point)):
        with jax.ensure_compile_time_eval():
            null = np.asarray(atom(population, gamma)) > 0
        _refuse(point, (np.asarray(point) == 0) & null, "0, an eigenvalue of S")
    return _resolvent(population, gamma, point, inverse(population, gamma, point))


@jax.jit
def _resolvent(population: Population, gamma: Array, point: Array, ell: Array) -> Array:
    ratio = over_batch(lambda g, p: ridge_ratio(population, g, -p), population.eigenvalues.size, gamma, ell)
    away = point != 0
    share = jnp.where(away, ell / jnp.where(away, point, 1.0), 1.0 / jnp.where(away, 1.0, ratio))
    return share[..., None] / (population.eigenvalues - ell[..., None])


@checked
def moderate(load: ArrayLike) -> Array:
    """`load`; `ValueError` unless from 1e-12 to 1e12: beyond, squares of ℓ lose all digits."""
    return bounded("load", positive("load", load), 1e-12, 1e12)


def _pair(load: ArrayLike, z: ArrayLike) -> tuple[Array, Array]:
    with jax.ensure_compile_time_eval():  # known numbers stay known inside somebody's jit
        return tuple(broadcast(moderate(load), finite_complex("z", z)))  # type: ignore[return-value]


def _off_bands(population: Population, load: Array, z: Array) -> None:
    """`ValueError` for a known real z on a band of S."""
    if is_traced((population, load, z)):
        return
    real = np.imag(np.asarray(z)) == 0
    for one in np.unique(np.asarray(load)[real]):
        here = real & (np.asarray(load) == one)
        with jax.ensure_compile_time_eval():
            bands = np.asarray(support(population, one))
        x = np.real(np.asarray(z))[..., None]
        on = here & np.any((x >= bands[:, 0]) & (x <= bands[:, 1]), axis=-1)
        ends = ", ".join(f"[{low:g}, {high:g}]" for low, high in bands[:4])
        _refuse(z, on, f"the bands of S {ends}" + (", ..." if len(bands) > 4 else ""))


def _refuse(z: Array, wrong: np.ndarray, what: str) -> None:
    if np.any(wrong):
        raise ValueError(f"z must lie off {what}, got {np.real(np.asarray(z))[wrong].flat[0]:g}")


@jax.jit
def _inverse(population: Population, load: Array, z: Array) -> Array:
    upper = jax.lax.complex(jnp.real(z), jnp.abs(jnp.imag(z)))

    def one(load: Array, z: Array) -> Array:
        return _descend(population, load, z)

    ell = over_batch(one, population.eigenvalues.size, load, upper)
    return jnp.where(jnp.imag(z) < 0, jnp.conj(ell), ell)


@jax.custom_jvp
def _descend(population: Population, load: Array, z: Array) -> Complex[Array, ""]:
    """ℓ(z) at Im z >= 0: Newton at Re z + iy, y lowered whenever ψ(ℓ) is within a tenth of y."""
    x, target = jnp.real(z), jnp.imag(z)
    scale = jnp.sqrt(population.moment(2.0) / load)
    top = jnp.maximum(target, scale / jnp.sqrt(_CLOSE))
    floor = 1e-14 * jnp.abs(x) + 1e-40 * scale  # below it no edge is told from its neighbours

    def lower(state: tuple) -> tuple[tuple, Array]:
        ell, y, last = state
        off = -ridge_map(population, load, -ell) - jax.lax.complex(x, y)
        step = off / ridge_slope(population, load, -ell)
        close = (jnp.abs(off) <= _CLOSE * y) | (jnp.abs(step) <= 4 * _ROUND_OFF * jnp.abs(ell))
        arrived = y == target
        settled = (jnp.abs(step) <= _ROUND_OFF * jnp.abs(ell)) | (last >= _LAST)
        done = (arrived & settled) | jnp.isnan(ell)  # NaN stays NaN, however many steps follow
        moved = ell - step
        moved = jax.lax.complex(jnp.real(moved), jnp.maximum(jnp.imag(moved), jnp.where(y > 0, 1e-300, 0.0)))
        below = jnp.maximum(_SHRINK * y, target)
        below = jnp.where(below <= floor, target, below)
        return (moved, jnp.where(close, below, y), jnp.where(arrived, last + 1, 0)), done

    start = jax.lax.complex(x - population.moment(1.0) / load, top)
    ell = newton(lower, (start, top, jnp.zeros((), int)), jnp.zeros((), bool), _CAP)[0]
    outside = (target == 0) & (jnp.imag(ell) <= 1e-12 * jnp.abs(jnp.real(ell)))
    return jax.lax.complex(jnp.real(ell), jnp.where(outside, 0.0, jnp.imag(ell)))


@_descend.defjvp
def _descend_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    population, load, z = primals
    ell = _descend(population, load, z)
    _, moved = jax.jvp(lambda p, g: -ridge_map(p, g, -ell), (population, load), tangents[:2])
    return ell, (tangents[2] - moved) / ridge_slope(population, load, -ell)
