"""Networks trained elsewhere: a folder of PyTorch weights, pair by pair, as rungs of a ladder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
from flax import nnx

from lingen.models import torch_weights
from lingen.models.networks import Architecture
from lingen.models.torch_weights import Trained
from lingen.scripts.train_plan import Plan, Rung
from lingen.scripts.train_run import compare

__all__ = ["architecture", "pairs", "rungs"]


def architecture(folder: Path) -> Architecture:
    """The architecture of the first pair of a folder."""
    return torch_weights.architecture(torch_weights.read(pairs(folder)[0][0].path))


def pairs(folder: Path) -> list[tuple[Trained, Trained]]:
    """The networks of a folder that come with their swapped twin, by n.

    Raises:
        ValueError: if no network has one.
    """
    found = {(t.samples, t.swapped): t for t in torch_weights.scan(folder)}
    both = [
        (found[n, False], found[n, True]) for n, swapped in sorted(found) if swapped and (n, False) in found
    ]
    if not both:
        raise ValueError(f"{folder}: must hold networks of the same n in pairs, one _swapped, got no pair")
    return both


def rungs(plan: Plan, folder: Path, tell: Callable[[int], None]) -> list[Rung]:
    """The order parameters of each pair.

    The first network of a pair was trained on the first n images of the data, the swapped one on the last n.

    Args:
        plan: the data and how to sample; the architecture is that of the weights.
        folder: `<dataset>/` of `<range>_set_size_<n>[_swapped]/`.
        tell: called with n before each pair.

    Raises:
        ValueError: if the data hold too few images or have another shape than the networks.
    """
    vectors, done = plan.data.vectors, []
    for pair in pairs(folder):
        samples = pair[0].samples
        if 2 * samples > plan.data.samples:
            raise ValueError(
                f"{pair[0].path.parent}: trained on n = {samples:,}, but the data hold {plan.data.samples:,} "
                "images, too few for two disjoint halves"
            )
        tell(samples)
        weights = [torch_weights.read(trained.path) for trained in pair]
        first, second = (torch_weights.architecture(w) for w in weights)
        if first != second:
            raise ValueError(f"{pair[1].path}: must be {first.words} as its twin, got {second.words}")
        first.check(plan.data.shape)
        states = [nnx.state(torch_weights.load(w)) for w in weights]
        numbers = jax.tree.map(lambda a, b: jnp.stack([a, b]), *states)
        sets = [vectors[:samples], vectors[-samples:]]
        done.append(compare(replace(plan, architecture=first), samples, numbers, [sets]))
    return done
