"""Posteriors of many rival models at once, by importance sampling around their modes, with their evidence.

The rivals are one NumPyro model under different settings. Each is sampled from a Student t around its mode, with the
curvature there for its width, and again with the moments that were found; weights π = p/t of all samples together give
the average over rivals and each one's evidence. Samples are drawn in independent streams, so that R-hat sees weights
that a few samples carry; (Σπ)²/Σπ² is their effective number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, Key
from numpyro.infer.util import constrain_fn
from scipy import optimize
from scipy.linalg import solve_triangular
from scipy.special import gammaln, logsumexp

from lingen.models.posterior import Chains, Model, Posterior, measure, potential, unconstrained

__all__ = ["Average", "average"]

STREAMS = 4
FREEDOM = 5.0
"""Of the t from which samples come: its tails are wider than the posterior's."""
FIRST, ROUNDS, MOST = 3000, 4, 14
"""Samples of a round that adds to what is drawn from, and how many rounds there are, at least and at most."""
READY = 0.12
"""Part of a round's samples that are effective, from which no further round is needed."""
MORE = 4
"""Samples drawn for each that is kept."""
KEPT = 1e-3
"""Rivals with less weight at their mode than this part of the best are left out of the sampling."""
SHARE = 0.01
"""The least share of samples of a rival that is kept."""
ENOUGH = 40.0
"""Effective samples from which a rival's moments are taken."""
GOOD = 0.3
"""Part of a rival's samples that are effective, from which nothing is added to what it is drawn from."""
LEAST, LARGEST = 1e-3, 1e9
"""Curvatures at a mode are taken to lie between these."""
OUTSIDE = 1e10
NEWTON, GAIN = 25, 1e-3
"""Steps towards a mode, at most, and nats below which a step is the last."""


class Average(NamedTuple):
    """A posterior over rival models."""

    posterior: Posterior
    """`rival` among its samples is the place of each one's model."""
    weights: Float[np.ndarray, "rivals"]
    """Posterior probability of each."""
    modes: Float[np.ndarray, "rivals p"]
    """Unconstrained; where another average may begin."""


class _Shape(NamedTuple):
    """A t distribution."""

    centre: np.ndarray
    root: np.ndarray

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        normal = rng.standard_normal((count, self.centre.size))
        apart = normal * np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))[:, None]
        return self.centre + apart @ self.root.T

    def log_density(self, places: np.ndarray) -> np.ndarray:
        size = self.centre.size
        apart = solve_triangular(self.root, (places - self.centre).T, lower=True)
        constant = gammaln((FREEDOM + size) / 2) - gammaln(FREEDOM / 2) - size / 2 * np.log(FREEDOM * np.pi)
        log_det = np.sum(np.log(np.abs(np.diag(self.root))))
        return constant - log_det - (FREEDOM + size) / 2 * np.log1p(np.sum(apart**2, axis=0) / FREEDOM)


def average(
    model: Model,
    key: Key[Array, ""],
    data: tuple[Any, ...],
    rivals: Sequence[Any],
    prior: Sequence[float],
    start: Mapping[str, Any] | Float[np.ndarray, "rivals p"],
    *,
    draws: int = 1000,
) -> Average:
    """The posterior averaged over settings of a model.

    Args:
        model: a NumPyro model, `model(*data, rival)`.
        key: typed key.
        data: its arguments, pytrees of arrays.
        rivals: its settings, pytrees of numbers alike.
        prior: their prior probabilities.
        start: one or more values of each parameter along the first axis, or the modes of an average of like data.
        draws: samples of each of four streams.

    Raises:
        ValueError: if the density is nowhere finite where it starts.
    """
    search, pick = jr.split(key)
    rng = np.random.default_rng(np.asarray(jr.key_data(pick)).astype(np.uint32))
    settings = [jax.tree.map(jnp.asarray, rival) for rival in rivals]
    target = _Target(model, data, settings)
    modes = _modes(target, search, start)
    shapes = [[_shape(target, i, mode)] for i, mode in enumerate(modes)]
    heights = np.array([-target.value(i, mode)[0] for i, mode in enumerate(modes)])
    laplace = heights + [np.sum(np.log(np.diag(s.root))) for s, *_ in shapes] + np.log(prior)
    kept = np.flatnonzero(laplace > laplace.max() + np.log(KEPT))
    shares = _shares(laplace[kept])
    for turn in range(MOST):
        first = _sampled(target, kept, shapes, shares, np.log(prior), rng, FIRST)
        shapes = _improved(shapes, kept, first)
        shares = _shares(_evidence(first, kept))
        if turn + 1 >= ROUNDS and _effective(first.log_weight) > READY * FIRST:
            break
    streams = [
        _sampled(target, kept, shapes, shares, np.log(prior), rng, MORE * draws) for _ in range(STREAMS)
    ]
    evidence = np.full(len(rivals), -np.inf)
    evidence[kept] = logsumexp([_evidence(one, kept) for one in streams], axis=0)
    posterior = _resampled(target, streams, rng, draws)
    return Average(posterior, np.exp(evidence - logsumexp(evidence)), modes)


class _Target:
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
        return np.asarray(found)

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
        return dict(constrain_fn(model, arguments, {}, _unravel(names, place), return_deterministic=True))

    return jax.vmap(one)(places, settings)


def _modes(target: _Target, key: Array, start: Any) -> np.ndarray:
    """The first rival's highest mode from all starts; the others' from there, or all from modes that are given."""
    if isinstance(start, np.ndarray):
        return np.array([_newton(target, i, place) for i, place in enumerate(start)])
    count = len(next(iter(start.values())))
    begins = [{name: jnp.asarray(values[i], float) for name, values in start.items()} for i in range(count)]
    first = _mode(target, 0, [target.flat(key, begin, target.settings[0]) for begin in begins])
    return np.array([first, *(_newton(target, i, first) for i in range(1, len(target.settings)))])


def _mode(target: _Target, rival: int, begins: Sequence[np.ndarray]) -> np.ndarray:
    able = [place for place in begins if target.value(rival, place)[0] < OUTSIDE]
    if not able:
        raise ValueError("start must have a finite density, got one that is not")
    found = [optimize.minimize(partial(target.value, rival), p, jac=True, method="L-BFGS-B") for p in able]
    best = min(found, key=lambda result: result.fun).x
    return _newton(target, rival, best)


def _newton(target: _Target, rival: int, place: np.ndarray) -> np.ndarray:
    """A few damped steps: directions of very different scale stop a quasi-Newton search early."""
    value, slope = target.value(rival, place)
    damping = 1e-3
    for _ in range(NEWTON):
        values, vectors = np.linalg.eigh(_symmetric(target.curvature(rival, place)))
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


def _shape(target: _Target, rival: int, mode: np.ndarray) -> _Shape:
    values, vectors = np.linalg.eigh(_symmetric(target.curvature(rival, mode)))
    covariance = (vectors / np.clip(np.abs(values), LEAST, LARGEST)) @ vectors.T
    return _Shape(mode, np.linalg.cholesky(_symmetric(covariance)))


def _symmetric(matrix: np.ndarray) -> np.ndarray:
    return (matrix + matrix.T) / 2


def _shares(log_weight: np.ndarray) -> np.ndarray:
    """Of the samples, by rival: its weight, and never less than a least share."""
    weight = np.exp(log_weight - logsumexp(log_weight))
    share = np.maximum(weight, SHARE)
    return share / share.sum()


class _Samples(NamedTuple):
    rival: np.ndarray
    place: np.ndarray
    log_weight: np.ndarray


def _sampled(
    target: _Target,
    kept: np.ndarray,
    shapes: Sequence[Sequence[_Shape]],
    shares: np.ndarray,
    log_prior: np.ndarray,
    rng: np.random.Generator,
    count: int,
) -> _Samples:
    """Samples of all rivals, with their weights."""
    counts = np.maximum(np.floor(shares * count).astype(int), 1)
    counts[np.argmax(counts)] += count - counts.sum()
    drawn = [_mixed(shapes[i], rng, n) for i, n in zip(kept, counts, strict=True)]
    rival = np.repeat(kept, counts)
    place = np.concatenate([places for places, _ in drawn])
    own = np.concatenate([density for _, density in drawn])
    log_weight = target.densities(rival, place) + log_prior[rival] - own - np.log(np.repeat(counts, counts))
    return _Samples(rival, place, log_weight)


def _mixed(shapes: Sequence[_Shape], rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples of a mixture of equal shares, with their log density."""
    which = rng.integers(len(shapes), size=count)
    places = np.empty((count, shapes[0].centre.size))
    for k, shape in enumerate(shapes):
        places[which == k] = shape.draw(rng, int(np.sum(which == k)))
    densities = np.array([shape.log_density(places) for shape in shapes])
    return places, logsumexp(densities, axis=0) - np.log(len(shapes))


def _evidence(samples: _Samples, kept: np.ndarray) -> np.ndarray:
    return np.array([logsumexp(samples.log_weight[samples.rival == i]) for i in kept])


def _improved(shapes: Sequence[Sequence[_Shape]], kept: np.ndarray, samples: _Samples) -> list[list[_Shape]]:
    """More shapes to draw from: the samples' moments, and the place that its weight says was drawn too rarely.

    The second is incremental mixture importance sampling (Raftery & Bao 2010): around the heaviest sample, as wide as
    its neighbours.
    """
    found = [list(each) for each in shapes]
    for i in kept:
        here = samples.rival == i
        places, log_weight = samples.place[here], samples.log_weight[here]
        if len(places) < 10 * places.shape[1]:
            continue
        weight = np.exp(log_weight - log_weight.max())
        weight = weight / weight.sum()
        effective = 1 / np.sum(weight**2)
        if effective > ENOUGH:
            found[i][1:2] = [_moments(places, weight, weight @ places)]
        if effective < GOOD * len(places):
            heaviest = places[np.argmax(weight)]
            scaled = solve_triangular(found[i][0].root, (places - heaviest).T, lower=True)
            near = np.argsort(np.sum(scaled**2, axis=0))[: len(places) // 4]
            share = weight[near] / weight[near].sum() + 1 / near.size
            found[i].append(_moments(places[near], share / share.sum(), heaviest))
    return found


def _effective(log_weight: np.ndarray) -> float:
    return float(np.exp(2 * logsumexp(log_weight) - logsumexp(2 * log_weight)))


def _moments(places: np.ndarray, weight: np.ndarray, centre: np.ndarray) -> _Shape:
    apart = places - centre
    covariance = _symmetric((apart * weight[:, None]).T @ apart)
    return _Shape(centre, np.linalg.cholesky(covariance + 1e-9 * np.diag(np.diag(covariance) + 1e-12)))


def _resampled(
    target: _Target, streams: Sequence[_Samples], rng: np.random.Generator, draws: int
) -> Posterior:
    """Each stream resampled by its own weights; effective samples are those of the weights."""
    chosen, effective = [], 0.0
    for one in streams:
        weight = np.exp(one.log_weight - logsumexp(one.log_weight))
        weight /= weight.sum()
        effective += _effective(one.log_weight)
        chosen.append(rng.choice(weight.size, draws, p=weight))
    rival = np.concatenate([one.rival[c] for one, c in zip(streams, chosen, strict=True)])
    place = np.concatenate([one.place[c] for one, c in zip(streams, chosen, strict=True)])
    found = target.constrain(rival, place)
    shaped = {name: x.reshape(STREAMS, draws, *x.shape[1:]) for name, x in found.items()}
    posterior = measure(Chains(shaped, np.zeros((STREAMS, draws))))
    few = {name: min(value, effective) for name, value in posterior.effective.items()}
    tail = {name: min(value, effective) for name, value in posterior.tail.items()}
    samples = {**shaped, "_rival": rival.reshape(STREAMS, draws)}
    return posterior._replace(samples=samples, effective=few, tail=tail)
