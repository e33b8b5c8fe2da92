"""The density of a NumPyro model under each of its settings, compiled once, and its modes.

Directions of very different scale stop a quasi-Newton search early: damped Newton steps end it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from lingen import lazy
from lingen.boundary import checked
from lingen.models.posterior import Model, potential, unconstrained

__all__ = ["Target", "modes"]

infer, optimize = lazy.module("numpyro.infer"), lazy.module("scipy.optimize")
LEAST = 1e-3
"""Curvatures are taken to be at least this."""
OUTSIDE = 1e10
NEWTON, GAIN = 25, 1e-3
"""Steps towards a mode, at most, and nats below which a step is the last."""


class Target:
    """The density of a model under each setting, compiled once."""

    def __init__(self, model: Model, data: tuple[Any, ...], settings: Sequence[Any]) -> None:
        self.model, self.data, self.settings = model, data, settings
        self.stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *settings)
        example = unconstrained(model, jr.key(0), {}, (*data, settings[0]))
        self.names = {name: np.shape(value) for name, value in example.items()}

    def flat(self, key: Array, start: Mapping[str, Any], setting: Any) -> np.ndarray:
        """A start without constraints."""
        return np.asarray(ravel_pytree(unconstrained(self.model, key, start, (*self.data, setting)))[0])

    def value(self, rival: int, place: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log density and its gradient."""
        value, slope = _slope(self.model, self._names, jnp.asarray(place), self.data, self.settings[rival])
        if np.isfinite(value) and np.isfinite(slope).all():
            return float(value), np.asarray(slope)
        return OUTSIDE, np.zeros_like(place)

    def curvature(self, rival: int, place: np.ndarray) -> np.ndarray:
        """The second derivatives."""
        found = _curvature(self.model, self._names, jnp.asarray(place), self.data, self.settings[rival])
        return (np.asarray(found) + np.asarray(found).T) / 2

    def densities(self, rivals: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Log densities of many samples."""
        chosen = jax.tree.map(lambda leaf: leaf[rivals], self.stacked)
        found = np.asarray(_densities(self.model, self._names, jnp.asarray(places), self.data, chosen))
        return np.where(np.isfinite(found), found, -np.inf)

    def constrain(self, rivals: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray]:
        """Parameters in their own units."""
        chosen = jax.tree.map(lambda leaf: leaf[rivals], self.stacked)
        found = _constrained(self.model, self._names, jnp.asarray(places), self.data, chosen)
        return {name: np.asarray(values) for name, values in found.items()}

    @property
    def _names(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return tuple(sorted(self.names.items()))


def _unravel(names: tuple[tuple[str, tuple[int, ...]], ...], place: Array) -> dict[str, Array]:
    """As `ravel_pytree` orders them."""
    found, begin = {}, 0
    for name, shape in names:
        count = int(np.prod(shape))
        found[name] = place[begin : begin + count].reshape(shape)
        begin += count
    return found


def _minus(model: Model, names: Any, data: Any, place: Array, setting: Any) -> Array:
    return potential(model, _unravel(names, place), (*data, setting))


@partial(jax.jit, static_argnums=(0, 1))
def _slope(model: Model, names: Any, place: Array, data: Any, setting: Any) -> Any:
    return jax.value_and_grad(partial(_minus, model, names, data))(place, setting)


@partial(jax.jit, static_argnums=(0, 1))
def _curvature(model: Model, names: Any, place: Array, data: Any, setting: Any) -> Array:
    return jax.hessian(partial(_minus, model, names, data))(place, setting)


@partial(jax.jit, static_argnums=(0, 1))
def _densities(model: Model, names: Any, places: Array, data: Any, settings: Any) -> Array:
    return -jax.vmap(partial(_minus, model, names, data))(places, settings)


@partial(jax.jit, static_argnums=(0, 1))
def _constrained(model: Model, names: Any, places: Array, data: Any, settings: Any) -> dict[str, Array]:
    def one(place: Array, setting: Any) -> dict[str, Array]:
        arguments = (*data, setting)
        return dict(
            infer.util.constrain_fn(model, arguments, {}, _unravel(names, place), return_deterministic=True)
        )

    return jax.vmap(one)(places, settings)


@checked
def modes(target: Target, key: Array, start: Any) -> np.ndarray:
    """The first rival's highest mode from all starts; the others' from there, or all from modes that are given."""
    if isinstance(start, np.ndarray):
        return np.array([_newton(target, i, place) for i, place in enumerate(start)])
    count = len(next(iter(start.values())))
    begins = [{name: jnp.asarray(values[i], float) for name, values in start.items()} for i in range(count)]
    first = _mode(target, 0, [target.flat(key, begin, target.settings[0]) for begin in begins])
    return np.array([first, *(_newton(target, i, first) for i in range(1, len(target.settings)))])


def _mode(target: Target, rival: int, begins: Sequence[np.ndarray]) -> np.ndarray:
    able = [place for place in begins if target.value(rival, place)[0] < OUTSIDE]
    if not able:
        raise ValueError("start must have a finite density, got one that is not")
    found = [optimize.minimize(partial(target.value, rival), p, jac=True, method="L-BFGS-B") for p in able]
    best = min(found, key=lambda result: result.fun).x
    return _newton(target, rival, best)


def _newton(target: Target, rival: int, place: np.ndarray) -> np.ndarray:
    """A few damped steps: directions of very different scale stop a quasi-Newton search early."""
    value, slope = target.value(rival, place)
    damping = 1e-3
    for _ in range(NEWTON):
        values, vectors = np.linalg.eigh(target.curvature(rival, place))
        step = vectors @ ((vectors.T @ slope) / (np.maximum(np.abs(values), LEAST) * (1 + damping)))
        ahead, next_slope = target.value(rival, place - step)
        if ahead < value:
            gained, value, place, slope = value - ahead, ahead, place - step, next_slope
            damping /= 10
            if gained < GAIN:
                break
        else:
            damping = max(damping, 1e-2) * 10
            if damping > 1e4:
                break
    return place
