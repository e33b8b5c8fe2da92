"""Kernel density: (1/n) Σ_i exp(−‖x−x_i‖²/2h²), the nonparametric memoriser, at load α = log n / d.

Points x_i ~ N(0, I) in R^d, α fixed as d → ∞: a random energy model (section K of the theory). At a typical x
and b = 1/h² the m-th moments of the terms grow like e^{dζ(mb)}, ζ(b) = −½ log(1+b) − b/2(1+b), and

    I(b) = bζ'(b) − ζ(b) = ½ log(1+b) − b/2(1+b)²

says when they are carried by points that exist: α > I(mb). Below the width h_G of α = I(1/h²) a few points
are the whole sum, below h_CLT = √2 h_G its fluctuations are those of a few points. A point x = x₁ + h z on
the way back to a training point is not typical: it lies at ‖x‖² = d(1+h²), and collapses on x₁ when
α < ½ log(1+b).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import ndtr
from jaxtyping import ArrayLike, Float
from scipy import special

from lingen import lazy
from lingen.boundary import checked
from lingen.checks import finite, integer, positive, representable
from lingen.models.systems import Condensation, PathCollapse
from lingen.theory.numerics.roots import bisect
from lingen.theory.numerics.shapes import broadcast

__all__ = [
    "clt_width", "collapse", "collapse_load", "collapse_time", "condensation_load", "condensation_width",
    "participation", "predict",
]  # fmt: skip

stats = lazy.module("scipy.stats")
_ndtr = jax.jit(ndtr)
_HALVINGS = 64
_RADII, _DISTANCES, _LOGS = 32, 3000, 600
"""Nodes of the exact participation: in ‖x‖², in the distance of a point, and in the logarithm of t."""


@checked
@representable
def condensation_load(width: ArrayLike) -> Float[Array, "..."]:
    """α = I(1/h²), I(b) = ½ log(1+b) − b/2(1+b)²: below this load a few points are the whole estimate.

    Args:
        width: h > 0, any shape.

    Raises:
        ValueError: if a width is not positive.

    Source: Biroli & Mézard, arXiv 2408.05807; derived in docs/derivations (statement K1).
    """
    return _at_width(_information, positive("width", width))


@checked
@representable
def condensation_width(load: ArrayLike) -> Float[Array, "..."]:
    """h_G, the width of α = I(1/h_G²).

    Args:
        load: α = log n / d > 0, any shape.

    Raises:
        ValueError: if a load is not positive.

    Source: as for `condensation_load`; I increases from 0 to ∞.
    """
    return 1.0 / jnp.sqrt(_inverse_information(positive("load", load)))


@checked
@representable
def clt_width(load: ArrayLike) -> Float[Array, "..."]:
    """h_CLT = √2 h_G of α = I(2/h²), where Gaussian fluctuations begin; see `condensation_width`."""
    return np.sqrt(2.0) * condensation_width(load)


@checked
@representable
def predict(load: ArrayLike, width: ArrayLike) -> Condensation:
    """The observables of `lingen.sims.kernel_density.draw` as d → ∞.

    With m = h²/h_G² the energies near the lowest are a Poisson process of exponential density, so the weights
    are Poisson–Dirichlet: E Σw_i² = 1 − m below h_G, and of the squared terms 1 − m/2 below h_CLT, else 0.
    The logarithm of the estimate is dζ(b) above h_G, and frozen below: d((α+ζ(mb))/m − α).

    Args:
        load: α > 0, any shape.
        width: h > 0; broadcasts.

    Raises:
        ValueError: if a load or a width is not positive.

    Source: Biroli & Mézard, arXiv 2408.05807; weights: Derrida 1981, Mézard et al. 1984; derived in
    docs/derivations (statement K1).
    """
    return _predict(*broadcast(positive("load", load), positive("width", width)))


@jax.jit
def _predict(alpha: Array, h: Array) -> Condensation:
    critical = _inverse_information(alpha)
    m = h**2 * critical
    frozen = (alpha + _growth(critical)) / m - alpha
    growth = jnp.where(m < 1.0, frozen, _growth(1.0 / h**2))
    return Condensation(jnp.maximum(0.0, 1.0 - m), jnp.maximum(0.0, 1.0 - m / 2.0), growth)


@checked
@representable
def participation(dim: int, samples: int, width: float) -> float:
    """E Σ_i w_i² of n points in R^d, exact at every size: what `predict` gives as d → ∞.

    Given x the terms y = e^{−be/2} are independent, e non-central χ², and 1/z² = ∫_0^∞ t e^{−tz} dt:

        E Σw² = E_x n ∫ E[(ty)² e^{−ty}] φ(t)^{n−1} d log t,    φ(t) = E e^{−ty}.

    Args:
        dim: d, at least 2.
        samples: n, at least 2.
        width: h > 0.

    Raises:
        ValueError: for an argument out of range, or a width too small for the quadrature (about 0.3).

    Source: derived in docs/derivations (statement K1). To about 1e-5, by quadrature, NumPy in and out.
    """
    d, n = integer("dim", dim, low=2), integer("samples", samples, low=2)
    b = float(1.0 / jnp.maximum(positive("width", width), 1e-100) ** 2)
    with np.errstate(all="ignore"):
        nodes, weights = special.roots_genlaguerre(_RADII, d / 2 - 1)
    if not np.all(np.isfinite(nodes)):
        raise ValueError(f"dim must be smaller for the quadrature over radii, got {dim}")
    kept = weights > 1e-12 * weights.sum()
    nodes, weights = nodes[kept][::-1], weights[kept][::-1]  # the largest first: it needs the widest kernel
    values = [_participation_at(2.0 * node, d, n, b) for node in nodes]
    return float(np.dot(weights, values) / weights.sum())


def _participation_at(square: float, dim: int, samples: int, b: float) -> float:
    """E Σw² at one ‖x‖²."""
    spread = 10.0 * np.sqrt(2.0 * (dim + 2.0 * square))
    low, high = np.sqrt(max(0.0, dim + square - spread)), np.sqrt(dim + square + spread)
    distance, step = np.linspace(low, high, _DISTANCES, retstep=True)
    if b * distance[-1] * step > 1.0:
        least = np.sqrt(distance[-1] * step)
        raise ValueError(f"width must be at least {least:.2g} in {dim} dimensions, got {1 / np.sqrt(b):g}")
    mass = stats.ncx2.pdf(distance**2, dim, square) * 2.0 * distance
    mass /= mass.sum()
    # from where no term counts to where the farthest does
    exponents = 0.5 * b * distance**2
    logs = np.linspace(exponents[0] - 12.0 - np.log(float(samples)), exponents[-1] + 6.0, _LOGS)
    terms = np.exp(np.minimum(logs[:, None] - exponents, 40.0))
    square_term = (terms**2 * np.exp(-terms)) @ mass
    others = np.minimum(np.exp(-terms) @ mass, 1.0) ** float(samples - 1)
    return float(samples * np.trapezoid(square_term * others, logs))


@checked
@representable
def collapse_load(width: ArrayLike) -> Float[Array, "..."]:
    """α = ½ log(1+1/h²): below it the exact score at x₁ + h z points to x₁ alone.

    It is the capacity of the channel x₁ → x₁ + h z, and not I(1/h²).

    Args:
        width: h > 0, any shape.

    Raises:
        ValueError: if a width is not positive.

    Source: Biroli et al., arXiv 2402.18491; derived in docs/derivations (statement K1).
    """
    return _at_width(_capacity, positive("width", width))


@checked
def collapse_time(load: ArrayLike) -> Float[Array, "..."]:
    """t_C = −½ log(1 − e^{−2α}) of dx = −x dt + √2 dB: from there the path back ends on a training point.

    At time t the data are e^{−t}(x₁ + h z) with h² = e^{2t} − 1.

    Args:
        load: α = log n / d > 0, any shape.

    Raises:
        ValueError: if a load is not positive.

    Source: Biroli et al., arXiv 2402.18491.
    """
    return -0.5 * jnp.log(-jnp.expm1(-2.0 * positive("load", load)))


@checked
def collapse(scaled: ArrayLike) -> PathCollapse:
    """E own weight of x₁ at x₁ + h z near the transition, d → ∞: Φ(u), u = √(d(1+h²)) (½ log(1+1/h²) − α).

    Args:
        scaled: u, any shape.

    Source: derived (docs/derivations, statement K1).
    """
    return PathCollapse(_ndtr(finite("scaled", scaled)))


@partial(jax.jit, static_argnums=0)
def _at_width(f: Callable[[Array], Array], h: Array) -> Array:
    """f(1/h²), for an f that is ½ log b to round-off where b overflows."""
    narrow = h < 1e-50
    return jnp.where(narrow, -jnp.log(h), f(1.0 / jnp.where(narrow, 1.0, h) ** 2))


def _capacity(b: Array) -> Array:
    return 0.5 * jnp.log1p(b)


def _growth(b: Array) -> Array:
    """ζ(b): (1/d) log E exp(−b‖x−x_i‖²/2) at ‖x‖² = d."""
    return -0.5 * jnp.log1p(b) - b / (2.0 * (1.0 + b))


def _information(b: Array) -> Array:
    small = b < 1e-3
    safe = jnp.where(small, 1.0, b)
    series = b**2 * (0.75 - b * (4.0 / 3.0 - b * 15.0 / 8.0))
    return jnp.where(small, series, 0.5 * jnp.log1p(safe) - safe / (2.0 * (1.0 + safe) ** 2))


@jax.jit
def _inverse_information(load: Array) -> Array:
    """b of I(b) = α: bisection in log b, and one step of Newton, which carries the derivative."""
    alpha = jax.lax.stop_gradient(load)
    # I <= ¾b², and I >= ½ log(1+b) − 1/8
    low = 0.5 * jnp.log(alpha / 0.75)
    high = jnp.maximum(low, 2.0 * alpha + 0.25) + 2.0

    def below(log_b: Array) -> Array:
        return _information(jnp.exp(log_b)) < alpha

    b = jnp.exp(bisect(below, low, high, _HALVINGS))
    slope = b * (b + 3.0) / (2.0 * (1.0 + b) ** 3)
    return b - (_information(b) - load) / slope
