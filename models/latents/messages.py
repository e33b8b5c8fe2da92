"""What theory predicts and simulations measure of messages for latents with structure."""

from __future__ import annotations

from typing import NamedTuple

from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked

__all__ = ["CLEAREST", "STARTS", "Information", "MessagePassing", "is_spectral"]

STARTS = ("hint", "spectral")
"""What messages start from: an observation of the latent beside the data, or their principal component."""


CLEAREST = 1e16
"""Signal-to-noise ratio from which on an observation is the truth to round-off of its error."""


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
    initial: Float[Array, "..."]
    """(y·v)²/(‖y‖²‖v‖²) of what the messages start from, the hint or the principal component."""
    gain: Float[Array, "..."]
    """How much more `recovery` is, in the same instance."""


class Information(NamedTuple):
    """What a data matrix tells of the latent and the weights behind it."""

    information: Float[Array, "..."]
    """Mutual information per dimension, in nats."""


@checked
def is_spectral(start: str, hint: ArrayLike | None) -> bool:
    """Whether messages start from the principal component; a hint is needed where they do not.

    Raises:
        ValueError: for an unknown start, a hint that is missing or one that would not be used.
    """
    if start not in STARTS:
        raise ValueError(f"start must be one of {', '.join(STARTS)}, got {start!r}")
    if start == "spectral" and hint is not None:
        raise ValueError(f"hint must be left out where start is spectral, got {hint}")
    if start == "hint" and hint is None:
        raise ValueError("hint must be given where start is hint, got None")
    return start == "spectral"
