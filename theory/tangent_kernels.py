"""The tangent kernel of two layers at width m: its mean, its variance, and how far training moves it (G6).

f(x) = √(2/m) a·relu(Wx), or a·Wx/√m, all weights from N(0, 1); K(x, x') = ∇f(x)·∇f(x') over all weights is a
mean of m independent terms. For unit vectors at the angle ϑ, exactly at every m,

    linear:  mean 2 cos ϑ,                          variance (1 + 3 cos²ϑ)/m;
    relu:    mean (sin ϑ + 2(π−ϑ) cos ϑ)/π,         variance 12/m at ϑ = 0.

On one input x, |x| = 1, gradient flow of (f−y)²/2 in the linear network conserves K² − 4f²/m, so that
K_∞² = K₀² + 4(y²−f₀²)/m: with U, V independent χ²_m, K₀ = (U+V)/m and K_∞ = 2√(UV/m² + y²/m). The kernel of
a wide network stands still up to O(1/m).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, bounded, finite, representable
from lingen.models.learning import KernelDrift

__all__ = ["ACTIVATIONS", "drift", "moments", "predict"]

ACTIVATIONS = ("linear", "relu")
_NODES = 513
_REACH = 80.0
"""The exponent of the density of log χ² that is left out, twice."""


@checked
def moments(activation: str, angle: ArrayLike) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Mean of K at the angle ϑ between unit vectors, and m times its variance.

    Args:
        activation: "linear" or "relu".
        angle: ϑ in [0, π], any shape.

    Raises:
        ValueError: for an unknown activation or an angle out of range.

    Source: arc-cosine moments of Cho & Saul, NeurIPS 2009; derived (docs/derivations, G6).
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    angle = bounded("angle", angle, 0.0, jnp.pi)
    cos, sin, rest = jnp.cos(angle), jnp.sin(angle), jnp.pi - angle
    if activation == "linear":
        return 2.0 * cos, 1.0 + 3.0 * cos**2
    # E of (uu')^k over u, u' > 0 times π, k = 1 and 2
    first, second = (sin + rest * cos) / 2.0, (3.0 * sin * cos + rest * (1.0 + 2.0 * cos**2)) / 2.0
    mean = (2.0 * first + rest * cos) / jnp.pi
    square = 4.0 * (second + 2.0 * cos * first + 1.5 * rest * cos**2) / jnp.pi
    return mean, jnp.maximum(square - mean**2, 0.0)


@checked
@representable
def drift(width: ArrayLike, target: ArrayLike) -> Float[Array, "..."]:
    """E[K_∞ − K₀] of a linear network trained on one unit input to the label y; near (y²−1)/m.

    Args:
        width: m >= 1, any shape.
        target: y, finite; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, G6).
    """
    width, target = at_least("width", width, 1.0), finite("target", target)
    scale = jnp.broadcast_to(target**2 / width, jnp.broadcast_shapes(width.shape, target.shape))
    width = jnp.broadcast_to(width, scale.shape)
    found = _all_moved(width.ravel(), scale.ravel())
    return found.reshape(scale.shape)


@checked
@representable
def predict(width: ArrayLike, target: ArrayLike) -> KernelDrift:
    """The observables of `lingen.sims.tangent_kernels.sampler`, predicted; as for `drift`."""
    moved = drift(width, target)
    return KernelDrift(jnp.full(moved.shape, 2.0), 2.0 + moved, moved)


@jax.jit
def _all_moved(width: Array, part: Array) -> Array:
    return jax.lax.map(lambda pair: _moved(*pair), (width, part))


def _moved(width: Array, part: Array) -> Array:
    """E[2√(uv + y²/m) − u − v], u = U/m, by the trapezoid rule in g = log u of density e^{m(g−u)/2}."""
    wide = jnp.sqrt(2.0 * _REACH / width)
    g = jnp.linspace(-_REACH / width - wide, wide, _NODES)
    weight = jnp.exp(-width / 2.0 * _excess(g))
    weight = weight / jnp.sum(weight)
    u, more = jnp.exp(g), jnp.expm1(g)
    total = 2.0 * jnp.sqrt(u[:, None] * u + part) + u[:, None] + u
    return weight @ ((4.0 * part - (more[:, None] - more) ** 2) / total) @ weight


def _excess(g: Array) -> Array:
    """e^g − 1 − g, of full precision near 0."""
    small = jnp.where(jnp.abs(g) < 0.1, g, 0.0)
    series = jnp.zeros_like(g)
    for k in range(12, 1, -1):
        series = (series + 1.0) * small / k
    return jnp.where(jnp.abs(g) < 0.1, series * small, jnp.expm1(g) - g)
