"""Two convolutional models side by side: what they share, and the risks of denoisers, given their gains."""

from __future__ import annotations

from collections.abc import Sequence

from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.images.stationary import Convolved
from lingen.sims.convolution.halves import Halves
from lingen.sims.convolution.periodograms import Images

__all__ = ["compared", "denoisers"]


@checked
def compared(source: Images | Halves, one: Array, two: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Of two transfer functions, for inputs of this power: shared, energy and disagreement."""
    energy = source.total(weight * (one**2 + two**2)) / 2.0
    return source.total(weight * one * two), energy, source.total(weight * (one - two) ** 2) / 2.0


@checked
def denoisers(
    source: Images | Halves,
    seen: Sequence[Array],
    gains: Sequence[Array],
    best: Array,
    noise: Float[Array, ""],
) -> Convolved:
    """Of two denoisers, given the mean periodogram of the images of each.

    Args:
        source: the law of fresh images.
        seen: the two mean periodograms.
        gains: the two transfer functions.
        best: that of infinitely many images, whose chance error on these has mean zero and is taken off.
        noise: s > 0, variance.
    """
    one, two = gains

    def risk(gain: Array, signal: Array) -> Array:
        return source.total((1.0 - gain) ** 2 * signal + noise * gain**2)

    test = (risk(one, source.half) + risk(two, source.half)) / 2.0
    drawn = (seen[0] + seen[1]) / 2.0 - source.half
    train = (risk(one, seen[0]) + risk(two, seen[1])) / 2.0 - source.total((1.0 - best) ** 2 * drawn)
    return Convolved(*compared(source, one, two, source.half + noise), test, train, None, None)
