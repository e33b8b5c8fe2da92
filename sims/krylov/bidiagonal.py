"""Golub–Kahan bands: X (n × d, Gaussian) in Krylov bases is an upper band matrix B of independent entries.

Start from p orthonormal directions W. Orthogonal U, V with the first p columns of V equal to W bring X to
B = UᵀXV, zero outside the band 0 <= column − row <= p:

    B_jj ~ χ_{n−j},   B_{j,j+i} ~ N(0, 1) for 0 < i < p,   B_{j,j+p} ~ χ_{d−p−j}      (j from 0),

all independent; a degree of freedom that reaches zero ends the chain. The other columns of V are Haar in
the complement of W, independent of B. A covariance that differs from a multiple of the identity on W alone
scales the first p columns of B. For p = 1 this is the bidiagonal Laguerre model (β = 1), classical; the band
is derived in the same way.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from flax import struct
from jax import Array
from jaxtyping import Complex, Float, Int, Key

from lingen.boundary import checked
from lingen.sims.krylov.terminator import free_tail

__all__ = ["Chain", "chain", "count_above", "entries", "leading_moments", "norm_bound", "resolvent"]


@struct.dataclass
class Chain:
    """The first rows of B/√n, and what is left of the matrix below them.

    Attributes:
        band: row j holds B_{j,j}, ..., B_{j,j+p} over √n, shape (rows, p + 1).
        left: variance · (samples left)/n: squared diagonal of the rest.
        right: variance · (dimensions left)/n: squared superdiagonal of the rest.
    """

    band: Float[Array, "rows p1"]
    left: Float[Array, ""]
    right: Float[Array, ""]

    @property
    def width(self) -> int:
        """p, the number of starting directions."""
        return self.band.shape[1] - 1


@checked
def entries(
    key: Key[Array, ""], samples: Float[Array, ""], dim: Float[Array, ""], rows: int, width: int
) -> Float[Array, "rows p1"]:
    """The first `rows` rows of B for X with independent N(0, 1) entries; more rows keep the first ones."""
    lengths, between = jr.split(key)
    row = jnp.arange(rows, dtype=float)
    down = jnp.where(row < dim, samples - row, 0.0)
    right = jnp.where(row < samples, dim - width - row, 0.0)
    chi = _chi(lengths, jnp.stack([down, right], axis=1))
    column = row[:, None] + jnp.arange(1, width)[None, :]
    inside = (row[:, None] < samples) & (column < dim)
    middle = jnp.where(inside, jr.normal(between, (rows, width - 1)), 0.0)
    return jnp.concatenate([chi[:, :1], middle, chi[:, 1:]], axis=1)


@checked
def chain(
    key: Key[Array, ""],
    samples: Float[Array, ""],
    dim: Float[Array, ""],
    variances: Float[Array, "p"],
    bulk: Float[Array, ""],
    rows: int,
) -> Chain:
    """B/√n of a training set with covariance diag(variances) on W and bulk · I elsewhere: S = BᵀB/n."""
    width = variances.size
    band = entries(key, samples, dim, rows, width)
    column = jnp.concatenate([variances, jnp.full(rows, 1.0) * bulk])
    band = band * jnp.sqrt(
        column[jnp.arange(rows)[:, None] + jnp.arange(width + 1)[None, :]] * (1.0 / samples)
    )
    left = bulk * jnp.maximum(samples - rows, 0.0) * (1.0 / samples)
    return Chain(band, left, bulk * jnp.maximum(dim - rows, 0.0) * (1.0 / samples))


@checked
def resolvent(chain: Chain, shifts: Float[Array, "m"]) -> tuple[Float[Array, "m p p"], Float[Array, "m p p"]]:
    """P = Wᵀ(S+t)⁻¹W and Q = WᵀS(S+t)⁻¹W = I − tP for t > 0, by one pass up the chain.

    Row by row from below, with P on the next p directions: (t ⊕ P⁻¹) + b bᵀ is inverted by Sherman and
    Morrison. P and Q are carried both, so that neither is a difference of nearly equal numbers.
    """
    t = shifts[:, None, None]
    identity = jnp.eye(chain.width)[None]
    tail = free_tail(shifts, chain.left, chain.right)
    start = tuple(part[:, None, None] * identity for part in tail)

    def step(state: tuple[Array, Array], row: Array) -> tuple[tuple[Array, Array], None]:
        first, y, scale, share = _peel(state[0], row, t)
        outer = y[:, :, None] * y[:, None, :] * share
        side = first * share[:, :, 0] * y
        inverse = _bordered(scale * share, -side, state[0] - t * outer)
        return (inverse, _bordered(first**2 * share, t[:, :, 0] * side, state[1] + t**2 * outer)), None

    return jax.lax.scan(step, start, chain.band, reverse=True)[0]  # type: ignore[return-value, arg-type]


def shifted_inverse(band: Float[Array, "rows p1"], points: Complex[Array, "m"]) -> Complex[Array, "m p p"]:
    """Wᵀ(S−z)⁻¹W for complex z off the spectrum; the chain ends after the given rows."""
    t = -points[:, None, None]
    width = band.shape[1] - 1

    def step(state: Array, row: Array) -> tuple[Array, None]:
        return _raised(state, row, t)[0], None

    return jax.lax.scan(step, jnp.eye(width)[None] / t, band, reverse=True)[0]


@checked
def count_above(band: Float[Array, "rows p1"], shifts: Float[Array, "m"]) -> Int[Array, "m"]:
    """How many eigenvalues of S exceed each shift λ > 0 (Sturm), where the chain ends after the given rows.

    Each row adds b bᵀ to what was −λ below it, and moves one eigenvalue past zero exactly when the
    determinant changes sign: 1 + bᵀ(·)⁻¹b < 0.
    """
    t = -shifts[:, None, None]
    width = band.shape[1] - 1

    def step(state: tuple[Array, Array], row: Array) -> tuple[tuple[Array, Array], None]:
        inverse, share = _raised(state[0], row, t)
        return (inverse, state[1] + (share[:, 0, 0] > 0)), None

    start = (jnp.eye(width)[None] / t, jnp.zeros(shifts.shape, int))
    return jax.lax.scan(step, start, band, reverse=True)[0][1]


@checked
def leading_moments(chain: Chain) -> tuple[Float[Array, "p p"], Float[Array, "p p"]]:
    """WᵀSW and WᵀS²W, which need the first p rows alone; the chain has at least p rows or is complete."""
    width = chain.width
    rows = min(width, chain.band.shape[0])
    block = jnp.zeros((rows, 2 * width))
    row, offset = jnp.arange(rows)[:, None], jnp.arange(width + 1)[None, :]
    block = block.at[row, row + offset].set(chain.band[:rows])
    columns = block.T @ block[:, :width]
    return columns[:width], columns.T @ columns


@checked
def norm_bound(chain: Chain) -> Float[Array, ""]:
    """An upper bound of the largest eigenvalue of S: ‖B‖₁‖B‖_∞/n, and the edge of what is left."""
    band = jnp.abs(chain.band)
    rows, count = band.shape
    column = jnp.arange(rows)[:, None] + jnp.arange(count)[None, :]
    columns = jnp.zeros(rows + count).at[column].add(band)
    edge = (jnp.sqrt(chain.left) + jnp.sqrt(chain.right)) ** 2
    return jnp.maximum(jnp.max(jnp.sum(band, axis=1)) * jnp.max(columns), edge)


def _raised(state: Array, row: Array, t: Array) -> tuple[Array, Array]:
    """P one row further up, by Sherman and Morrison, and the last that `_peel` gives."""
    first, y, scale, share = _peel(state, row, t)
    outer = y[:, :, None] * y[:, None, :] * share
    return _bordered(scale * share, -first * share[:, :, 0] * y, state - t * outer), share


def _peel(state: Array, row: Array, t: Array) -> tuple[Array, Array, Array, Array]:
    """b₀, y = P b, 1 + ρ and 1/(t(1 + ρ) + b₀²), with ρ = bᵀPb over the later entries b of the row.

    One reciprocal for all: XLA takes it for a division in some programs only, and the last bits would differ
    with the number of devices.
    """
    first, later = row[0], row[1:]
    y = jnp.sum(state * later[None, None, :], axis=2)
    scale = 1.0 + jnp.sum(y * later[None, :], axis=1)[:, None, None]
    return first, y, scale, 1.0 / (t * scale + first**2)


def _bordered(corner: Array, side: Array, rest: Array) -> Array:
    """The leading p × p block of [[corner, sideᵀ], [side, rest]]."""
    if rest.shape[-1] == 1:
        return corner
    side = side[:, :-1]
    top = jnp.concatenate([corner, side[:, None, :]], axis=2)
    bottom = jnp.concatenate([side[:, :, None], rest[:, :-1, :-1]], axis=2)
    return jnp.concatenate([top, bottom], axis=1)


def _chi(key: Key[Array, ""], degrees: Float[Array, "rows 2"]) -> Float[Array, "rows 2"]:
    """χ variables; exactly zero where the degrees of freedom are not positive."""
    positive = degrees > 0
    half = jnp.where(positive, degrees, 1.0) / 2.0
    return jnp.where(positive, jnp.sqrt(2.0 * jr.gamma(key, half)), 0.0)
