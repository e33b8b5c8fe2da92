"""Many linear denoisers trained: one by one in Python, one by one compiled, all in one ensemble.

Each member descends E‖W(x+√s z) − x‖² over its own n points, full-batch, with optax; two members a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from jax import Array

from lingen.models import population
from lingen.models.descent import descent as descent_filter
from lingen.models.networks.linear import LinearDenoiser
from lingen.sims import dynamics
from lingen.sims.dense import descent
from lingen.sims.engine.ensemble import ensemble

NOISE, RATE, HALVES = 0.5, 0.02, 2
TRUTH = population.atoms([1.0, 4.0])


def stepwise(dim: int, samples: int, seeds: int, steps: int) -> Callable[[int], Any]:
    """A loop over members, and for each a loop over steps: one compiled step at a time."""
    optimiser = optax.sgd(RATE)

    @jax.jit
    def step(weight: Array, state: Any, covariance: Array) -> tuple[Array, Any]:
        slope = jax.grad(lambda w: descent.risk(w, covariance, NOISE))(weight)
        updates, state = optimiser.update(slope, state)
        return optax.apply_updates(weight, updates), state

    def member(covariance: Array) -> Array:
        weight = jnp.zeros((dim, dim))
        state = optimiser.init(weight)
        for _ in range(steps):
            weight, state = step(weight, state, covariance)
        return weight

    return partial(_looped, member, dim, samples, seeds, steps)


def compiled(dim: int, samples: int, seeds: int, steps: int) -> Callable[[int], Any]:
    """A loop over members, each of them one compiled training."""

    @jax.jit
    def member(covariance: Array) -> Array:
        loss = descent.denoising_loss(covariance, NOISE)
        run = descent.descend(
            LinearDenoiser(dim), loss, lambda model: model.matrix, optax.sgd(RATE), jr.key(0), 1, steps
        )
        return run.records[0]

    return partial(_looped, member, dim, samples, seeds, steps)


def together(dim: int, samples: int, seeds: int, steps: int) -> Callable[[int], Any]:
    """The ensemble: every member in one compiled call, its observables included."""
    draw = dynamics.sampler(TRUTH, dim, samples / dim, noise=NOISE, rate=RATE, records=1, every=steps)

    def work(number: int) -> float:
        found = ensemble(draw, jr.key(number), seeds)
        return _off(found.weights[0, 0, 0], found.covariances[0, 0, 0], steps)

    return work


def _looped(
    member: Callable[[Array], Array], dim: int, samples: int, seeds: int, steps: int, number: int
) -> float:
    rng = np.random.default_rng(number)
    scale = np.sqrt(np.asarray(TRUTH.spectrum(dim)))
    data = rng.normal(size=(seeds * HALVES, samples, dim)) * scale
    covariances = np.swapaxes(data, 1, 2) @ data / samples
    weights = [np.asarray(member(jnp.asarray(covariance))) for covariance in covariances]
    return _off(weights[0], covariances[0], steps)


def _off(weight: np.ndarray, covariance: np.ndarray, steps: int) -> float:
    """How far the first member is from the closed form after so many steps, relative."""
    values, vectors = np.linalg.eigh(covariance)
    gains = np.asarray(descent_filter(steps, RATE, NOISE)(np.maximum(values, 0.0)))
    closed = (vectors * gains) @ vectors.T
    return float(np.linalg.norm(weight - closed) / np.linalg.norm(closed))
