"""Bad calls of every public function: one line that names the argument, or finite numbers; nothing else.

Each argument of each good call is replaced by what is of another kind, and by what is of its kind and cannot
be meant. Nothing of this may reach a compiler for long, a traceback of internals, NaN or a hang.
"""

from __future__ import annotations

import copy
import inspect
import re
import signal
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import CALLS, TRUTH, Call, calls, kind_of, modules, public

from lingen.boundary import TYPED
from lingen.models import filters, population

SECONDS = 30
"""Of computing: on a busy machine a call takes longer."""
EVERY = tuple(calls())
ROOMS = sorted({".".join(call.name.split(".")[:2]) for call in EVERY})

NO_NUMBER = {
    "a dict": {},
    "words": ["a"],
    "an object": object(),
    "a class": int,
    "a function": len,
    "None": None,
}


def spoilt(**fields: Any) -> population.Population:
    """A population whose numbers its constructor has not seen, as unpickling or a pytree gives it."""
    broken = copy.copy(TRUTH)
    for name, value in fields.items():
        object.__setattr__(broken, name, value)
    return broken


BROKEN = {
    "NaN": spoilt(eigenvalues=TRUTH.eigenvalues * np.nan),
    "negative": spoilt(eigenvalues=-TRUTH.eigenvalues),
    "no eigenvalue": spoilt(eigenvalues=TRUTH.eigenvalues[:0], weights=TRUTH.weights[:0]),
    "words inside": spoilt(eigenvalues="a"),
    "negative weights": spoilt(weights=-TRUTH.weights),
    "NaN among spikes": spoilt(spikes=np.asarray([np.nan])),
}
INFINITE = {
    ("theory.databases.information", "correlation"): "perfect correlation tells everything",
    ("sims.networks.order_parameters.onset", "level"): "a level that is passed nowhere, as documented",
    ("theory.dynamics.optimal_time", "load"): "never stopping is best",
    ("theory.dynamics.optimal_time", "noise"): "never stopping is best",
}
"""Where infinity is the right answer."""
ALSO = {
    "axes": "at", "dim": "rank", "files": "image", "given": "load", "images": "array", "name": "parameter",
    "path": "data|file|weights", "size": "along", "source": "data", "text": "filter", "topic": "quantity",
    "total": "images", "wanted": "claim",
}  # fmt: skip
"""Other names by which messages call an argument, after what it is."""


def wrong_kinds(value: Any) -> dict[str, Any]:
    """What is of another kind than `value`."""
    kinds = NO_NUMBER | {"a population": TRUTH, "a filter": filters.gaussian()}
    if isinstance(value, population.Population):
        del kinds["a population"]
        return kinds | {"its class": population.Population, "a maker": population.isotropic, "a number": 1.0}
    if isinstance(value, filters.Filter):
        del kinds["a filter"]
        return kinds | {"its class": filters.Ridge, "a maker": filters.ridge, "a number": 1.0}
    if isinstance(value, str):
        return kinds | {"a number": 1}
    if callable(value):  # as a filter is
        del kinds["a function"], kinds["a filter"]
        return kinds | {"a number": 1.0}
    if isinstance(value, dict):
        del kinds["a dict"]
    if isinstance(value, complex):
        return kinds | {"True": True}
    return kinds if isinstance(value, bool) else kinds | {"complex": 1j, "True": True}


def wrong_values(value: Any) -> dict[str, Any]:
    """What is of the kind of `value` and cannot be meant, or is at the end of what can."""
    if isinstance(value, bool | str):
        return {}
    if isinstance(value, int):
        sizes = {"2^40": 2**40, "10^12": 10**12, "2^70": 2**70}
        return sizes | {"a part": 2.5, "NaN": np.nan, "infinite": np.inf, "negative": -1, "zero": 0}
    if isinstance(value, jax.Array) and value.shape == () and not is_key(value):
        return {what: jnp.asarray(number) for what, number in wrong_values(float(value)).items()}
    if isinstance(value, complex):
        return {"NaN": complex(1.0, np.nan), "infinite": complex(np.inf), "empty": []}
    if isinstance(value, float):
        return {"NaN": np.nan, "infinite": np.inf, "-infinite": -np.inf, "negative": -1.0, "empty": []}
    if isinstance(value, population.Population):
        return BROKEN
    if isinstance(value, filters.Filter):
        return {"NaN": filters.Ridge(np.nan), "negative": filters.Ridge(-1.0), "words": filters.Ridge("a")}
    if is_key(value):
        return {"old": np.asarray([0, 1], np.uint32), "several": jax.random.split(value)}
    listed = isinstance(value, list | tuple | np.ndarray | jax.Array) and not hasattr(value, "_fields")
    array = np.asarray(value) if listed else np.asarray("")
    if array.dtype.kind not in "iuf":
        return {}
    shapes = {
        "empty": array[:0],
        "too many axes": array[None, None],
        "ragged": [[1], [1, 2]],
        "one number": 1.0,
    }
    return shapes | {"NaN": np.full(array.shape, np.nan), "infinite": np.full(array.shape, np.inf)}


def is_key(value: Any) -> bool:
    return jax.dtypes.issubdtype(getattr(value, "dtype", None), jax.dtypes.prng_key)


def bad_calls(call: Call) -> Iterator[tuple[str, str, Any]]:
    """The argument, what is wrong, and the wrong value."""
    parameters = inspect.signature(call.function).parameters
    for name, good in call.arguments.items():
        kind = str(parameters[name].annotation)
        if not call.whole and kind in ("Any", "object", "tuple[Any, ...]"):
            continue  # handed on as it comes
        wrong = wrong_kinds(good) | (wrong_values(good) if call.whole else {})
        if parameters[name].default is None or "None" in kind:
            del wrong["None"]
        yield from ((name, what, value) for what, value in wrong.items())


def complaint(call: Call, name: str, value: Any) -> str:
    """What is wrong with the answer to a call with this value for an argument; empty if nothing is."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        result = call.function(**{**call.arguments, name: value})
        result = next(result, None) if isinstance(result, Iterator) else result
        leaves = [leaf for leaf in jax.tree.leaves(result) if not is_key(leaf)]
        numbers = [np.asarray(n) for n in leaves if isinstance(n, int | float | np.ndarray | jax.Array)]
    except ValueError as error:
        named = re.search(rf"\b({re.escape(name)}|{ALSO.get(name, name)})\b", str(error))
        return "" if named and "\n" not in str(error) else f"ValueError: {error}"
    except NotImplementedError as error:
        told = "NotImplementedError:" in (call.function.__doc__ or "") and name in ("filter", "population")
        return "" if told else f"NotImplementedError: {error}"
    except TimeoutError:
        return "hangs"
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:100]}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    if (call.name, name) in INFINITE:
        numbers = [n for n in numbers if np.isfinite(n).all()]
    wrong = [n for n in numbers if n.dtype.kind in "fc" and not np.isfinite(n).all()]
    return f"gives {' '.join(str(wrong[0]).split())[:60]}" if wrong else ""


@pytest.fixture(autouse=True)
def as_users_call(monkeypatch):
    """What is refused here is refused by lingen itself, and not by the type checker of the tests."""
    monkeypatch.setenv(TYPED, "")


@pytest.fixture(autouse=True)
def interrupted():
    """A call that hangs in Python is a failure with a name."""

    def late(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, late)
    yield
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("room", ROOMS)
def test_a_bad_call_is_one_line_or_a_number(room):
    complaints = [
        f"{call.name}({name}={what}) {found}"
        for call in EVERY
        if call.name.startswith(f"{room}.")
        for name, what, value in bad_calls(call)
        if (found := complaint(call, name, value))
    ]
    assert not complaints, "\n".join(complaints)


def test_there_are_enough_of_them():
    assert sum(1 for call in EVERY for _ in bad_calls(call)) > 1500


def test_every_public_function_is_checked_and_every_annotation_known():
    for module in modules():
        for name, function in public(module):
            parameters = inspect.signature(function).parameters.values()
            assert not parameters or hasattr(function, "__wrapped__"), name
            for parameter in parameters:
                kind_of(parameter, function)


def test_the_catalogue_names_no_stranger():
    assert CALLS.keys() <= {call.name for call in EVERY}
