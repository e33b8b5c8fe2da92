"""Arrays of one shape, of which nothing has to be compiled while their numbers are known."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from lingen.boundary import checked
from lingen.checks import is_traced

__all__ = ["broadcast"]


@checked
def broadcast(*values: Any) -> list[Array]:
    """`jax.numpy.broadcast_arrays`, without the program that it compiles for each set of shapes."""
    if is_traced(values):
        return list(jnp.broadcast_arrays(*values))
    try:
        shape = np.broadcast_shapes(*map(np.shape, values))
    except ValueError:  # in the words that `lingen.boundary` knows
        return list(jnp.broadcast_arrays(*values))
    return [jax.device_put(np.array(np.broadcast_to(np.asarray(value), shape))) for value in values]
