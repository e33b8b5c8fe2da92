"""The principal component of M = l rᵀ + Z, whose noise is revealed as it is needed, and what it tells of r.

The method of Lanczos: r_1 is given, r_{k+1} what is new in MᵀM r_k. On the span of the r_k the largest
‖M x‖ is that of an eigenvector of the k × k matrix of all (M r_i)·(M r_j). Bases are orthogonal to round-off
as `lingen.sims.lanczos.both_sides` keeps them, so no component is found twice.

For messages (spectral initialisation) it is an observation of the latent like any other, but one that
depends on the noise: their first step has a term of Onsager already.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.sims.lanczos import both_sides
from lingen.sims.lanczos.both_sides import BothSides

__all__ = ["Component", "Observation", "component", "observation", "rounds"]

REACH = 8.0
"""Rounds, in units of the cube root of the lesser side."""


class Component(NamedTuple):
    """The leading right singular vector."""

    value: Float[Array, ""]
    """s², the square of its singular value."""
    vector: Float[Array, "d"]
    """u, of length 1."""
    image: Float[Array, "n"]
    """M u."""


class Observation(NamedTuple):
    """√ϖ v + g, that messages start from."""

    noise: BothSides
    """What is known of Z."""
    field: Float[Array, "d"]
    """b = ϖ v + √ϖ g."""
    direction: Float[Array, "d"]
    """What b is along, also where it is 0."""
    precision: Float[Array, ""]
    """ϖ."""
    memory: Float[Array, "n"]
    """ŵ' of the first step: Σ_j ∂v̂_j/∂Z_ij is √(θ/d) times the sum of posterior variances times this."""


@checked
def rounds(rows: int, columns: int) -> int:
    """How many products from each side tell the leading component from those beside it.

    At the edge of the spectrum eigenvalues of MᵀM lie apart by m^(−2/3) of its width, m = min(n, d), and the
    error falls by e^(−2 m^(−1/3)) a round or faster.
    """
    least = min(rows, columns)
    return min(least, round(REACH * least ** (1.0 / 3.0)))


@checked
def component(
    known: BothSides,
    normal: Float[Array, "k m"],
    vector: Float[Array, "d"],
    left: Float[Array, "n"],
    right: Float[Array, "d"],
) -> tuple[BothSides, Component]:
    """What is known of Z after k rounds, the first products asked of it, and the component.

    Args:
        known: nothing yet, with room for k products and more.
        normal: fresh numbers of N(0, 1), d + n a round.
        vector: r_1, of any length.
        left: l.
        right: r.
    """
    d = right.size

    def extend(state: tuple[BothSides, Array], given: tuple[Array, Array]) -> tuple[tuple, Array]:
        (noise, vector), (place, fresh) = state, given
        noise, _ = both_sides.times(noise, place, fresh[d:], vector)
        unit = noise.right[place]
        image = noise.forth[place] + left * (right @ unit)
        noise, back = both_sides.times_transposed(noise, place, fresh[:d], image)
        return (noise, back + right * (left @ image)), image

    places = jnp.arange(normal.shape[0])
    (known, _), images = jax.lax.scan(extend, (known, vector), (places, normal))
    values, mixtures = jnp.linalg.eigh(images @ images.T)
    mixture = mixtures[:, -1]
    return known, Component(values[-1], mixture @ known.right[: places.size], mixture @ images)


@checked
def observation(
    known: BothSides,
    normal: Float[Array, "k m"],
    vector: Float[Array, "d"],
    strength: Float[Array, ""],
    latent: Float[Array, "d"],
    weights: Float[Array, "n"],
) -> Observation:
    """√d u = √Q v + √(1−Q) g of X = √(θ/d) w vᵀ + Z as an observation of v: ϖ = Q/(1−Q) = (γθ²−1)₊/(1+θ).

    The strength is the one given or, where it is more, what the singular value shows, so that a start may
    find what stands out in this instance alone. The sign, which no singular vector has, is that of v. The
    memory is Xb/(√(θd)(1+γθ)), where 1/(1+γθ) = Σ_i 1/(s²−λ_i) over the other eigenvalues λ_i of XᵀX.

    Args:
        known: nothing yet, with room for k products and more.
        normal: fresh numbers of N(0, 1), d + n a round.
        vector: a first guess at u, of any length.
        strength: θ.
        latent: v.
        weights: w.

    Source: Montanari & Venkataramanan 2021; derived (docs/derivations, B1).
    """
    n, d = weights.size, latent.size
    known, found = component(known, normal, vector, jnp.sqrt(strength / d) * weights, latent)
    shown = jnp.maximum(strength, _shown(found.value / d, n / d))
    precision = jnp.maximum(n / d * shown**2 - 1.0, 0.0) / (1.0 + shown)
    size = jnp.sign(found.vector @ latent) * jnp.sqrt(d * precision * (1.0 + precision))
    memory = size * found.image / (jnp.sqrt(strength * d) * (1.0 + n / d * shown))
    return Observation(known, size * found.vector, found.vector, precision, memory)


def _shown(outlier: Array, load: float) -> Array:
    """θ of an outlier s²/d = (1+θ)(1+γθ)/θ of XᵀX/d; 0 where none has left the bulk."""
    above = outlier - 1.0 - load
    root = jnp.sqrt(jnp.maximum(above**2 - 4.0 * load, 0.0))
    return jnp.where(above > 2.0 * jnp.sqrt(load), (above + root) / (2.0 * load), 0.0)
