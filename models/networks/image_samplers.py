"""Samplers of images from a blind denoiser f(y) ≈ σz: same start and same noise, same image.

The score of the noisy images is −f(y)/σ². Both samplers go from σ_max down to σ_min in a fixed number of
steps and end with y − f(y); all that is random in them is the `Seed`, which two networks can share. The
denoiser is any map of images to estimated noise: a network, or λ-filters of a linear model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import jax.random as jr
from jax import Array, lax
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.checks import bounded, integer, positive
from lingen.models.networks.denoiser import Images

__all__ = ["SAMPLERS", "Seed", "probability_flow", "schedule", "seed", "stochastic"]

Denoiser = Callable[[Images], Images]


class Seed(NamedTuple):
    """All that is random in a sample: the start, and the key of the noise on the way."""

    start: Images
    """y at σ_max."""
    key: Key[Array, ""]


@checked
def seed(key: Key[Array, ""], count: int, mean: Float[Array, "h w c"], sigma_max: float) -> Seed:
    """`count` starts mean + σ_max z, in the dtype of `mean`, and a key for the noise on the way."""
    start, way = jr.split(key)
    count = integer("count", count, low=1)
    noise = jr.normal(start, (count, *mean.shape), mean.dtype)
    return Seed(mean + jnp.asarray(sigma_max, mean.dtype) * noise, way)


@checked
def schedule(sigma_max: float, sigma_min: float, steps: int) -> Float[Array, "t"]:
    """Noise levels from σ_max to σ_min in equal ratios, shape (steps + 1,).

    Raises:
        ValueError: unless 0 < σ_min < σ_max and `steps` is at least 1.
    """
    positive("sigma_min", sigma_min)
    positive("sigma_max", sigma_max)
    if sigma_min >= sigma_max:
        raise ValueError(f"sigma_min must be below sigma_max = {sigma_max:g}, got {sigma_min:g}")
    return jnp.geomspace(sigma_max, sigma_min, integer("steps", steps, low=1) + 1)


@checked
def probability_flow(
    denoiser: Denoiser, seed: Seed, sigma_max: float = 1.0, sigma_min: float = 0.01, steps: int = 32
) -> Images:
    """dy/dσ = f(y)/σ from σ_max to σ_min by Heun's method, error O(steps⁻²), then y − f(y).

    For a linear denoiser f(y) = σ²/(λ+σ²) y the exact end point is y √((λ+σ_min²)/(λ+σ_max²)) λ/(λ+σ_min²).

    Args:
        denoiser: f, called twice a step.
        seed: start y at σ_max; its key is not used.
        sigma_max: noise standard deviation at the start.
        sigma_min: noise standard deviation at the end.
        steps: number of steps, in equal ratios of σ.

    Returns:
        Images of the shape of the start.

    Source: Song et al., ICLR 2021 (probability flow); Karras et al., NeurIPS 2022 (σ as time, Heun).
    """
    levels = schedule(sigma_max, sigma_min, steps).astype(seed.start.dtype)

    def step(y: Images, level: tuple[Array, Array]) -> tuple[Images, None]:
        sigma, following = level
        slope = denoiser(y) / sigma
        guess = y + (following - sigma) * slope
        return y + 0.5 * (following - sigma) * (slope + denoiser(guess) / following), None

    y, _ = lax.scan(step, seed.start, (levels[:-1], levels[1:]))
    return y - denoiser(y)


@checked
def stochastic(
    denoiser: Denoiser,
    seed: Seed,
    sigma_max: float = 1.0,
    sigma_min: float = 0.01,
    steps: int = 96,
    step_size: float = 0.05,
    noise: float = 0.2,
) -> Images:
    """Coarse-to-fine ascent of log p with noise: y ← y − h f(y) + γz, until σ̂ = ‖f(y)‖/√d <= σ_min.

    Step t takes h = h₀t/(1 + h₀(t−1)) and γ² = ((1−βh)² − (1−h)²) σ̂², so that σ̂ shrinks by 1 − βh. Each
    image stops by itself; after `steps` steps it is taken as it is. The noise level is never told: σ̂ is
    what the network itself finds, and `sigma_max` only names where the seed stands.

    Args:
        denoiser: f, called once a step.
        seed: start y at σ_max, and the key of the noise.
        sigma_max: noise standard deviation at the start.
        sigma_min: where an image stops.
        steps: the most steps.
        step_size: h₀ in (0, 1].
        noise: β in (0, 1]; 1 adds no noise, small values add much.

    Returns:
        Images of the shape of the start, y − f(y) at the end.

    Source: Kadkhodaie & Simoncelli, NeurIPS 2021, algorithm 1.
    """
    schedule(sigma_max, sigma_min, steps)
    bounded("step_size", positive("step_size", step_size), 0.0, 1.0)
    bounded("noise", positive("noise", noise), 0.0, 1.0)

    def step(state: tuple[Images, Array], t: Array) -> tuple[tuple[Images, Array], None]:
        y, busy = state
        residual = denoiser(y)
        found = jnp.sqrt(jnp.mean(residual**2, axis=(1, 2, 3), keepdims=True))
        busy = busy & (found > sigma_min)
        h = step_size * t / (1.0 + step_size * (t - 1.0))
        gamma = found * jnp.sqrt((1.0 - noise * h) ** 2 - (1.0 - h) ** 2)
        fresh = jr.normal(jr.fold_in(seed.key, t.astype(int)), y.shape, y.dtype)
        return (jnp.where(busy, y - h * residual + gamma * fresh, y), busy), None

    times = jnp.arange(1, steps + 1, dtype=seed.start.dtype)
    everywhere = jnp.ones((seed.start.shape[0], 1, 1, 1), bool)
    (y, _), _ = lax.scan(step, (seed.start, everywhere), times)
    return y - denoiser(y)


SAMPLERS: dict[str, Callable[..., Images]] = {"probability flow": probability_flow, "stochastic": stochastic}
"""Samplers by name."""
