"""What every filter is: a pytree of numbers that, called on eigenvalues λ, gives the gains g(λ)."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.checks import is_traced, sound

__all__ = ["Filter"]


@struct.dataclass
class Filter:
    """Base of all filters: g(λ) and where it stops being analytic.

    Attributes:
        kind: the name of the class, static. JAX compares the structures of registered dataclasses by their
            static fields and leaves alone: without it a function compiled for one filter may be taken for
            another with as many numbers.
    """

    negative = True
    """Whether its numbers may be negative: no field, but said by the class."""
    kind: str = struct.field(pytree_node=False, default="Filter", kw_only=True, repr=False)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__annotations__ = {**inspect.get_annotations(cls), "kind": "str"}
        cls.kind = struct.field(pytree_node=False, default=cls.__name__, kw_only=True, repr=False)

    def check_numbers(self, name: str) -> None:
        """Raise `ValueError` unless the numbers are finite, and at least 0 in the filters of lingen.

        Args:
            name: what the caller calls this filter, which may have been made without its maker's checks.
        """
        for field in dataclasses.fields(self):
            if field.metadata.get("pytree_node", True):
                for leaf in jax.tree.leaves(getattr(self, field.name)):
                    sound(f"{name}.{field.name}", leaf, negative=self.negative)

    @property
    def name(self) -> str:
        """The filter's name with its numbers, for reports."""
        numbers = ", ".join(
            f"{k}={_shown(v)}" for k, v in vars(self).items() if v is not None and k != "kind"
        )
        return f"{type(self).__name__.lower()}({numbers})" if numbers else type(self).__name__.lower()

    @property
    def singularity(self) -> ArrayLike:
        """The a >= 0 for which −a is the singularity of g nearest to zero."""
        return jnp.inf

    def __call__(self, eigenvalues: Any) -> Array:
        """g(λ), elementwise."""
        raise NotImplementedError(f"{type(self).__name__} is not a function of single eigenvalues")

    def on_spectrum(self, eigenvalues: Float[Array, "d"]) -> Float[Array, "d"]:
        """The gains g at the d eigenvalues, in increasing order, of one sample covariance."""
        return self(eigenvalues)


def _shown(value: Any) -> str:
    return f"{value:g}" if np.ndim(value) == 0 and not is_traced(value) else "..."
