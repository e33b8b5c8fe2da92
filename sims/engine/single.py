"""One draw: what a sampler's function of a key gives, in one call."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from jax import Array
from jax.tree_util import Partial
from jaxtyping import Key

from lingen.boundary import checked

__all__ = ["draw_of"]

P = ParamSpec("P")
T = TypeVar("T")


@checked
def draw_of(sampler: Callable[P, Partial], gives: type[T]) -> Callable[Concatenate[Array, P], T]:
    """`draw(key, ...)` of a topic: one draw of its public `sampler`, whose arguments follow the key.

    Args:
        sampler: a function with annotations, of the module that `draw` is to stand in.
        gives: what a draw is.
    """

    @checked
    def draw(key: Key[Array, ""], *args: Any, **kwargs: Any) -> T:
        return sampler(*args, **kwargs)(key)

    parameters = inspect.signature(sampler).parameters.values()
    first = inspect.Parameter("key", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Key[Array, ""])
    signature = inspect.Signature([first, *parameters], return_annotation=gives)
    draw.__doc__ = "One draw; see `sampler`."
    draw.__module__, draw.__qualname__ = sampler.__module__, "draw"
    vars(draw).update(__signature__=signature, __wrapped__=sampler)
    return draw
