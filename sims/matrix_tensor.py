"""Unfoldings of the nested matrix–tensor model, drawn exactly in law without the tensor.

Noise is Gaussian, so x, y, z may lie along axes. T₂T₂ᵀ is then the sum of the outer product of one row, which
holds the signal and noise of variance v₁, a Wishart matrix of the other n₁−1 rows of that slice, and one of
the n₁(n₃−1) rows of noise of variance v₀: the two come by triangular factors, at the cost of n₂² normals.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import bounded, integer, positive, room, single
from lingen.models.systems import MatrixTensor
from lingen.sims.dense import bartlett
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]

STRONGEST = 1e100
"""Strength whose square is held."""


@checked
@at_once
def sampler(strength: ArrayLike, ratio: ArrayLike, *, rows: int, columns: int, slices: int) -> Partial:
    """A draw of `MatrixTensor`.

    Args:
        strength: β_M > 0.
        ratio: ρ = β_T² n_T/√(n₁n₂n₃) > 0.
        rows: n₁ >= 1.
        columns: n₂ >= 1, the size of y.
        slices: n₃ >= 1.

    Raises:
        ValueError: for a number out of range.
    """
    n1, n3 = integer("rows", rows, low=1, high=1 << 30), integer("slices", slices, low=1, high=1 << 30)
    n2 = integer("columns", columns, low=1)
    room("columns", n2, 6.0 * float(n2) ** 2)
    total = float(n1 + n2 + n3)
    tensor = positive("ratio", single("ratio", ratio)) * (float(n1) * n2 * n3) ** 0.5 / total
    noise = jnp.asarray([tensor / (n1 + n2) + 1.0 / total, 1.0 / total])
    strength = bounded("strength", positive("strength", single("strength", strength)), 0.0, STRONGEST)
    signal = jnp.sqrt(tensor) * strength
    freedom = jnp.asarray([n1 - 1.0, float(n1) * (n3 - 1)])
    return Partial(_draw, jnp.zeros(n2), signal, noise, freedom)


draw = draw_of(sampler, MatrixTensor)


def _draw(
    zero: Float[Array, "n"],
    signal: Float[Array, ""],
    noise: Float[Array, "2"],
    freedom: Float[Array, "2"],
    key: Key[Array, ""],
) -> MatrixTensor:
    own, *others = jr.split(key, 3)
    row = jnp.sqrt(noise[0]) * jr.normal(own, zero.shape)
    row = row.at[0].add(signal)
    roots = jax.vmap(lambda key, n: bartlett.factor(key, n, zero.size))(jnp.stack(others), freedom)
    roots = roots * jnp.sqrt(noise)[:, None, None]
    gram = jnp.outer(row, row) + roots[0] @ roots[0].T + roots[1] @ roots[1].T
    values, vectors = jnp.linalg.eigh(gram)
    return MatrixTensor(vectors[0, -1] ** 2, values[-1])
