"""From data to a posterior: the mode first, then chains of NUTS that start apart from each other around it.

The parameters of a critical point are known to four digits in one direction and to one in another, so the chains
begin with the mass matrix of the mode's curvature. The result carries its diagnostics (R-hat, effective
sample sizes, divergences); `trouble` says what is wrong with it, if anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, Key

from lingen import lazy
from lingen.boundary import checked
from lingen.checks import bounded, integer, single
from lingen.models.posterior import Model, Posterior, chains, measure, potential, unconstrained

__all__ = ["Posterior", "nuts"]

optimize = lazy.module("scipy.optimize")
CHAINS = 4
SPREAD = 1.5
"""Chains start this many standard deviations from the mode."""
LEAST, LARGEST = 1e-3, 1e8
"""Curvatures at the mode are taken to lie between these: a flat direction has a finite scale."""
STEP = 1e-5
"""Of the differences of gradients that make the curvature."""
OUTSIDE = 1e10
"""Minus the log density where it is not finite: a long step of the search for the mode turns back."""


@checked
def nuts(
    model: Model,
    key: Key[Array, ""],
    data: tuple[Any, ...],
    start: Mapping[str, Any],
    *,
    hold: Collection[str] = (),
    count: int = CHAINS,
    warmup: int = 500,
    draws: int = 1000,
    acceptance: float = 0.95,
) -> Posterior:
    """The posterior of a NumPyro model by NUTS.

    Args:
        model: a NumPyro model, `model(*data)`.
        key: typed key.
        data: its arguments, pytrees of arrays; one compilation serves all of one shape.
        start: where the search for the mode begins: one or more values of each parameter, along the first
            axis; the highest mode found is taken.
        hold: parameters kept at the mode: what only shapes a flexible function need not be sampled.
        count: chains, at least two.
        warmup: steps of adaptation, not kept.
        draws: samples kept of each chain, at least four.
        acceptance: target acceptance probability; nearer to one means smaller steps.

    Raises:
        ValueError: if a number of steps is out of range, or the density is nowhere finite where it starts.
    """
    count = integer("count", count, low=2)
    warmup, draws = integer("warmup", warmup, low=1), integer("draws", draws, low=4)
    bounded("acceptance", single("acceptance", acceptance), 0.5, 0.999)
    search, scatter, run = jr.split(key, 3)
    begins = [unconstrained(model, search, one, data) for one in _each(start)]
    mode = _mode(model, begins, data)
    held = {name: mode[name] for name in hold}
    flat, unravel = ravel_pytree({name: value for name, value in mode.items() if name not in held})
    covariance = _covariance(model, flat, unravel, held, data)
    apart = np.asarray(jr.normal(scatter, (count, flat.size))) @ np.linalg.cholesky(covariance).T
    places = jax.vmap(unravel)(flat + SPREAD * apart)
    steps = {"warmup": warmup, "draws": draws, "acceptance": acceptance}
    found = chains(model, run, places, jnp.asarray(covariance), data, held, **steps)
    return measure(found, held)


def _each(start: Mapping[str, Any]) -> list[dict[str, Array]]:
    arrays = {name: jnp.asarray(values, float) for name, values in start.items()}
    return [
        {name: values[i] for name, values in arrays.items()} for i in range(len(next(iter(arrays.values()))))
    ]


def _mode(model: Model, begins: Sequence[Mapping[str, Array]], data: tuple[Any, ...]) -> dict[str, Array]:
    """The highest mode of the unconstrained density."""
    unravel = ravel_pytree(dict(begins[0]))[1]

    def density(place: Any) -> tuple[float, np.ndarray]:
        value, slope = _density(model, unravel(jnp.asarray(place)), data)
        found = np.asarray(ravel_pytree(slope)[0])
        if np.isfinite(value) and np.isfinite(found).all():
            return float(value), found
        return OUTSIDE, np.zeros_like(found)

    flat = [np.asarray(ravel_pytree(dict(begin))[0]) for begin in begins]
    found = [optimize.minimize(density, place, jac=True) for place in flat if density(place)[0] < OUTSIDE]
    if not found:
        raise ValueError("start must have a finite density, got one that is not")
    return unravel(jnp.asarray(min(found, key=lambda result: result.fun).x))


def _covariance(
    model: Model,
    flat: Float[Array, "p"],
    unravel: Callable[[Array], dict[str, Array]],
    held: Mapping[str, Array],
    data: tuple[Any, ...],
) -> Float[np.ndarray, "p p"]:
    """The inverse of the curvature at the mode, by differences of gradients."""

    def slope(place: Array) -> np.ndarray:
        gradient = _density(model, {**unravel(place), **held}, data)[1]
        return np.asarray(ravel_pytree({name: gradient[name] for name in unravel(place)})[0])

    steps = STEP * jnp.eye(flat.size)
    curvature = np.stack([(slope(flat + s) - slope(flat - s)) / (2 * STEP) for s in steps])
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    return (vectors / np.clip(np.abs(values), LEAST, LARGEST)) @ vectors.T


@partial(jax.jit, static_argnames="model")
def _density(model: Model, place: Mapping[str, Array], data: tuple[Any, ...]) -> Any:
    return jax.value_and_grad(lambda z: potential(model, z, data))(place)
