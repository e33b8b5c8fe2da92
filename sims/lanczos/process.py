"""The Lanczos process: g(S)z and the leading eigenvectors of S from products with S alone.

From each seed z the Lanczos process builds an orthonormal basis V of the Krylov space of S and the
tridiagonal T = VᵀSV; then g(S)z = ‖z‖ V g(T)e₁, exactly for every polynomial g of degree below the number
of steps. All seeds share each product with S; each keeps a basis of its own. Every vector is orthogonalised
twice, by the three-term recurrence and then against the whole basis, in double precision.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int

from lingen.boundary import checked
from lingen.models.filters import Filter

__all__ = ["Krylov", "apply", "coefficients", "decompose", "expand", "leading", "truncated"]

NOISE = 32.0
"""Relative size, in units of the round-off of the products, below which a value counts as zero."""


class Krylov(NamedTuple):
    """The Krylov spaces of p seeds after k steps; rows and entries beyond a breakdown are zero."""

    basis: Float[Array, "p k d"]
    """Orthonormal rows, the first the normalised seed."""
    diagonal: Float[Array, "p k"]
    """α: the diagonal of T."""
    off: Float[Array, "p k"]
    """β: off[:, j] couples j and j+1; the last is the norm of the residual."""


@checked
def decompose(operator: Any, seeds: Float[Array, "p d"], steps: int) -> Krylov:
    """`steps` steps of Lanczos from every seed, fully reorthogonalised.

    Args:
        operator: S as products (`matrix_free.Stored`, `matrix_free.Regenerated`, `revealed.Revealed`).
        seeds: starting vectors, shape (p, d).
        steps: k.
    """
    probes, dim = seeds.shape
    first = seeds / jnp.linalg.norm(seeds, axis=1, keepdims=True)
    basis = jnp.zeros((probes, steps, dim)).at[:, 0].set(first)
    empty = jnp.zeros((probes, steps))

    def step(j: Array, carry: tuple) -> tuple:
        state, krylov = carry
        vector = krylov.basis[:, j]
        state, image = operator.apply(state, vector)
        alpha = jnp.sum(vector * image, axis=1)
        # what three terms leave lies on the older vectors by round-off alone: one pass over them is enough
        before = krylov.off[:, j - 1, None] * krylov.basis[:, j - 1]
        rest = _outside(krylov.basis, image - alpha[:, None] * vector - before)
        beta = jnp.linalg.norm(rest, axis=1)
        alive = beta > NOISE * operator.precision * jnp.linalg.norm(image, axis=1)
        following = jnp.where(alive[:, None], rest / jnp.where(alive, beta, 1.0)[:, None], 0.0)
        return state, Krylov(
            krylov.basis.at[:, j + 1].set(following, mode="drop"),
            krylov.diagonal.at[:, j].set(alpha),
            krylov.off.at[:, j].set(jnp.where(alive, beta, 0.0)),
        )

    start = (operator.start(steps * probes), Krylov(basis, empty, empty))
    return jax.lax.fori_loop(0, steps, step, start)[1]


@checked
def coefficients(krylov: Krylov, filter: Filter, precision: float) -> Float[Array, "p k"]:
    """g(T)e₁ for every seed, one small eigendecomposition after the other; `precision`: that of products."""
    tridiagonals = (krylov.diagonal, krylov.off)
    return jax.lax.map(lambda t: _first_column(t, NOISE * precision, filter), tridiagonals)


@checked
def apply(operator: Any, filter: Filter, seeds: Float[Array, "p d"], steps: int) -> Float[Array, "p d"]:
    """x̂ = g(S)z for every seed."""
    krylov = decompose(operator, seeds, steps)
    return expand(krylov, filter, operator.precision) * jnp.linalg.norm(seeds, axis=1, keepdims=True)


@checked
def expand(krylov: Krylov, filter: Filter, precision: float) -> Float[Array, "p d"]:
    """g(S)z/‖z‖ = V g(T)e₁ for every seed."""
    gains = coefficients(krylov, filter, precision)
    return jnp.stack([g @ b for g, b in zip(gains, krylov.basis, strict=True)])


@checked
def leading(krylov: Krylov, ranks: Int[Array, "m"]) -> tuple[Float[Array, "m"], Float[Array, "m d"]]:
    """The Ritz values of the first seed of the given ranks, 0 the largest, and their vectors as rows."""
    values, vectors = jnp.linalg.eigh(_matrix(krylov.diagonal[0], krylov.off[0]))
    return jnp.maximum(values[::-1][ranks], 0.0), vectors[:, ::-1][:, ranks].T @ krylov.basis[0]


@checked
def truncated(krylov: Krylov, steps: Int[Array, ""]) -> Krylov:
    """What the first `steps` steps alone would have given, with T zero beyond them."""
    index = jnp.arange(krylov.diagonal.shape[1])
    return krylov._replace(
        diagonal=jnp.where(index < steps, krylov.diagonal, 0.0),
        off=jnp.where(index < steps - 1, krylov.off, 0.0),
    )


def _outside(basis: Float[Array, "p k d"], vectors: Float[Array, "p d"]) -> Float[Array, "p d"]:
    """The part of each vector orthogonal to its basis; one seed after the other, in matrix products."""
    return jnp.stack([v - (b @ v) @ b for b, v in zip(basis, vectors, strict=True)])


def _matrix(diagonal: Float[Array, "k"], off: Float[Array, "k"]) -> Float[Array, "k k"]:
    return jnp.diag(diagonal) + jnp.diag(off[:-1], 1) + jnp.diag(off[:-1], -1)


def _first_column(krylov: tuple, noise: float, filter: Filter) -> Float[Array, "k"]:
    values, vectors = jnp.linalg.eigh(_matrix(*krylov))
    # what round-off leaves of a zero eigenvalue would weigh its root, √1e-7, where S has a null space
    values = jnp.where(values > noise * values[-1], values, 0.0)
    return vectors @ (filter(values) * vectors[0])
