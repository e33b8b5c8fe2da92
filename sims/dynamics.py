"""Linear denoisers in training: r(y) = W y by gradient descent from W = 0, on n samples x with noise √s z.

A draw is one seed: for every load two denoisers, trained on disjoint halves of its data, all in one `vmap`;
`lingen.sims.engine.ensemble` adds the axis of seeds and spreads it over the devices. Descent is full-batch
(exact in the noise z), by minibatches of training points with fresh noise, or online, every point new.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from flax import struct
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen import lazy
from lingen.boundary import at_once, checked
from lingen.checks import integer, positive, room, vector
from lingen.models.learning import Learning
from lingen.models.population import Population
from lingen.sims.dense import descent, wishart
from lingen.sims.engine.ensemble import ensemble

__all__ = ["MODES", "OPTIMISERS", "Diverged", "Draw", "Training", "TrainingPlan", "sampler", "train"]

networks = lazy.module("lingen.models.networks.linear")
HALVES = 2
MODES = ("full", "minibatch", "online")
OPTIMISERS = {"sgd": optax.sgd, "momentum": partial(optax.sgd, momentum=0.9), "adam": optax.adam}


class Diverged(ValueError):
    """No member of an ensemble finished its training."""


class Draw(NamedTuple):
    """One seed."""

    learning: Learning
    """Fields of shape (loads, records), the mean over halves; NaN where a half diverged."""
    weights: Float[Array, "loads 2 d d"]
    """The denoisers W at the end."""
    covariances: Float[Array, "loads 2 d d"]
    """The sample covariances S they were trained on."""
    failed: Int[Array, "loads 2"]
    """The step at which the loss stopped being a finite number, or −1."""


class Training(NamedTuple):
    """An ensemble of seeds, with the seeds that finished and what became of the others."""

    draws: Draw
    """The draws of the seeds all of whose members finished, stacked."""
    seeds: np.ndarray
    """Their numbers."""
    failures: tuple[str, ...]
    """One line for each member that diverged: its place, the step and the learning rate."""


@struct.dataclass
class TrainingPlan:
    """How to train: numbers are leaves, choices are static.

    Attributes:
        noise: s > 0.
        rate: η > 0, in units of inverse variance for plain descent.
        batch: points in a step, unless full-batch (static).
        records: how often to look (static).
        every: steps before each look (static).
        mode: one of `MODES` (static).
        optimiser: one of `OPTIMISERS` (static).
        rows: rows allocated for the points of one half (static).
    """

    noise: Any
    rate: Any
    batch: int = struct.field(pytree_node=False)
    records: int = struct.field(pytree_node=False)
    every: int = struct.field(pytree_node=False)
    mode: str = struct.field(pytree_node=False)
    optimiser: str = struct.field(pytree_node=False)
    rows: int = struct.field(pytree_node=False)


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    loads: ArrayLike,
    *,
    noise: float,
    rate: float,
    records: int,
    every: int = 1,
    mode: str = "full",
    batch: int = 1,
    optimiser: str = "sgd",
) -> Partial:
    """A draw of `Learning` along training: a function of a key, to be given to `ensemble` or `train`.

    Args:
        population: the truth.
        dim: d.
        loads: γ = n/d of each half, a number or several: shape (loads,).
        noise: s > 0, the variance of the noise on the data.
        rate: learning rate η > 0; plain descent is stable below 1/(λ_max + s).
        records: how often to look, after `every` steps each.
        every: steps between two looks.
        mode: "full": all points at once, exact in z; "minibatch": `batch` of the n points, with fresh noise;
            "online": `batch` new points in every step (loads then only say what S is compared with).
        batch: points in a step of the latter two.
        optimiser: one of `OPTIMISERS`.

    Raises:
        ValueError: for an argument out of range or an unknown mode or optimiser.
    """
    for name, value, known in (("mode", mode, MODES), ("optimiser", optimiser, tuple(OPTIMISERS))):
        if value not in known:
            raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
    several = vector("loads", jnp.atleast_1d(positive("loads", loads)))
    if several.size == 0:
        raise ValueError("loads must hold at least one load, got none")
    sources = [wishart.source(population, dim, load) for load in np.asarray(several)]
    room("batch", batch, 0.0 if mode == "full" else float(batch) * dim)
    plan = TrainingPlan(
        positive("noise", noise),
        positive("rate", rate),
        integer("batch", batch, low=1),
        integer("records", records, low=1),
        integer("every", every, low=1),
        mode,
        optimiser,
        max(source.rows for source in sources),
    )
    samples = jnp.stack([source.samples for source in sources])
    return Partial(_draw, sources[0].spectrum, samples, plan)


@checked
def train(
    draw: Partial,
    key: Key[Array, ""],
    seeds: int,
    devices: Sequence[jax.Device] | None = None,
    batch_size: int | None = None,
) -> Training:
    """Train the members of all seeds, and keep what finished.

    Args:
        draw: from `sampler`.
        key: key of the ensemble.
        seeds: number of seeds.
        devices: as for `ensemble`.
        batch_size: as for `ensemble`.

    Raises:
        Diverged: in one line with the step and the learning rate, if no seed finished.
    """
    stacked = ensemble(draw, key, seeds, devices, batch_size)
    plan = next(leaf for leaf in draw.args if isinstance(leaf, TrainingPlan))
    lines = descent.failures(stacked.failed, float(plan.rate), ("seed", "load", "half"))
    finished = np.flatnonzero(np.all(stacked.failed == descent.ALIVE, axis=(1, 2)))
    if finished.size == 0:
        raise Diverged(f"no seed finished: {lines[0]}" + (f"; {len(lines) - 1} more" if lines[1:] else ""))
    return Training(jax.tree.map(lambda leaf: leaf[finished], stacked), finished, tuple(lines))


def _draw(
    spectrum: Float[Array, "d"],
    samples: Int[Array, "loads"],
    plan: TrainingPlan,
    key: Key[Array, ""],
) -> Draw:
    """Halves of one load share no data; loads share their random numbers, so that curves in γ are smooth."""
    own, whitened = jr.split(key)
    rows = jnp.asarray(plan.rows)
    points = jax.vmap(lambda k: wishart.data(k, spectrum, rows, plan.rows))(jr.split(whitened, HALVES))

    def half(count: Array, x: Array, key: Key[Array, ""]) -> tuple[descent.Run, Array]:
        x = jnp.where(jnp.arange(plan.rows)[:, None] < count, x, 0.0)
        covariance = wishart.second_moment(x, count)
        return _train(plan, spectrum, x, count, covariance, key), covariance

    keys = jr.split(own, HALVES)
    runs, covariances = jax.vmap(lambda count: jax.vmap(partial(half, count))(points, keys))(samples)
    learning = jax.vmap(partial(_observe, spectrum, plan.noise))(runs.records, covariances)
    return Draw(learning, runs.numbers["weight"][...], covariances, runs.failed)


def _train(
    plan: TrainingPlan,
    spectrum: Float[Array, "d"],
    x: Float[Array, "rows d"],
    count: Int[Array, ""],
    covariance: Float[Array, "d d"],
    key: Key[Array, ""],
) -> descent.Run:
    dim = spectrum.size

    def points(key: Key[Array, ""]) -> Float[Array, "b d"]:
        if plan.mode == "online":
            return jr.normal(key, (plan.batch, dim)) * jnp.sqrt(spectrum)
        return x[jr.randint(key, (plan.batch,), 0, count)]

    full = plan.mode == "full"
    return descent.descend(
        networks.LinearDenoiser(dim),
        descent.denoising_loss(covariance, plan.noise) if full else descent.noisy_loss(points, plan.noise),
        lambda model: model.matrix,
        OPTIMISERS[plan.optimiser](plan.rate),
        key,
        plan.records,
        plan.every,
    )


def _observe(
    spectrum: Float[Array, "d"],
    noise: Float[Array, ""],
    weights: Float[Array, "2 records d d"],
    covariances: Float[Array, "2 d d"],
) -> Learning:
    """All observables of one load from the two weights at each look."""
    dim = spectrum.size

    def one(weight: Array, covariance: Array) -> tuple[Array, ...]:
        passed, kept = jnp.sum(weight**2 * spectrum), jnp.sum((weight @ covariance) * weight)
        test = descent.risk(weight, jnp.diag(spectrum), noise)
        train = descent.risk(weight, covariance, noise)
        return test / dim, train / dim, kept / passed, jnp.sum(weight**2)

    over_records = jax.vmap(one, in_axes=(0, None))
    test, train, memorisation, norm = jax.vmap(over_records)(weights, covariances)
    shared = jnp.sum(weights[0] * weights[1], axis=(-2, -1)) * jax.lax.rsqrt(norm[0] * norm[1])
    return Learning(test.mean(axis=0), train.mean(axis=0), shared, memorisation.mean(axis=0))
