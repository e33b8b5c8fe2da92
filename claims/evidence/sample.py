"""All draws of one cell, kept where a number is not made of sums: quantiles, laws, functions of the user's own."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np

__all__ = ["ROOM", "Sample"]

ROOM = 1 << 30
"""Bytes that the draws of one claim may take together."""


class Sample(NamedTuple):
    """The draws, in their order: batches of stacked arrays, or of dicts and tuples of them."""

    draws: int = 0
    batches: tuple[Any, ...] = ()

    def add(self, values: Any) -> Sample:
        """With more draws."""
        return Sample(self.draws + len(jax.tree.leaves(values)[0]), (*self.batches, values))

    @property
    def values(self) -> Any:
        """All draws, stacked along the first axis."""
        return jax.tree.map(lambda *parts: np.concatenate(parts), *self.batches)

    @property
    def alike(self) -> bool:
        """Whether all draws are one, bit for bit."""
        firsts = [leaf[:1] for leaf in jax.tree.leaves(self.batches[0])]
        leaves = [jax.tree.leaves(batch) for batch in self.batches]
        return all(bool(np.all(a == b)) for batch in leaves for a, b in zip(batch, firsts, strict=True))

    @property
    def nbytes(self) -> int:
        """Bytes that the draws take."""
        return sum(leaf.nbytes for batch in self.batches for leaf in jax.tree.leaves(batch))
