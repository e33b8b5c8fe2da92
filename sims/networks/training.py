"""Training of blind denoisers: networks f with f(x + σz) ≈ σz, by descent of E‖f(x + σz) − σz‖²/d.

x is one of a member's n training images and σ = σ_max u², u uniform in [0, 1]: every noise level, the small
ones more often. Members of an ensemble (seeds × disjoint halves of the data) have weights, images and noise
of their own and train side by side; one whose loss stops being a number is left behind, alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import nnx
from jax import Array, lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Float, Int, Key

from lingen.boundary import checked
from lingen.checks import integer
from lingen.models.networks.denoiser import Architecture
from lingen.sims.dense import by_source
from lingen.sims.networks.members import AXIS, mesh, over_members
from lingen.sims.networks.settings import Settings, descent, rate
from lingen.sims.networks.steps import definition, parameters, step

__all__ = ["Settings", "State", "begin", "denoiser", "failures", "halves", "train"]

ABANDONED = -1
HALVES = 2


class State(NamedTuple):
    """An ensemble in training: everything but `step` has an axis of members in front."""

    numbers: Any
    """Weights and running standard deviations, a `nnx.State`."""
    optimiser: Any
    loss: Float[Array, "m"]
    """Mean over the last steps."""
    failed: Int[Array, "m"]
    """The step at which a member's loss stopped being a number, −1 for the others."""
    step: Int[Array, ""]


@checked
def halves(
    total: int, seeds: int, key: Key[Array, ""], groups: Sequence[Any] | np.ndarray | None = None
) -> Int[np.ndarray, "m half"]:
    """Row numbers of two disjoint halves for each seed: members 2s and 2s+1 belong to seed s.

    The first n of a row are the training set of size n: a ladder of n is nested.

    Args:
        total: how many images there are.
        seeds: how many pairs of halves.
        key: key of all of them.
        groups: a label for each image: images of one label (patches of a picture) are on one side.

    Raises:
        ValueError: if there are fewer than two images, or all are of one group.
    """
    total, seeds = integer("images", total, low=HALVES), integer("seeds", seeds, low=1)
    half = by_source.capacity(groups, total)
    labels = by_source.labels_of(groups, total)
    if labels is not None:
        rows, sizes = jnp.asarray(labels), jnp.asarray(np.bincount(labels))
        pairs = [by_source.orders(jr.fold_in(key, s), rows, sizes) for s in range(seeds)]
        return np.concatenate([[np.asarray(order)[:half] for order in pair] for pair in pairs])
    orders = [np.asarray(jr.permutation(jr.fold_in(key, s), total)) for s in range(seeds)]
    return np.concatenate([order[: HALVES * half].reshape(HALVES, half) for order in orders])


@checked
def begin(architecture: Architecture, settings: Settings, members: int, key: Key[Array, ""]) -> State:
    """Untrained networks, each with random weights of its own."""
    keys = jr.split(key, integer("members", members, low=1))
    numbers, optimiser = _start(architecture, settings, keys)
    return State(
        numbers,
        optimiser,
        jnp.full(members, jnp.inf, jnp.float32),
        jnp.full(members, ABANDONED, jnp.int32),
        jnp.zeros((), jnp.int32),
    )


@checked
def train(
    state: State,
    images: Float[Array, "N h w c"],
    rows: Int[np.ndarray, "m half"],
    samples: int,
    architecture: Architecture,
    settings: Settings,
    key: Key[Array, ""],
    chunk: int = 100,
    where: Mesh | None = None,
) -> Iterator[State]:
    """Train all members on the first `samples` of their rows; the state after every `chunk` steps.

    Ends when the steps are done or no member is left whose loss is a number. A state that was yielded can
    be given back to go on from there, with the same result.

    Args:
        state: from `begin`, or one yielded earlier.
        images: all images, float32.
        rows: row numbers from `halves`.
        samples: n, at most the length of a row.
        architecture: of the networks.
        settings: how to train.
        key: key of the batches and of the noise.
        chunk: steps between two states.
        where: devices; as many of the local ones as divide the members evenly when absent.

    Raises:
        ValueError: if `samples` exceeds a row: disjoint halves of the images do not hold so many.
    """
    members, half = rows.shape
    samples = integer("n", samples, low=1, high=half)
    where = mesh(members) if where is None else where
    shared = (images, jnp.asarray(samples, jnp.int32), key)
    whose = jnp.asarray(rows, jnp.int32)
    while int(state.step) < settings.steps and bool(jnp.any(state.failed == ABANDONED)):
        count = min(chunk, settings.steps - int(state.step))
        state = _advance(architecture, settings, where, count, _placed(state, where), whose, shared)
        yield state


@checked
def denoiser(architecture: Architecture, numbers: nnx.State) -> Any:
    """The trained network of one member, a function of noisy images."""
    return nnx.merge(definition(architecture), numbers)


@checked
def failures(state: State, settings: Settings) -> list[str]:
    """One line for each member whose loss stopped being a number: which, when, at what learning rate."""
    words = []
    for member, last in enumerate(np.asarray(state.failed).tolist()):
        if last != ABANDONED:
            seed, half = divmod(member, HALVES)
            words.append(
                f"seed {seed}, half {half + 1}: loss is NaN at step {last}, "
                f"learning rate {rate(settings, last):.3g}"
            )
    return words


def _placed(state: State, where: Mesh) -> State:
    """The same numbers where every call expects them, so that one compilation serves all."""
    split, whole = (NamedSharding(where, spec) for spec in (PartitionSpec(AXIS), PartitionSpec()))
    numbers, optimiser, loss, failed = jax.device_put(tuple(state[:-1]), split)
    return State(numbers, optimiser, loss, failed, jax.device_put(state.step, whole))


@partial(jax.jit, static_argnums=(0, 1))
def _start(architecture: Architecture, settings: Settings, keys: Key[Array, "m"]) -> tuple[Any, Any]:
    def one(key: Key[Array, ""]) -> tuple[Any, Any]:
        numbers = nnx.split(architecture.build(nnx.Rngs(key)))[1]
        return numbers, descent(settings).init(parameters(numbers)[0])

    return jax.vmap(one)(keys)


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _advance(
    architecture: Architecture,
    settings: Settings,
    where: Mesh,
    count: int,
    state: State,
    rows: Int[Array, "m half"],
    shared: Any,
) -> State:
    """`count` steps of every member."""

    def member(own: Any, common: Any) -> Any:
        number, mine, numbers, optimiser = own
        images, samples, key, first = common
        one_step = partial(step, architecture, settings, images, mine, samples, jr.fold_in(key, number))
        (numbers, optimiser), losses = lax.scan(one_step, (numbers, optimiser), first + jnp.arange(count))
        return numbers, optimiser, losses

    own = (jnp.arange(rows.shape[0]), rows, state.numbers, state.optimiser)
    numbers, optimiser, losses = over_members(member, where)(own, (*shared, state.step))
    wrong = ~jnp.isfinite(losses)
    first = (state.step + jnp.argmax(wrong, axis=1)).astype(jnp.int32)
    failed = jnp.where((state.failed == ABANDONED) & wrong.any(axis=1), first, state.failed)
    return State(numbers, optimiser, losses.mean(axis=1), failed, state.step + count)
