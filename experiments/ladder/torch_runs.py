"""Networks trained elsewhere: a folder of PyTorch weights, pair by pair, as rungs of a ladder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
from flax import nnx

from lingen.experiments.ladder.plan import Plan, Rung
from lingen.experiments.ladder.run import compare
from lingen.models.networks import torch_weights
from lingen.models.networks.denoiser import Architecture, CnnArchitecture
from lingen.models.networks.torch_weights import Trained

__all__ = ["architecture", "assumption", "pairs", "rungs"]


def architecture(folder: Path, first_layer: str | None = None) -> Architecture:
    """The architecture of the first pair of a folder; `first_layer` as for `torch_weights.architecture`."""
    return torch_weights.architecture(torch_weights.read(pairs(folder)[0][0].path), first_layer)


def assumption(form: Architecture, first_layer: str | None) -> str | None:
    """What was taken for granted of a network, in one line; None where nothing was."""
    if not isinstance(form, CnnArchitecture) or first_layer is not None:
        return None
    return "First layer: linear, assumed, as the weights do not tell; --first-layer relu for the other kind."


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
        plan: the data and how to sample; the architecture is that of the weights, but for its first layer.
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
        layer = getattr(plan.architecture, "first_layer", None)
        first, second = (torch_weights.architecture(w, layer) for w in weights)
        if first != second:
            raise ValueError(f"{pair[1].path}: must be {first.words} as its twin, got {second.words}")
        first.check(plan.data.shape)
        states = [nnx.state(torch_weights.load(w, layer)) for w in weights]
        numbers = jax.tree.map(lambda a, b: jnp.stack([a, b]), *states)
        sets = [vectors[:samples], vectors[-samples:]]
        done.append(compare(replace(plan, architecture=first), samples, numbers, [sets]))
    return done
