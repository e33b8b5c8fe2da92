"""The code of the parts of a claim: what it predicts with, what it draws with, what it must refute."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from jax.tree_util import Partial

from lingen.claims.claim import Claim

MOST = 4
"""Functions shown of one part; the reference has the others."""
DEEP = 6


def told(claim: Claim) -> list[tuple[str, str]]:
    """Title and Markdown of each part."""
    drawn = [f for f in (claim.sampler, claim.simulate, claim.measure) if f is not None]
    experiment = getattr(claim, "of", None)
    if experiment is not None:
        drawn += [f for f in (experiment.simulate, experiment.sampler, experiment.numpy) if f is not None]
    return [
        ("Prediction", part([claim.predict], "lingen.theory")),
        ("Simulation", part(drawn, "lingen.sims")),
        ("Rivals", part(list(claim.rivals.values()), "")),
    ]


def part(functions: list[Callable[..., Any]], room: str) -> str:
    """What stands in the claim, and the functions of a room that it calls."""
    sources = dict.fromkeys(filter(None, map(source, functions)))
    called = dict.fromkeys(f for function in functions for f in (reached(function, room) if room else ()))
    shown = list(called)[:MOST]
    names = [f"{f.__module__}.{f.__qualname__}" for f in shown]
    blocks = [code(text) for text in sources if text not in {source(f) for f in shown}]
    blocks += [f"{{py:obj}}`{name}`\n\n{code(source(f))}" for name, f in zip(names, shown, strict=True)]
    return "\n\n".join(blocks) or "None."


def reached(function: Any, room: str, depth: int = 0, seen: set[int] | None = None) -> Iterator[FunctionType]:
    """The functions of a room that a function calls by name, through helpers outside that room."""
    seen = set() if seen is None else seen
    function = plain(function)
    if not isinstance(function, FunctionType) or id(function) in seen or depth > DEEP:
        return
    seen.add(id(function))
    if function.__module__.startswith(room):
        yield function
        return
    for value in named(function):
        yield from reached(value, room, depth + 1, seen)


def named(function: FunctionType) -> Iterator[Any]:
    """What the code of a function names: globals, attributes of modules, what it closes over."""
    words = list(words_of(function.__code__))
    values = [function.__globals__[word] for word in words if word in function.__globals__]
    values += [cell.cell_contents for cell in function.__closure__ or () if filled(cell)]
    values += list(function.__defaults__ or ()) + list((function.__kwdefaults__ or {}).values())
    for value in values:
        if isinstance(value, ModuleType) and value.__name__.startswith("lingen"):
            yield from (vars(value)[word] for word in words if word in vars(value))
        else:
            yield value


def filled(cell: Any) -> bool:
    """Whether a variable that is closed over has a value."""
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def words_of(compiled: CodeType) -> Iterator[str]:
    """Names in code and in the functions within it, strings too: `getattr(module, "name")`."""
    yield from compiled.co_names
    for constant in compiled.co_consts:
        if isinstance(constant, CodeType):
            yield from words_of(constant)
        elif isinstance(constant, str):
            yield constant


def plain(function: Any) -> Any:
    """The function itself, under what wraps it."""
    while isinstance(function, partial | Partial):
        function = function.func
    return inspect.unwrap(function) if callable(function) else function


def source(function: Any) -> str:
    """Its code as it stands in its file; empty for what has none."""
    function = plain(function)
    if not isinstance(function, FunctionType):
        return ""
    try:
        return textwrap.dedent(inspect.getsource(function)).strip()
    except (OSError, TypeError):
        return ""


def code(text: str) -> str:
    """Markdown of code."""
    return f"````python\n{text}\n````"
