"""The probability flow between two points ±μ on a line, run particle by particle with any of some denoisers.

dx/dlog σ = x − D(x, σ) by Runge–Kutta steps of fourth order. Particles that end near the midpoint are rare:
their starts are drawn evenly in log |x|, one in each of many strata, and weighted by the law at σ_T,
½N(μ, σ_T²) + ½N(−μ, σ_T²). The smoothed denoiser E D(x + wg, σ) is a sum over a grid: of the Gaussian g where
D is flat on the scale w, of the law sech²/2, whose distribution function is tanh, where D is steep.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jax.scipy.special import erf
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, is_traced, known, positive, single
from lingen.models.systems import ModeInterpolation
from lingen.sims.engine.single import draw_of

__all__ = ["DENOISERS", "draw", "sampler"]

DENOISERS = ("exact", "smoothed", "clipped", "linear")
LOWEST = 1e-9
"""The smallest start of a stratum in log |x|, in units of the largest; one more holds all below it."""
STEPS = 8
"""Runge–Kutta steps while σ falls by a factor e; a clipped denoiser takes as many more as it is steep."""
GRID = np.arange(-16, 17) * 0.5
NORMAL = np.exp(-0.5 * GRID**2) / np.exp(-0.5 * GRID**2).sum()
LOGISTIC = np.arange(-24, 25) * 0.5
BUMP = np.cosh(LOGISTIC) ** -2.0 / (np.cosh(LOGISTIC) ** -2.0).sum()


@struct.dataclass
class FlowPlan:
    """What is static of a run."""

    denoiser: str = struct.field(pytree_node=False)
    particles: int = struct.field(pytree_node=False)
    steps: int = struct.field(pytree_node=False)


@checked
@at_once
def sampler(
    denoiser: str,
    *,
    separation: float = 1.0,
    width: ArrayLike = 0.3,
    steepness: ArrayLike = 4.0,
    sigma_min: float = 0.03,
    sigma_max: float = 3.0,
    reach: ArrayLike = 0.01,
    particles: int = 2048,
) -> Partial:
    """A draw of `ModeInterpolation`.

    Args:
        denoiser: one of `DENOISERS`: "exact" D = μ tanh(μx/σ²); "smoothed", that one smoothed by a Gaussian;
            "clipped", clip(Lx, −μ, μ) below σ = μ/√L and exact above; "linear", μ²x/(μ²+σ²).
        separation: μ > 0.
        width: w > 0 of the smoothing.
        steepness: L > 0 of the clipped denoiser.
        sigma_min: where the flow ends.
        sigma_max: σ_T > sigma_min, where it starts.
        reach: δ > 0 of what counts as the midpoint.
        particles: strata of one draw; the error of a draw falls like their number.

    Raises:
        ValueError: for another denoiser, or a number out of range.
    """
    if denoiser not in DENOISERS:
        raise ValueError(f"denoiser must be one of {', '.join(DENOISERS)}, got {denoiser!r}")
    low, high = (
        float(positive(name, known(name, value)))
        for name, value in (("sigma_min", sigma_min), ("sigma_max", sigma_max))
    )
    if low >= high:
        raise ValueError(f"sigma_min must be below sigma_max = {high:g}, got {low:g}")
    particles = integer("particles", particles, low=16, high=1 << 20)
    numbers = (
        positive("separation", single("separation", separation)),
        positive("width", single("width", width)),
        positive("steepness", single("steepness", steepness)),
    )
    _resolved(numbers[0], high, particles)
    finer = max(4.0, _known(numbers[2])) if denoiser == "clipped" else 1.0
    steps = max(1, int(np.ceil(STEPS * min(finer, 64.0) * np.log(high / low))))
    span = jnp.log(jnp.asarray([high, low]))
    return Partial(
        _draw, FlowPlan(denoiser, particles, steps), numbers, span, positive("reach", single("reach", reach))
    )


draw = draw_of(sampler, ModeInterpolation)


def _draw(
    plan: FlowPlan,
    numbers: tuple[Array, Array, Array],
    span: Float[Array, "2"],
    reach: Float[Array, ""],
    key: Key[Array, ""],
) -> ModeInterpolation:
    separation, sigma = numbers[0], jnp.exp(span[0])
    largest = separation + 8.0 * sigma
    part = (jnp.arange(plan.particles) + jr.uniform(key, (plan.particles,))) / plan.particles
    start = jnp.concatenate([largest * LOWEST * part[:1] * plan.particles, largest * LOWEST ** (1.0 - part)])
    density = jnp.exp(-0.5 * ((start - separation) / sigma) ** 2)
    density = density + jnp.exp(-0.5 * ((start + separation) / sigma) ** 2)  # of |x|
    width = jnp.concatenate([largest[None] * LOWEST, start[1:] * -np.log(LOWEST) / plan.particles])
    weight = density / (sigma * np.sqrt(2.0 * np.pi)) * width
    end = _flow(plan, numbers, span, start)
    near = jnp.where(jnp.abs(end) < reach, weight, 0.0)
    below = (jnp.cumsum(weight) - 0.5 * weight) / jnp.sum(weight)  # the flow keeps the order of the particles
    return ModeInterpolation(jnp.sum(near), jnp.interp(0.5, below, end))


def _resolved(separation: Array, sigma: float, particles: int) -> None:
    """Where |x| is near μ the strata are to be no wider than σ_T."""
    most = sigma * particles / -np.log(LOWEST)
    if not is_traced(separation) and float(separation) > most:
        raise ValueError(
            f"separation must be at most {most:g} for {particles} particles at sigma_max = {sigma:g}, "
            f"got {float(separation):g}"
        )


def _known(steepness: Array) -> float:
    """L where it is known."""
    return 0.0 if is_traced(steepness) else float(steepness)


def _flow(
    plan: FlowPlan, numbers: tuple[Array, Array, Array], span: Float[Array, "2"], start: Float[Array, "k"]
) -> Float[Array, "k"]:
    step = (span[1] - span[0]) / plan.steps

    def drift(x: Array, place: Array) -> Array:
        return x - _denoised(plan.denoiser, numbers, x, jnp.exp(place))

    def advance(number: Array, x: Array) -> Array:
        place = span[0] + number * step
        one = drift(x, place)
        two = drift(x + 0.5 * step * one, place + 0.5 * step)
        three = drift(x + 0.5 * step * two, place + 0.5 * step)
        four = drift(x + step * three, place + step)
        return x + step / 6.0 * (one + 2.0 * two + 2.0 * three + four)

    return jax.lax.fori_loop(0, plan.steps, advance, start)


def _denoised(denoiser: str, numbers: tuple[Array, Array, Array], x: Array, sigma: Array) -> Array:
    separation, width, steepness = numbers
    exact = separation * jnp.tanh(separation * x / sigma**2)
    match denoiser:
        case "linear":
            return separation**2 / (separation**2 + sigma**2) * x
        case "clipped":
            sharp = sigma**2 * steepness < separation**2
            return jnp.where(sharp, jnp.clip(steepness * x, -separation, separation), exact)
        case "smoothed":
            steep = separation * width > sigma**2
            return jax.lax.cond(steep, _by_slope, _by_noise, separation, width, sigma, x)
        case _:
            return exact


def _by_noise(separation: Array, width: Array, sigma: Array, x: Float[Array, "k"]) -> Float[Array, "k"]:
    moved = x[:, None] + width * GRID
    return separation * (jnp.tanh(separation * moved / sigma**2) @ NORMAL)


def _by_slope(separation: Array, width: Array, sigma: Array, x: Float[Array, "k"]) -> Float[Array, "k"]:
    moved = x[:, None] + (sigma**2 / separation) * LOGISTIC
    return separation * (erf(moved / (np.sqrt(2.0) * width)) @ BUMP)
