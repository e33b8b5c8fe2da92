"""A Gaussian matrix revealed only where it is multiplied from either side: exact in law, whatever is asked.

Z, n × d with independent N(0, 1) entries, has sent the orthonormal r_j to Z r_j and the orthonormal l_i to
Zᵀl_i. Given these it is Gaussian on the complements, so a new direction r orthogonal to all r_j goes to

    Z r = Σ_i l_i (Zᵀl_i · r) + (1 − Σ_i l_i l_iᵀ) g,    g ~ N(0, I_n),

and likewise from the left. A product after k others costs O(k(n+d)), and no n × d array is ever drawn: any
algorithm that multiplies by Z and Zᵀ, in any adaptive order, may be run on it (conditioning: Bolthausen 2014;
as an algorithm Lu, "Householder Dice", 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Int

from lingen.boundary import checked

__all__ = ["BothSides", "direction", "nothing", "times", "times_transposed"]

ROUND_OFF = 1e-12


class BothSides(NamedTuple):
    """What is known of Z: rows of zeros where nothing has been asked yet."""

    right: Float[Array, "k d"]
    """r_j."""
    forth: Float[Array, "k n"]
    """Z r_j."""
    left: Float[Array, "k n"]
    """l_i."""
    back: Float[Array, "k d"]
    """Zᵀl_i."""

    @property
    def transposed(self) -> BothSides:
        """What is known of Zᵀ."""
        return BothSides(self.left, self.back, self.right, self.forth)


@checked
def nothing(products: int, rows: int, columns: int) -> BothSides:
    """Nothing is known yet; room for so many products from either side."""
    wide, tall = jnp.zeros((products, columns)), jnp.zeros((products, rows))
    return BothSides(wide, tall, tall, wide)


@checked
def times(
    known: BothSides, place: Int[Array, ""], normal: Float[Array, "n"], vector: Float[Array, "d"]
) -> tuple[BothSides, Float[Array, "n"]]:
    """Z v, the product from the right of number `place`; `normal` are fresh numbers of N(0, 1)."""
    unit, image = _revealed(vector, known.right, known.left, known.back, normal)
    right, forth = known.right.at[place].set(unit), known.forth.at[place].set(image)
    return known._replace(right=right, forth=forth), (right @ vector) @ forth


@checked
def times_transposed(
    known: BothSides, place: Int[Array, ""], normal: Float[Array, "d"], vector: Float[Array, "n"]
) -> tuple[BothSides, Float[Array, "d"]]:
    """Zᵀu, the product from the left of number `place`; `normal` as for `times`."""
    turned, product = times(known.transposed, place, normal, vector)
    return turned.transposed, product


@checked
def direction(
    rest: Float[Array, "m"], vector: Float[Array, "m"]
) -> tuple[Float[Array, "m"], Bool[Array, ""]]:
    """What is left of a vector normalised, and whether it is more than round-off; 0 where it is not."""
    size = jnp.linalg.norm(rest)
    new = size > ROUND_OFF * jnp.linalg.norm(vector)
    return jnp.where(new, rest / jnp.where(new, size, 1.0), 0.0), new


def _revealed(vector: Array, own: Array, other: Array, seen: Array, normal: Array) -> tuple[Array, Array]:
    """What of a vector lies outside its own side's basis, normalised, and where that is sent; or 0."""
    unit, new = direction(_outside(own, _outside(own, vector)), vector)
    image = (seen @ unit) @ other + _outside(other, _outside(other, normal))
    return unit, jnp.where(new, image, 0.0)


def _outside(basis: Float[Array, "k m"], vector: Float[Array, "m"]) -> Float[Array, "m"]:
    return vector - (basis @ vector) @ basis
