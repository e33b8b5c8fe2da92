"""The largest eigenvalues of a Krylov chain and the shadows of their eigenvectors on the starting directions.

Eigenvalues are bracketed by Sturm counts on many shifts at once. The eigenprojector of an isolated eigenvalue
λ is −(1/2πi)∮(S−z)⁻¹dz on a circle that encloses λ alone; its p × p block on W gives Wᵀv̂ up to the sign of v̂,
and what of v̂ lies outside W has squared length 1 − ‖Wᵀv̂‖².
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.sims.krylov.bidiagonal import Chain, count_above, norm_bound, shifted_inverse

__all__ = ["largest", "shadows"]

SECTIONS = 31
PASSES = 10
CIRCLE = 24


@checked
def largest(chain: Chain, count: int) -> Float[Array, "count"]:
    """The `count` largest eigenvalues of S, in decreasing order, to 1e-14 of the largest."""
    bound = norm_bound(chain)
    order = jnp.arange(1, count + 1)[:, None]
    fraction = jnp.arange(1, SECTIONS + 1)[None, :] / (SECTIONS + 1)

    def section(_: int, interval: tuple[Array, Array]) -> tuple[Array, Array]:
        low, step = interval
        points = low[:, None] + fraction * step
        counts = count_above(chain.band, points.ravel()).reshape(points.shape)
        passed = jnp.sum(counts >= order, axis=1)
        return low + passed * step / (SECTIONS + 1), step / (SECTIONS + 1)

    start = (jnp.zeros(count), bound)
    low, step = jax.lax.fori_loop(0, PASSES, section, start)
    return low + step / 2


@checked
def shadows(chain: Chain, eigenvalues: Float[Array, "r1"]) -> Float[Array, "p r"]:
    """Wᵀv̂ of all eigenvalues but the last, one column each; each up to a sign."""
    gaps = -jnp.diff(eigenvalues)
    above = jnp.concatenate([jnp.full(1, jnp.inf), gaps[:-1]])
    radius = jnp.minimum(gaps, above) / 2
    phase = jnp.asarray(np.exp(1j * np.pi * (np.arange(CIRCLE) + 0.5) / CIRCLE))
    offsets = radius[:, None] * phase[None, :]
    inverse = shifted_inverse(chain.band, (eigenvalues[:-1, None] + offsets).ravel())
    weighted = offsets[:, :, None, None] * inverse.reshape(*offsets.shape, chain.width, chain.width)
    return jax.vmap(_factor, out_axes=1)(-jnp.mean(jnp.real(weighted), axis=1))


def _factor(projector: Float[Array, "p p"]) -> Float[Array, "p"]:
    """c with c cᵀ = the projector of rank one, from its largest column."""
    diagonal = jnp.diagonal(projector)
    column = jnp.take(projector, jnp.argmax(diagonal), axis=1)
    return column / jnp.sqrt(jnp.maximum(jnp.max(diagonal), jnp.finfo(projector.dtype).tiny))
