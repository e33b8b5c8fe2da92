"""The second half of the theory at the edges of its domains: numbers, or one line; never NaN or infinity.

Every public function of its topics is called with one argument at a time at an edge: one sample, one tap, as
many taps as pixels, odd and even sizes, no power at some frequencies, numbers that all but vanish or that
have no bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from catalogue import KEY, Call, calls
from test_public_calls import complaint

TOPICS = (
    "augmentation", "balanced_flow", "class_collapse", "convolution", "convolutional", "critics",
    "denoiser_combinations", "disagreement", "discriminant", "distances", "entropic_transport", "equivariant",
    "finite_samples", "flow_batches", "flows", "gradient_coherence", "kinetic", "local_denoisers",
    "matrix_tensor", "message_passing", "mode_interpolation", "monge_gap", "pretraining", "random_labels",
    "ridge_denoisers", "ridge_models", "tangent_kernels",
)  # fmt: skip
COUNTS = (
    "samples", "taps", "cell", "shifts", "pixels", "slices", "rows", "columns", "generated", "points",
    "labels", "steps", "depth", "majority", "minority", "classes", "widest", "seeds", "models", "particles",
)  # fmt: skip
ENDS = (1e-300, 1e-12, 1e12, 1e300)
POWERS = {
    "one pixel": [2.0],
    "two pixels, one frequency": [1.0, 0.0],
    "odd, zeros": [4.0, 2.0, 0.0, 0.0, 0.0, 0.0, 2.0],
    "even, zeros": [4.0, 2.0, 0.0, 3.0, 0.0, 2.0],
    "one frequency": [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    "no power": [0.0] * 7,
    "in two dimensions": np.outer([4.0, 1.0, 1.0], [1.0, 0.0, 0.5, 0.0]),
}


def edges(name: str, good: Any) -> dict[str, Any]:
    """Values of an argument of this name at the edges of its domain."""
    if name == "power":
        return POWERS
    if name == "dim" or (name in COUNTS and isinstance(good, int) and not isinstance(good, bool)):
        return {str(count): count for count in ((1, 2, 3, 7) if name == "taps" else (1, 2, 3))}
    if isinstance(good, float):
        return {f"{end:g}": end for end in ENDS}
    return {}


def at_edges(call: Call) -> Iterator[tuple[str, str, Any]]:
    """The argument, what is at the edge, and its value."""
    for name, good in call.arguments.items():
        yield from ((name, what, value) for what, value in edges(name, good).items())


def of(room: str, topic: str) -> list[Call]:
    """The calls of a topic's own functions; a sampler is called and drawn from."""
    every = [c for c in calls() if c.whole and c.name.split(".")[:2] == [room, topic]]
    return [drawing(c) for c in every if not c.name.endswith(".draw")]


def drawing(call: Call) -> Call:
    if not call.name.endswith("sampler"):
        return call

    def drawn(**arguments: Any) -> Any:
        return call.function(**arguments)(KEY)

    return call._replace(function=drawn)


def complaints(room: str, topic: str) -> list[str]:
    """What is neither a number nor a line that names an argument, this one or one that no longer fits it."""
    return [
        f"{call.name}({name}={what}) {found}"
        for call in of(room, topic)
        for name, what, value in at_edges(call)
        if (found := complaint(call, name, value)) and not names_another(call, found)
    ]


def names_another(call: Call, found: str) -> bool:
    return "\n" not in found and any(found.startswith(f"ValueError: {name} must") for name in call.arguments)


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
def test_predictions_at_the_edges_are_numbers_or_one_line(topic):
    found = complaints("theory", topic)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
def test_draws_at_the_edges_are_numbers_or_one_line(topic):
    found = complaints("sims", topic)
    assert not found, "\n".join(found)


def test_every_topic_is_walked():
    walked = {topic for topic in TOPICS if any(True for c in of("theory", topic) for _ in at_edges(c))}
    assert walked == set(TOPICS)
    assert sum(1 for topic in TOPICS for c in of("theory", topic) for _ in at_edges(c)) > 500
