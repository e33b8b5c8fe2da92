"""The public boundary: every argument of a public function is of the kind that its annotation states.

`checked` reads the annotations of a function once and holds every call against them, before anything is
compiled: a number is real and no NaN, an array has as many axes as its shape says, a key is a typed one, a
population is a `Population` of sound numbers. What is wrong is told in one line that names the argument.
Ranges (positive, at most N/2) stay with the functions: `lingen.checks`. Traced values pass.
"""

from __future__ import annotations

import inspect
import os
import re
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import jax
import numpy as np

from lingen.checks import is_traced, precise
from lingen.kinds import Check, anything, check_of

__all__ = ["at_once", "checked"]

P = ParamSpec("P")
R = TypeVar("R")

TYPED = "LINGEN_TYPED"
"""The environment's word for a run of tests, in which annotations are checked by beartype as well."""
SHAPES = re.compile(
    r"ncompatible shapes|contracting dimensions|could not be broadcast|carry input and carry output"
    r"|Only scalar arrays|cannot reshape|Argument to \S+ must have shape"
)
"""How JAX and NumPy say that shapes do not go together."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The same function (or a class, by its constructor), refusing arguments of another kind than annotated.

    Costs microseconds a call. Keeps signature and docstring; tracers pass, so that it may be jitted, vmapped
    and differentiated.

    Raises:
        ValueError: in one line, naming the argument and its value; or telling that JAX's double precision was
            switched off, which would give wrong digits in silence.
    """
    if isinstance(function, type):
        function.__init__ = checked(function.__init__)  # type: ignore[misc]
        return function

    checks: tuple[list[tuple[str, Check]], dict[str, Check], Check | None] | None = None
    run = function

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        nonlocal checks, run
        if checks is None:
            checks, run = _checks(function), _typed(function)
        in_order, by_name, rest = checks
        precise()
        # what Python itself refuses (too many, unknown, missing) is left to Python
        given = [check(name, value) for (name, check), value in zip(in_order, args, strict=False)]
        named = {k: by_name.get(k, rest or anything)(k, value) for k, value in kwargs.items()}
        try:
            return run(*given, *args[len(given) :], **named)  # type: ignore[arg-type]
        except (TypeError, ValueError, MemoryError, OverflowError, jax.errors.JaxRuntimeError) as error:
            what = _understood(error)
            if what is None:
                raise
            told = dict(zip((name for name, _ in in_order), given, strict=False)) | named
            raise ValueError(f"{what}, got {_listed(told)}") from None

    return call


def at_once(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, computed at once where all arguments are known, inside anybody's `jit` too.

    For constructors and samplers: a population of known numbers is known, whatever is being traced around it.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if is_traced((args, kwargs)):
            return function(*args, **kwargs)
        with jax.ensure_compile_time_eval():
            return function(*args, **kwargs)

    return call


def _typed(function: Callable[P, R]) -> Callable[P, R]:
    """The same function; in a run of tests its shapes, its kinds and its result are checked at every call.

    Only here, and only once a function is called: an import hook takes longer than importing all of lingen.
    """
    if TYPED not in os.environ or not inspect.isfunction(function):
        return function
    import jaxtyping
    from beartype import BeartypeConf, beartype
    from beartype.roar import BeartypeWarning

    whole_numbers_are_numbers = BeartypeConf(is_pep484_tower=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BeartypeWarning)  # of annotations that other packages wrote
        strict = jaxtyping.jaxtyped(function, typechecker=beartype(conf=whole_numbers_are_numbers))

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return (strict if os.environ.get(TYPED) else function)(*args, **kwargs)

    return run


def _checks(function: Callable[..., Any]) -> tuple[list[tuple[str, Check]], dict[str, Check], Check | None]:
    """The checks of the arguments by place, of those by name, and of any further keyword."""
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    in_order: list[tuple[str, Check]] = []
    by_name: dict[str, Check] = {}
    rest: Check | None = None
    for name, parameter in inspect.signature(function).parameters.items():
        check = check_of(_resolved(parameter.annotation, scope))
        if parameter.kind is parameter.VAR_KEYWORD:
            rest = check
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            by_name[name] = check
            if parameter.kind is not parameter.KEYWORD_ONLY:
                in_order.append((name, check))
    return in_order, by_name, rest


def _understood(error: Exception) -> str | None:
    """What arguments must be, right as each may be alone, where an error from inside says they are not."""
    text = str(error)
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in text:
        return "arguments must ask for less memory than there is"
    if isinstance(error, OverflowError):
        return "arguments must be smaller, so that their products can be held"
    return "arguments must have shapes that go together" if SHAPES.search(text) else None


def _listed(arguments: Mapping[str, Any]) -> str:
    """Arguments by name: numbers as they are, arrays by their shapes."""
    known = {k: v for k, v in arguments.items() if isinstance(v, int | float) or np.shape(v)}
    return ", ".join(f"{k} of shape {np.shape(v)}" if np.shape(v) else f"{k} = {v}" for k, v in known.items())


def _resolved(annotation: Any, scope: dict[str, Any]) -> Any:
    """What an annotation stands for; `Any` for a name that only type checkers know."""
    if not isinstance(annotation, str):
        return Any if annotation is inspect.Parameter.empty else annotation
    try:
        return eval(annotation, scope)
    except NameError:
        return Any
