"""One step of the training of a denoiser, and all of them for a network by itself, as a function of a key."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import optax
from flax import nnx
from jax import Array, lax
from jaxtyping import Float, Int, Key

from lingen.boundary import checked
from lingen.models.networks.denoiser import Architecture
from lingen.sims.networks.settings import Settings, descent

__all__ = ["alone", "definition", "parameters", "step"]


@checked
def definition(architecture: Architecture) -> Any:
    """What a network of this architecture is, without its numbers."""
    return _definition(architecture)


@lru_cache
def _definition(architecture: Architecture) -> Any:
    return nnx.split(nnx.eval_shape(lambda: architecture.build(nnx.Rngs(0))))[0]


@checked
def step(
    architecture: Architecture,
    settings: Settings,
    images: Float[Array, "N h w c"],
    rows: Int[Array, "half"],
    samples: Int[Array, ""],
    key: Key[Array, ""],
    carry: Any,
    number: Int[Array, ""],
) -> tuple[tuple[Any, Any], Float[Array, ""]]:
    """One step of Adam on fresh images and fresh noise; `carry` holds the numbers and the optimiser's."""
    numbers, optimiser = carry
    which, level, way = jr.split(jr.fold_in(key, number), 3)
    clean = images[rows[jr.randint(which, (settings.batch,), 0, samples)]]
    sigma = settings.sigma_max * jr.uniform(level, (settings.batch, 1, 1, 1), clean.dtype) ** 2
    noise = sigma * jr.normal(way, clean.shape, clean.dtype)
    weights, rest = parameters(numbers)

    def loss(weights: Any) -> tuple[Array, Any]:
        network = nnx.merge(_definition(architecture), weights, rest, copy=True)  # ours to change
        error = network(clean + noise, train=number < (1.0 - settings.frozen) * settings.steps) - noise
        return jnp.mean(error**2), nnx.state(network, nnx.Not(nnx.Param))

    (value, rest), slope = jax.value_and_grad(loss, has_aux=True)(weights)
    updates, optimiser = descent(settings).update(slope, optimiser, weights)
    weights = optax.apply_updates(weights, updates)
    return (nnx.merge_state(weights, rest), optimiser), value


@checked
def parameters(numbers: Any) -> tuple[Any, Any]:
    """Weights, which descend, and the rest: the running standard deviations."""
    parts: Any = nnx.split_state(numbers, nnx.Param, ...)
    return parts


@checked
def alone(
    architecture: Architecture, settings: Settings, images: Float[Array, "n h w c"], key: Key[Array, ""]
) -> Any:
    """The numbers of one network trained on all of these images, from random weights of its own."""
    start, way = jr.split(key)
    numbers = nnx.split(architecture.build(nnx.Rngs(start)))[1]
    rows = jnp.arange(images.shape[0], dtype=jnp.int32)
    one_step = partial(step, architecture, settings, images, rows, jnp.asarray(rows.size, jnp.int32), way)
    begun = numbers, descent(settings).init(parameters(numbers)[0])
    return lax.scan(one_step, begun, jnp.arange(settings.steps))[0][0]
