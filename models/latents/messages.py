"""What theory predicts and simulations measure of messages for latents with structure."""

from __future__ import annotations

from typing import NamedTuple

from jax import Array
from jaxtyping import Float

__all__ = ["Information", "MessagePassing"]


class MessagePassing(NamedTuple):
    """Approximate message passing for a latent v and its weights w: overlaps after each step."""

    path: Float[Array, "... t"]
    """(v̂·v)²/(‖v̂‖²‖v‖²) after steps 1 to t."""
    recovery: Float[Array, "..."]
    """The last of these."""
    weight_recovery: Float[Array, "..."]
    """(ŵ·w)²/(‖ŵ‖²‖w‖²) after the last step."""
    error: Float[Array, "..."]
    """‖v̂ − v‖²/d, against 1 of no knowledge."""


class Information(NamedTuple):
    """What a data matrix tells of the latent and the weights behind it."""

    information: Float[Array, "..."]
    """Mutual information per dimension, in nats."""
