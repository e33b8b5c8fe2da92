"""The key of a cell: it depends on the seed and on the cell's coordinates, and on nothing else.

A cell draws under fold_in(fold_in(key(seed), h₁), h₀), h the 64-bit hash of its coordinates written out in
full; so any part of a grid gives the numbers of the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Key

from lingen.boundary import checked
from lingen.experiments.parameters import Value

__all__ = ["cell_hash", "cell_key", "key_words"]


@checked
def cell_hash(experiment: str, coordinates: Mapping[str, Value]) -> int:
    """A 64-bit hash of the experiment's name and of every coordinate but the seed, whatever their order."""
    parts = [f"{k}={v!r}" for k, v in sorted(coordinates.items()) if k != "seed"]
    text = ";".join([f"topic={experiment!r}", *parts])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


@checked
def key_words(experiment: str, coordinates: Mapping[str, Value], seed: int) -> tuple[int, int, int]:
    """Seed and the two halves of the hash: all that `cell_key` needs, as numbers that can be traced."""
    whole = cell_hash(experiment, coordinates)
    return seed, whole >> 32, whole & 0xFFFFFFFF


@checked
def cell_key(seed: Any, high: Any, low: Any) -> Key[Array, ""]:
    """The key of a cell; traced or known numbers alike."""
    key = jr.fold_in(jr.key(jnp.asarray(seed, np.int64)), jnp.asarray(high, np.uint32))
    return jr.fold_in(key, jnp.asarray(low, np.uint32))
