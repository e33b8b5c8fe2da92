"""Quadratic forms of a trained model on the starting directions W: Wᵀ g(S)^a S^b W, from its Krylov chain.

Square roots are sums of resolvents (`quadrature`), rational filters are resolvents, and each resolvent closes
the chain with its own tail (`terminator`). Any other smooth filter goes through the eigenvalues of the band
(Gauss quadrature), with no tail.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.models.filters import Denoiser, Filter, Gaussian, ODESampler, Ridge
from lingen.sims.krylov.bidiagonal import Chain, leading_moments, norm_bound, resolvent
from lingen.sims.krylov.root_nodes import square_root_rule

__all__ = ["Forms", "closes", "forms"]


class Forms(NamedTuple):
    """One model on the p starting directions."""

    gain: Float[Array, "p p"]
    """Wᵀ g(S) W."""
    power: Float[Array, "p p"]
    """Wᵀ g(S)² W."""
    energy: Float[Array, "p p"]
    """Wᵀ S g(S)² W."""


@checked
def closes(filter: Filter) -> bool:
    """Whether the filter is made of resolvents, so that the chain can be closed analytically."""
    return isinstance(filter, Gaussian | Ridge | ODESampler | Denoiser)


@checked
def forms(chain: Chain, filter: Filter) -> Forms:
    """The quadratic forms of `filter` on the chain."""
    if isinstance(filter, Gaussian):
        return _root(chain, 0.0)
    if isinstance(filter, Ridge):
        return _root(chain, filter.rho)
    if isinstance(filter, ODESampler):
        return _ode(chain, filter)
    if isinstance(filter, Denoiser):
        return _denoiser(chain, filter.noise)
    return _ritz(chain, filter)


def _root(chain: Chain, rho: ArrayLike) -> Forms:
    """g = √(λ+ρ): (λ+ρ)/(λ+ρ+v) = Q(t) + ρP(t) at t = ρ + v."""
    nodes, weights = square_root_rule()
    scale = norm_bound(chain) + rho
    inverse, part = resolvent(chain, jnp.asarray(rho + scale * jnp.asarray(nodes)))
    gain = jnp.sqrt(scale) * jnp.einsum("m,mij->ij", jnp.asarray(weights), part + rho * inverse)
    first, second = leading_moments(chain)
    return Forms(gain, first + rho * jnp.eye(chain.width), second + rho * first)


def _ode(chain: Chain, filter: ODESampler) -> Forms:
    """g = σ₁√μ, μ = (λ+a)/(λ+b): μ/(μ+v) = (Q(x) + aP(x))/(1+v) at x = (a+bv)/(1+v)."""
    low, high = filter.sigma_min**2, filter.sigma_max**2
    rule = square_root_rule()
    nodes, weights = jnp.asarray(rule[0]), jnp.asarray(rule[1])
    inverse, part = resolvent(chain, (low + high * nodes) / (1.0 + nodes))
    gain = jnp.einsum("m,mij->ij", weights / (1.0 + nodes), part + low * inverse)
    inverse, part = (x[0] for x in resolvent(chain, jnp.reshape(jnp.asarray(high, float), (1,))))
    first, _ = leading_moments(chain)
    return Forms(filter.sigma_max * gain, high * (part + low * inverse), high * (first - (high - low) * part))


def _denoiser(chain: Chain, noise: ArrayLike) -> Forms:
    """g = λ/(λ+s) = Q; g² = Q + s Q', λg² = S − 2sQ − s² Q', with Q' = dQ/ds."""
    shift = jnp.asarray(noise, float)
    part, slope = jax.jvp(lambda t: resolvent(chain, t[None])[1][0], (shift,), (jnp.ones(()),))
    first, _ = leading_moments(chain)
    return Forms(part, part + shift * slope, first - 2.0 * shift * part - shift**2 * slope)


def _ritz(chain: Chain, filter: Filter) -> Forms:
    """Any g: eigenvalues of the kept band and the weights of W in its eigenvectors."""
    rows, width = chain.band.shape[0], chain.width
    row, offset = jnp.arange(rows)[:, None], jnp.arange(width + 1)[None, :]
    matrix = jnp.zeros((rows, rows + width)).at[row, row + offset].set(chain.band)
    values, vectors = jnp.linalg.eigh(matrix.T @ matrix)
    values = jnp.maximum(values, 0.0)
    gains = filter(values)
    top = vectors[:width]
    return Forms(*((top * x[None, :]) @ top.T for x in (gains, gains**2, values * gains**2)))
