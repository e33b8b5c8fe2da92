"""A Gaussian data matrix revealed only in the directions asked for: exact in law, any spectrum, any n.

X = G Σ^{1/2}, G with independent N(0,1) entries. What G does to the orthonormal a_1..a_k asked so far is
known, in a basis c_1..c_k of the space they are sent to; given that, G is independent of it and Gaussian on
the complements. A new direction a is therefore sent to span(c_1..c_k) plus ρ c_{k+1}, ρ ~ χ_{n−k}, and
the row of G seen from c_{k+1} is

    d_{k+1} = Gᵀc_{k+1} = ρ a + (I − Σ_j a_j a_jᵀ − a aᵀ) h,   h ~ N(0, I_d).

In these bases G u = (d_j·u)_j for every u asked for, so that S v = Σ^{1/2} Dᵀ D Σ^{1/2} v / n with the k
rows D instead of n: a product costs O(dk), whatever n, and no X is ever drawn. (Derived: the first k steps
of a Golub–Kahan bidiagonalisation of G from any, even adaptively chosen, directions.)
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
from flax import struct
from jax import Array
from jaxtyping import Float, Int, Key

from lingen.sims.lanczos.both_sides import direction

__all__ = ["Revealed", "RevealedState"]


class RevealedState(NamedTuple):
    """What is known of G: rows beyond `known` are zero."""

    asked: Float[Array, "k d"]
    """a_j, orthonormal."""
    rows: Float[Array, "k d"]
    """d_j = Gᵀc_j."""
    known: Int[Array, ""]


@struct.dataclass
class Revealed:
    """S = XᵀX/n for a Gaussian X of which only what products ask for is drawn.

    Attributes:
        key: key of the data.
        spectrum: eigenvalues of Σ, shape (d,).
        samples: n.
    """

    key: Key[Array, ""]
    spectrum: Float[Array, "d"]
    samples: Int[Array, ""]

    @property
    def precision(self) -> float:
        """Round-off of the products, relative to ‖S‖."""
        return float(jnp.finfo(float).eps)

    def start(self, products: int) -> RevealedState:
        """Nothing is known yet; room for `products` single products."""
        nothing = jnp.zeros((products, self.spectrum.size))
        return RevealedState(nothing, nothing, jnp.zeros((), int))

    def apply(
        self, state: RevealedState, vectors: Float[Array, "p d"]
    ) -> tuple[RevealedState, Float[Array, "p d"]]:
        """V S, after revealing G in the p directions."""
        root = jnp.sqrt(self.spectrum)
        wanted = vectors * root
        state, _ = jax.lax.scan(lambda s, u: (self._reveal(s, u), None), state, wanted)
        return state, (wanted @ state.rows.T) @ state.rows * root / self.samples

    def _reveal(self, state: RevealedState, asked: Float[Array, "d"]) -> RevealedState:
        """Extend what is known so that it covers what is asked; a direction already covered adds nothing."""
        first, second = jr.split(jr.fold_in(self.key, state.known))
        # one pass over what is known serves the direction and the noise, and a second removes round-off
        both = jnp.stack([asked, jr.normal(second, asked.shape)])
        rest, noise = _outside(state.asked, _outside(state.asked, both))
        unit, new = direction(rest, asked)
        length = _chi(first, self.samples - state.known)
        noise = jnp.where(state.known < self.samples, noise - unit * (unit @ noise), 0.0)
        row = jnp.where(new, length * unit + noise, 0.0)
        place = jnp.minimum(state.known, state.asked.shape[0] - 1)
        # when nothing is new, writing zeros at the next free place changes nothing
        free = state.known < state.asked.shape[0]
        known = jnp.where(new & free, state.asked.at[place].set(unit), state.asked)
        rows = jnp.where(new & free, state.rows.at[place].set(row), state.rows)
        return RevealedState(known, rows, state.known + new)


def _outside(basis: Float[Array, "k d"], vectors: Float[Array, "m d"]) -> Float[Array, "m d"]:
    return vectors - (vectors @ basis.T) @ basis


def _chi(key: Key[Array, ""], freedom: Int[Array, ""]) -> Float[Array, ""]:
    safe = jnp.maximum(freedom, 1).astype(float)
    return jnp.where(freedom > 0, jnp.sqrt(2.0 * jr.gamma(key, safe / 2.0)), 0.0)
