"""Checks of arguments at the public boundary: one line naming the argument, its value, what is allowed.

Values under a JAX transformation are let through: their check belongs to the caller who traced them.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from lingen.machine import compiled

__all__ = [
    "above", "at_hand", "at_least", "bounded", "finite", "finite_complex", "integer", "is_traced", "known",
    "length", "memory", "nonnegative", "positive", "precise", "representable", "room", "sample_count",
    "shown", "single", "sound", "vector",
]  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")

compiled.prepare()  # here, since whatever of lingen computes imports this

LARGEST = (1 << 63) - 1
"""Above it nothing is a size or a count: no 64-bit integer holds it."""


def is_traced(value: Any) -> bool:
    """Whether any leaf of `value` is being traced, so that its numbers are not known yet."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(value))


def at_hand(value: Any) -> Any:
    """A known array as NumPy's, on which nothing has to be compiled; a traced one as it is."""
    return value if is_traced(value) else np.asarray(value)


def precise() -> None:
    """Raise `ValueError` unless JAX computes in double precision, as importing lingen makes it do."""
    if not jax.config.read("jax_enable_x64"):
        raise ValueError(
            "jax_enable_x64 must be True, got False: JAX's double precision was switched off after lingen "
            "was imported; jax.config.update('jax_enable_x64', True) switches it on again"
        )


def known(name: str, value: Any) -> Any:
    """Return `value`; raise `ValueError` unless it is one number that is not being traced."""
    if np.ndim(value) != 0 or is_traced(value):
        raise ValueError(f"{name} must be one known number, got {shown(value)}")
    return value


def single(name: str, value: Any) -> Any:
    """Return `value`; raise `ValueError` unless it is one number, known or traced, and not several."""
    if np.ndim(value) != 0:
        raise ValueError(f"{name} must be one number, got shape {np.shape(value)}")
    return value


def sound(name: str, value: Any, negative: bool = False, axes: int | None = None) -> None:
    """Raise `ValueError` unless numbers are finite, not negative where they must not be, of so many axes.

    Nothing is converted, which takes most of the time of the other checks; tracers pass.
    """
    if isinstance(value, jax.core.Tracer):
        return
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or not (np.isfinite(array) & (negative | (array >= 0))).all():
        (finite if negative else nonnegative)(name, value)  # which raise
    if axes is not None and array.ndim != axes:
        raise ValueError(f"{name} must have {axes} axes, got shape {array.shape}")


def finite(name: str, value: Any) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry is finite."""
    return _checked(name, value, "finite", np.isfinite)


def finite_complex(name: str, value: Any) -> Array:
    """Return `value` as a complex array; raise `ValueError` unless every entry is finite."""
    return _checked(name, value, "finite complex numbers", np.isfinite, complex)


def positive(name: str, value: Any) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry is finite and positive."""
    return _checked(name, value, "positive and finite", lambda x: np.isfinite(x) & (x > 0))


def nonnegative(name: str, value: Any) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry is finite and at least 0."""
    return _checked(name, value, "at least 0 and finite", lambda x: np.isfinite(x) & (x >= 0))


def at_least(name: str, value: Any, low: float, words: str = "") -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry is finite and at least `low`."""
    if words:
        return _checked(name, finite(name, value), f"at least {words}", lambda x: x >= low)
    return _checked(name, value, f"at least {low:g} and finite", lambda x: np.isfinite(x) & (x >= low))


def above(name: str, value: Any, low: float, words: str) -> Array:
    """The same for what must be above `low`; `words` tell what that is, or why."""
    return _checked(name, finite(name, value), f"above {words}", lambda x: x > low)


def sample_count(load: Any, dim: int) -> Array:
    """n = load · dim as a float array; raise `ValueError` where that is less than one sample."""
    given = positive("load", load)
    if not is_traced(given):
        least = float(np.min(np.asarray(given), initial=np.inf))
        if least * dim < 1 - 1e-9:
            raise ValueError(f"load must give at least one sample, got load = {least:g} at dim = {dim}")
    return jnp.maximum(given * dim, 1.0)


def bounded(name: str, value: Any, low: float, high: float) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry lies in [low, high]."""
    return _checked(name, value, f"between {low:g} and {high:g}", lambda x: (x >= low) & (x <= high))


def representable(function: Callable[P, T]) -> Callable[P, T]:
    """Let `function` raise `ValueError` in place of an answer that is NaN or beyond the largest double."""
    names = list(inspect.signature(function).parameters)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        answer = function(*args, **kwargs)
        leaves = jax.tree.leaves(answer)
        if not is_traced(leaves) and not all(np.isfinite(leaf).all() for leaf in leaves):
            given = dict(zip(names, args, strict=False)) | kwargs
            numbers = ", ".join(
                f"{name} = {shown(value)}" for name, value in given.items() if np.asarray(value).ndim < 2
            )
            raise ValueError(
                f"{function.__name__} must have an answer within double precision, got {numbers[:200]}"
            )
        return answer

    return checked


def vector(name: str, value: Any) -> Array:
    """Return `value` as a finite array of one axis; raise `ValueError` otherwise."""
    array = finite(name, value)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one axis, got shape {array.shape}")
    return array


def integer(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return `value` as an int; raise `ValueError` unless it is whole and within [low, high].

    What no 64-bit integer holds is above every size: it is refused as well.
    """
    allowed = f"a whole number of at least {low}" + ("" if high is None else f" and at most {high}")
    try:
        whole = int(value) if np.ndim(value) == 0 else None
        right = whole is not None and whole == value and not isinstance(value, bool | np.bool_)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be {allowed}, got {shown(value)}") from None
    if whole is None or not right or whole < low or (high is not None and whole > high):
        raise ValueError(f"{name} must be {allowed}, got {shown(value)}")
    if whole > LARGEST:
        raise ValueError(f"{name} must be at most {LARGEST}, got {shown(value)}")
    return whole


def length(name: str, value: Any, low: int, each: float = 1.0) -> int:
    """`integer` for the length of an array, `each` doubles an entry: checked before any memory is taken.

    XLA may end the process while it compiles an array far beyond the memory: nothing can be caught.
    """
    whole = integer(name, value, low)
    room(name, value, each * whole)
    return whole


def room(name: str, value: Any, numbers: float, instead: str = "") -> None:
    """Raise `ValueError` where an argument asks for more memory than the machine has, before any is taken.

    Args:
        name: the argument that sets the size.
        value: its value.
        numbers: doubles that are needed at the least.
        instead: what can do without, for the end of the sentence.
    """
    need, have = 8.0 * numbers, memory()
    if need > have:
        other = f"; {instead}" if instead else ""
        raise ValueError(
            f"{name} must fit the {have / 2**30:.3g} GiB of memory here, got {shown(value)}, which takes "
            f"{need / 2**30:.3g} GiB{other}"
        )


@lru_cache
def memory() -> float:
    """Bytes that arrays may take: of the accelerator, or of the machine within its control group."""
    stats = jax.local_devices()[0].memory_stats() if jax.default_backend() != "cpu" else None
    if stats and "bytes_limit" in stats:
        return float(stats["bytes_limit"])
    try:
        machine = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):  # no POSIX
        return float(1 << 40)
    try:
        return min(machine, float(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # no control group, or one without a limit
        return machine


def _checked(
    name: str,
    value: Any,
    allowed: str,
    test: Callable[[np.ndarray], np.ndarray],
    dtype: type[float] | type[complex] = float,
) -> Array:
    precise()
    if is_traced(value):
        return jnp.asarray(value, dtype)
    try:
        given = np.asarray(value)
        if given.dtype.kind not in ("biuf" if dtype is float else "biufc"):
            raise TypeError
        ours = isinstance(value, Array) and value.dtype == dtype and not (value.weak_type or value.committed)
        array = given if ours else given.astype(dtype)  # what others may write to is copied
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be {allowed}, got {shown(value)}") from None
    good = np.asarray(test(array))
    if not good.all():
        raise ValueError(f"{name} must be {allowed}, got {array[~good].flat[0]:g}")
    with jax.ensure_compile_time_eval():  # a known number stays one inside somebody's jit
        return value if ours else jax.device_put(array)  # asarray compiles a program for every shape


def shown(value: Any) -> str:
    """The value on one line, cut where it grows long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
