"""A ladder of n: train an ensemble on each rung, generate from shared seeds, measure the order parameters."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.random as jr
import numpy as np

from lingen.models import filters
from lingen.models.images import ImageData
from lingen.models.networks import Architecture, as_images
from lingen.scripts.output import replace_file
from lingen.scripts.train_presets import Preset
from lingen.sims import generation, order_parameters, training
from lingen.sims.checkpoints import Store
from lingen.sims.members import mesh
from lingen.sims.order_parameters import Pair
from lingen.sims.training import HALVES, State

__all__ = ["Plan", "Rung", "compare", "measure", "run_rung", "with_settings"]

SAVE_SECONDS = 15.0
LATENTS = 8
SHOWN = 6
TRAINING, SPLITS, SAMPLING = 1, 2, 3


@dataclass(frozen=True)
class Plan:
    """All that decides the numbers of a run."""

    data: ImageData
    architecture: Architecture
    preset: Preset
    samples: tuple[int, ...]
    seed: int
    folder: Path

    @property
    def key(self) -> Any:
        """Key of everything random."""
        return jr.key(self.seed)

    @property
    def latents(self) -> int:
        """How many leading latents of the data are followed."""
        alive = np.count_nonzero(np.asarray(self.data.population.eigenvalues) > 0)
        return min(LATENTS, int(alive), self.preset.images)

    def facts(self, samples: int) -> dict[str, Any]:
        """What a checkpoint must have been made with to be used here."""
        kind = type(self.architecture).__name__.removesuffix("Architecture")
        return {
            "architecture": {"kind": kind} | asdict(self.architecture),
            "settings": asdict(self.preset.settings),
            "data": {"name": self.data.name, "images": self.data.samples, "shape": list(self.data.shape)},
            "ensemble": {"n": samples, "seeds": self.preset.seeds, "seed": self.seed},
        }


class Rung(NamedTuple):
    """One n: the order parameters of every seed that was trained to the end."""

    samples: int
    flow: list[Pair]
    """Networks, probability-flow sampler."""
    way: list[Pair]
    """Networks, stochastic sampler."""
    linear: list[Pair]
    """The linear model of the same halves, from the same starts."""
    loss: list[float]
    """Training loss of each network at the end."""
    lost: list[str]
    """A line for each network whose loss stopped being a number."""
    shown: np.ndarray
    """Images of two networks from the same seeds and the closest training image of each, (k, 4, d)."""


def run_rung(plan: Plan, samples: int, tell: Callable[[int, float], None]) -> Rung:
    """Train on n images, or go on where an earlier run stopped, and measure.

    Args:
        plan: what to run.
        samples: n.
        tell: called with (steps done, mean loss).

    Raises:
        ValueError: if a checkpoint of something else is in the way.
    """
    known = plan.folder / f"n_{samples}.json"
    store = Store(plan.folder / f"n_{samples}", plan.facts(samples))
    try:
        state = _trained(plan, samples, store, tell)
    finally:
        store.close()
    found = _read(known, plan)
    if found is None:
        found = measure(plan, samples, state)
        replace_file(known, json.dumps(_plain(found, plan)))
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
        return Rung(samples, [], [], [], loss, lost, np.zeros((0, 4, data.dim)))
    members = (HALVES * kept[:, None] + np.arange(HALVES)).ravel()
    numbers = jax.tree.map(lambda leaf: leaf[members], jax.device_get(state.numbers))
    return compare(plan, samples, numbers, sets)._replace(loss=loss, lost=lost)


def compare(plan: Plan, samples: int, numbers: Any, sets: list[list[np.ndarray]]) -> Rung:
    """The order parameters of networks: members 2s and 2s+1 are a pair, trained on `sets[s]`."""
    images = {name: _generate(plan, numbers, name) for name in ("probability flow", "stochastic")}
    flow = images["probability flow"]
    pairs = {name: _pairs(plan, made, sets) for name, made in images.items()}
    return Rung(
        samples,
        pairs["probability flow"],
        pairs["stochastic"],
        _pairs(plan, _linear(plan, sets), sets),
        [],
        [],
        _shown(flow[0], flow[1], sets[0]),
    )


def _trained(plan: Plan, samples: int, store: Store, tell: Callable[[int, float], None]) -> State:
    preset, data = plan.preset, plan.data
    rows, key = _halves(plan), jr.fold_in(jr.fold_in(plan.key, TRAINING), samples)
    begin, way = jr.split(key)
    state = store.restore(training.begin(plan.architecture, preset.settings, rows.shape[0], begin))
    tell(int(state.step), float("nan"))
    images = as_images(data.vectors + data.mean, data.shape)
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
        mesh(rows.shape[0]),
    )
    try:
        for state in steps:
            tell(int(state.step), float(np.nanmean(state.loss)))
            if time.monotonic() - saved > SAVE_SECONDS:
                store.save(state)
                saved, last = time.monotonic(), int(state.step)
    finally:  # an interrupt too leaves what was reached
        if int(state.step) > last:
            store.save(state)
    return state


def _halves(plan: Plan) -> np.ndarray:
    return training.halves(plan.data.samples, plan.preset.seeds, jr.fold_in(plan.key, SPLITS))


def _generate(plan: Plan, numbers: Any, sampler: str) -> np.ndarray:
    """Generated images as vectors with the mean of the data removed, (members, images, d), float64."""
    preset, data = plan.preset, plan.data
    options = preset.flow if sampler == "probability flow" else preset.way
    mean, key = as_images(data.mean, data.shape)[0], jr.fold_in(plan.key, SAMPLING)
    made = generation.generate(
        plan.architecture, numbers, key, preset.images, mean, sampler, options, min(preset.images, 256)
    )
    return made.reshape(*made.shape[:2], -1).astype(float) - data.mean


def _linear(plan: Plan, sets: list[list[np.ndarray]]) -> np.ndarray:
    flow = plan.preset.flow
    filter = filters.ode_sampler(flow["sigma_min"], flow["sigma_max"])
    z = np.asarray(jr.normal(jr.fold_in(plan.key, SAMPLING), (plan.preset.images, plan.data.dim)))
    return np.stack([generation.linear(half, z, filter) for pair in sets for half in pair])


def _pairs(plan: Plan, images: np.ndarray, sets: list[list[np.ndarray]]) -> list[Pair]:
    vectors = plan.data.vectors
    latents = order_parameters.directions(vectors, plan.latents)
    variance = float(np.sum(vectors**2) / vectors.shape[0])
    return [
        order_parameters.pair(images[HALVES * i], images[HALVES * i + 1], pair, latents, variance)
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


def _plain(rung: Rung, plan: Plan) -> dict[str, Any]:
    pairs = {name: [_numbers(p) for p in getattr(rung, name)] for name in ("flow", "way", "linear")}
    words = {"samples": rung.samples, "loss": rung.loss, "lost": rung.lost, "shown": rung.shown.tolist()}
    return {"facts": _sampling_facts(plan, rung.samples)} | words | pairs


def _numbers(pair: Pair) -> dict[str, Any]:
    return {k: np.asarray(v).tolist() for k, v in pair._asdict().items()}


def _sampling_facts(plan: Plan, samples: int) -> dict[str, Any]:
    own = {"images": plan.preset.images, "flow": plan.preset.flow, "way": plan.preset.way}
    return json.loads(json.dumps(plan.facts(samples) | own))


def _read(path: Path, plan: Plan) -> Rung | None:
    """A rung that was measured before with the same settings."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if found.pop("facts", None) != _sampling_facts(plan, found.get("samples", 0)):
        return None
    pairs = {
        name: [Pair(**p)._replace(recovery=np.array(p["recovery"])) for p in found[name]]
        for name in ("flow", "way", "linear")
    }
    return Rung(**(found | pairs | {"shown": np.array(found["shown"])}))


def with_settings(preset: Preset, **changes: Any) -> Preset:
    """The preset with what was asked for on the command line."""
    asked = {k: v for k, v in changes.items() if v is not None}
    inner = {k: asked.pop(k) for k in ("steps", "rate", "batch") if k in asked}
    return replace(preset, settings=replace(preset.settings, **inner), **asked)
