"""Posteriors of many rival models at once, by importance sampling around their modes, with their evidence.

The rivals are one NumPyro model under different settings. Each is sampled from a Student t around its mode, with the
curvature there for its width, and again with the moments that were found; weights π = p/t of all samples together give
the average over rivals and each one's evidence. Samples are drawn in independent streams, so that R-hat sees weights
that a few samples carry; (Σπ)²/Σπ² is their effective number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Float, Key
from scipy.special import logsumexp

from lingen.boundary import checked
from lingen.claims.inference.posteriors.densities import Target, modes
from lingen.claims.inference.posteriors.students import Student, curved, mixed, moments
from lingen.models.posterior import Chains, Model, Posterior, measure

__all__ = ["Average", "average"]

STREAMS = 4
FIRST, ROUNDS, MOST = 3000, 4, 14
"""Samples of a round that adds to what is drawn from, and how many rounds there are, at least and at most."""
READY = 0.12
"""Part of a round's samples that are effective, from which no further round is needed."""
MORE = 4
"""Samples drawn for each that is kept."""
KEPT = 1e-3
"""Rivals with less weight at their mode than this part of the best are left out of the sampling."""
REDRAWN, HEAVY = 4, 0.01
"""How often the streams are drawn, at most, until no sample has a larger share of its stream's weight."""
FACTOR, ALONE = 20.0, 1000
"""Bayes factor beyond which a rival is excluded, and how many samples of each other one are told."""
SHARE = 0.01
"""The least share of samples of a rival that is kept."""
ENOUGH = 40.0
"""Effective samples from which a rival's moments are taken."""
GOOD = 0.3
"""Part of a rival's samples that are effective, from which nothing is added to what it is drawn from."""


class Average(NamedTuple):
    """A posterior over rival models."""

    posterior: Posterior
    """`rival` among its samples is the place of each one's model."""
    weights: Float[np.ndarray, "rivals"]
    """Posterior probability of each."""
    modes: Float[np.ndarray, "rivals p"]
    """Unconstrained; where another average may begin."""
    possible: Mapping[int, Mapping[str, np.ndarray]]
    """Samples of each rival that is within a Bayes factor of twenty of the best."""


@checked
def average(
    model: Model,
    key: Key[Array, ""],
    data: tuple[Any, ...],
    rivals: Sequence[Any],
    prior: Float[np.ndarray, "rivals"],
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
    target = Target(model, data, [jax.tree.map(jnp.asarray, rival) for rival in rivals])
    found = modes(target, search, start)
    shapes = [[curved(mode, target.curvature(i, mode))] for i, mode in enumerate(found)]
    heights = np.array([-target.value(i, mode)[0] for i, mode in enumerate(found)])
    laplace = heights + [np.sum(np.log(np.diag(s.root))) for s, *_ in shapes] + np.log(prior)
    kept = np.flatnonzero(laplace > laplace.max() + np.log(KEPT))
    shares = _shares(laplace[kept])
    for turn in range(MOST):
        first = _sampled(target, kept, shapes, shares, np.log(prior), rng, FIRST)
        shapes = _improved(shapes, kept, first)
        shares = _shares(_evidence(first, kept))
        if turn + 1 >= ROUNDS and _effective(first.log_weight) > READY * FIRST:
            break
    for _ in range(REDRAWN):
        streams = [
            _sampled(target, kept, shapes, shares, np.log(prior), rng, MORE * draws) for _ in range(STREAMS)
        ]
        if max(_heaviest(one.log_weight) for one in streams) < HEAVY:
            break
        shapes = _improved(shapes, kept, _Samples(*map(np.concatenate, zip(*streams, strict=True))))
    evidence = np.full(len(rivals), -np.inf)
    evidence[kept] = logsumexp([_evidence(one, kept) for one in streams], axis=0)
    posterior = _resampled(target, streams, rng, draws)
    factors = evidence - np.log(prior)
    possible = np.flatnonzero(factors > factors.max() - np.log(FACTOR))
    each = {int(i): _alone(target, streams, int(i), rng) for i in possible}
    return Average(posterior, np.exp(evidence - logsumexp(evidence)), found, each)


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
    target: Target,
    kept: np.ndarray,
    shapes: Sequence[Sequence[Student]],
    shares: np.ndarray,
    log_prior: np.ndarray,
    rng: np.random.Generator,
    count: int,
) -> _Samples:
    """Samples of all rivals, with their weights."""
    counts = np.maximum(np.floor(shares * count).astype(int), 1)
    counts[np.argmax(counts)] += count - counts.sum()
    drawn = [mixed(shapes[i], rng, n) for i, n in zip(kept, counts, strict=True)]
    rival = np.repeat(kept, counts)
    place = np.concatenate([places for places, _ in drawn])
    own = np.concatenate([density for _, density in drawn])
    log_weight = target.densities(rival, place) + log_prior[rival] - own - np.log(np.repeat(counts, counts))
    return _Samples(rival, place, log_weight)


def _evidence(samples: _Samples, kept: np.ndarray) -> np.ndarray:
    return np.array([logsumexp(samples.log_weight[samples.rival == i]) for i in kept])


def _improved(
    shapes: Sequence[Sequence[Student]], kept: np.ndarray, samples: _Samples
) -> list[list[Student]]:
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
            found[i][1:2] = [moments(places, weight, weight @ places)]
        if effective < GOOD * len(places):
            heaviest = places[np.argmax(weight)]
            scaled = (places - heaviest) @ np.linalg.inv(found[i][0].root).T
            near = np.argsort(np.sum(scaled**2, axis=1))[: len(places) // 4]
            share = weight[near] / weight[near].sum() + 1 / near.size
            found[i].append(moments(places[near], share / share.sum(), heaviest))
    return found


def _effective(log_weight: np.ndarray) -> float:
    return float(np.exp(2 * logsumexp(log_weight) - logsumexp(2 * log_weight)))


def _heaviest(log_weight: np.ndarray) -> float:
    return float(np.exp(log_weight.max() - logsumexp(log_weight)))


def _alone(
    target: Target, streams: Sequence[_Samples], rival: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Samples of the posterior of one rival."""
    places = np.concatenate([one.place[one.rival == rival] for one in streams])
    log_weight = np.concatenate([one.log_weight[one.rival == rival] for one in streams])
    weight = np.exp(log_weight - logsumexp(log_weight))
    chosen = places[rng.choice(weight.size, ALONE, p=weight / weight.sum())]
    return target.constrain(np.full(ALONE, rival), chosen)


def _resampled(
    target: Target, streams: Sequence[_Samples], rng: np.random.Generator, draws: int
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
    chains = {name: jnp.asarray(values) for name, values in shaped.items()}
    posterior = measure(Chains(chains, jnp.zeros((STREAMS, draws))))
    few = {name: min(value, effective) for name, value in posterior.effective.items()}
    tail = {name: min(value, effective) for name, value in posterior.tail.items()}
    samples = {**shaped, "_rival": rival.reshape(STREAMS, draws)}
    return posterior._replace(samples=samples, effective=few, tail=tail)
