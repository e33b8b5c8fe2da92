"""A ladder of n: train an ensemble on each rung, generate from shared seeds, measure the order parameters."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.random as jr
import numpy as np

from lingen.experiments.ladder.plan import Plan, Rung, keep, recall
from lingen.models import filters
from lingen.models.networks.denoiser import as_images
from lingen.sims.networks import generation, order_parameters, training
from lingen.sims.networks.checkpoints import Checkpoints
from lingen.sims.networks.members import mesh
from lingen.sims.networks.order_parameters import Pair, Reference
from lingen.sims.networks.training import HALVES, State

__all__ = ["compare", "measure", "run_rung"]

SAVE_SECONDS = 15.0
SHOWN = 6
TRAINING, SPLITS, SAMPLING = 1, 2, 3


def run_rung(plan: Plan, samples: int, tell: Callable[[int, float], None]) -> Rung:
    """Train on n images, or go on where an earlier run stopped, and measure.

    Args:
        plan: what to run.
        samples: n.
        tell: called with (steps done, mean loss).

    Raises:
        ValueError: if a checkpoint of something else is in the way.
    """
    store = Checkpoints(plan.folder / f"n_{samples}", plan.facts(samples))
    try:
        state = _trained(plan, samples, store, tell)
    finally:
        store.close()
    found = recall(plan, samples)
    if found is None:
        found = measure(plan, samples, state)
        keep(plan, found)
    return found


def measure(plan: Plan, samples: int, state: State) -> Rung:
    """The order parameters of every pair of trained networks; pairs with a failed one are left out."""
    data, rows = plan.data, _halves(plan)
    failed = np.asarray(state.failed).reshape(-1, HALVES) >= 0
    kept = np.flatnonzero(~failed.any(axis=1))
    sets = [[data.vectors[r[:samples]] for r in rows[HALVES * s : HALVES * s + HALVES]] for s in kept]
    lost = training.failures(state, plan.preset.settings)
    loss = np.asarray(state.loss)[~failed.ravel()].tolist()
    if kept.size == 0:
        return _without_pairs(plan, samples, lost)._replace(loss=loss)
    members = (HALVES * kept[:, None] + np.arange(HALVES)).ravel()
    numbers = jax.tree.map(lambda leaf: leaf[members], jax.device_get(state.numbers))
    found = compare(plan, samples, numbers, sets, kept.tolist())
    return found._replace(loss=loss, lost=lost + found.lost)


def compare(
    plan: Plan, samples: int, numbers: Any, sets: list[list[np.ndarray]], seeds: Sequence[int] = (0,)
) -> Rung:
    """The order parameters of networks: pair s, members 2s and 2s+1, is of seed `seeds[s]` and `sets[s]`.

    A pair of which one makes images that are no numbers is left out, and told.
    """
    images = {name: _generate(plan, numbers, name) for name in ("probability flow", "stochastic")}
    lost, whole = _unfinite(images, seeds)
    if not whole.any():
        return _without_pairs(plan, samples, lost)
    images = {name: made[np.repeat(whole, HALVES)] for name, made in images.items()}
    sets = [pair for pair, kept in zip(sets, whole, strict=True) if kept]
    flow, known = images["probability flow"], plan.reference
    pairs = {name: _pairs(made, sets, known) for name, made in images.items()}
    return Rung(
        samples,
        pairs["probability flow"],
        pairs["stochastic"],
        _pairs(_linear(plan, sets), sets, known),
        [],
        lost,
        _shown(flow[0], flow[1], sets[0]),
    )


def _without_pairs(plan: Plan, samples: int, lost: list[str]) -> Rung:
    return Rung(samples, [], [], [], [], lost, np.zeros((0, 4, plan.data.dim)))


def _unfinite(images: dict[str, np.ndarray], seeds: Sequence[int]) -> tuple[list[str], np.ndarray]:
    """A line for each network that made images that are no numbers, and the pairs without one."""
    wrong = {name: (~np.isfinite(made).all(axis=2)).sum(axis=1) for name, made in images.items()}
    failed = np.any(list(wrong.values()), axis=0)
    lost, count = [], next(iter(images.values())).shape[1]
    for member in np.flatnonzero(failed).tolist():
        pair, half = divmod(member, HALVES)
        counts = [f"{found[member]:,} ({name})" for name, found in wrong.items() if found[member]]
        lost.append(
            f"seed {seeds[pair]}, half {half + 1}: {' and '.join(counts)} of {count:,} images not finite"
        )
    whole = ~failed.reshape(-1, HALVES).any(axis=1)
    return lost, whole


def _trained(plan: Plan, samples: int, store: Checkpoints, tell: Callable[[int, float], None]) -> State:
    preset, data = plan.preset, plan.data
    rows, key = _halves(plan), jr.fold_in(jr.fold_in(plan.key, TRAINING), samples)
    begin, way = jr.split(key)
    state = store.restore(training.begin(plan.architecture, preset.settings, rows.shape[0], begin))
    tell(int(state.step), float("nan"))
    images = as_images(data.vectors + plan.mean, data.shape)
    saved, last = time.monotonic(), int(state.step)
    steps = training.train(
        state,
        images,
        rows,
        samples,
        plan.architecture,
        preset.settings,
        way,
        preset.chunk,
        mesh(rows.shape[0], plan.devices),
    )
    try:
        for state in steps:
            tell(int(state.step), _mean_loss(state))
            if time.monotonic() - saved > SAVE_SECONDS:
                store.save(state)
                saved, last = time.monotonic(), int(state.step)
    finally:  # an interrupt too leaves what was reached
        if int(state.step) > last:
            store.save(state)
    return state


def _mean_loss(state: State) -> float:
    """Over the members whose loss is a number; NaN if none is left."""
    loss = np.asarray(state.loss)
    known = loss[np.isfinite(loss)]
    return float(known.mean()) if known.size else float("nan")


def _halves(plan: Plan) -> np.ndarray:
    return training.halves(
        plan.data.samples, plan.preset.seeds, jr.fold_in(plan.key, SPLITS), plan.data.together
    )


def _generate(plan: Plan, numbers: Any, sampler: str) -> np.ndarray:
    """Generated images as vectors with the mean of the data removed, (members, images, d), float64."""
    preset, data = plan.preset, plan.data
    options = preset.flow if sampler == "probability flow" else preset.way
    mean, key = as_images(plan.mean, data.shape)[0], jr.fold_in(plan.key, SAMPLING)
    where = mesh(jax.tree.leaves(numbers)[0].shape[0], plan.devices)
    made = generation.generate(
        plan.architecture, numbers, key, preset.images, mean, sampler, options, where=where
    )
    return made.reshape(*made.shape[:2], -1).astype(float) - plan.mean


def _linear(plan: Plan, sets: list[list[np.ndarray]]) -> np.ndarray:
    flow = plan.preset.flow
    filter = filters.ode_sampler(flow["sigma_min"], flow["sigma_max"])
    z = np.asarray(jr.normal(jr.fold_in(plan.key, SAMPLING), (plan.preset.images, plan.data.dim)))
    return np.stack([generation.linear(half, z, filter) for pair in sets for half in pair])


def _pairs(images: np.ndarray, sets: list[list[np.ndarray]], known: Reference) -> list[Pair]:
    return [
        order_parameters.pair(images[HALVES * i], images[HALVES * i + 1], pair, known)
        for i, pair in enumerate(sets)
    ]


def _shown(first: np.ndarray, second: np.ndarray, training_sets: list[np.ndarray]) -> np.ndarray:
    """For the first seeds: the closest training image, both generated ones, the other's closest one."""
    rows = []
    for one, two in zip(first[:SHOWN], second[:SHOWN], strict=True):
        near = [_closest(x, known) for x, known in zip((one, two), training_sets, strict=True)]
        rows.append(np.stack([near[0], one, two, near[1]]))
    return np.stack(rows)


def _closest(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(known, axis=1)
    return known[np.argmax(known @ image / np.where(norms > 0, norms, 1.0))]
