"""Where an experiment comes from: what travels to other processes, and how a change of it is known.

Experiments that ship with lingen travel by name; a user's own by value, with the modules beside its file, so
that other machines need neither. A worker keeps what it got: the same experiment compiles once there.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
import textwrap
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from lingen.boundary import checked
from lingen.experiments.by_value import packed

if TYPE_CHECKING:
    from lingen.experiments.experiment import Experiment

__all__ = ["file_hash", "folders_of", "rebuilt", "set_source", "source_hash", "travelling"]

FUNCTIONS = ("simulate", "sampler", "numpy", "predict", "drawn", "identity")


def set_source(experiment: Experiment, path: Path) -> None:
    """Note the file that defines an experiment."""
    object.__setattr__(experiment, "_file", path.resolve())
    object.__setattr__(experiment, "_hash", file_hash(path))


@checked
def file_hash(path: Path) -> str:
    """A short hash of a Python file; comments and blanks do not count."""
    return _of_text(path.read_text("utf-8"))


def folders_of(experiment: Experiment) -> tuple[str, ...]:
    """Where the modules beside its file are found."""
    file = getattr(experiment, "_file", None)
    return () if file is None else (str(file.parent),)


def source_hash(experiment: Experiment) -> str:
    """A short hash of the source, of its file or of its functions; "" if it ships with lingen.

    Comments and blanks do not count.
    """
    if _ships(experiment):
        return ""
    known = getattr(experiment, "_hash", None)
    if known is not None:
        return str(known)
    functions = [getattr(experiment, name) for name in FUNCTIONS]
    return _digest("".join(_of_function(f) for f in functions if f is not None).encode())


def travelling(experiment: Experiment) -> tuple[Any, tuple[Any, ...]]:
    """What pickle needs of an experiment."""
    if _ships(experiment):
        return _shipped, (experiment.name,)
    payload = getattr(experiment, "_payload", None)
    if payload is None:
        payload = _packed(experiment)
        object.__setattr__(experiment, "_payload", payload)
    return rebuilt, (payload, folders_of(experiment))


@lru_cache(maxsize=16)
def rebuilt(payload: bytes, folders: tuple[str, ...]) -> Experiment:
    """The experiment that travelled.

    Raises:
        ValueError: if it needs a module that is not here.
    """
    import cloudpickle

    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    try:
        fields = cloudpickle.loads(payload)
    except ImportError as error:
        raise ValueError(f"a worker cannot load the experiment: {error}") from None
    from lingen.experiments.experiment import Experiment

    made = object.__new__(Experiment)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    object.__setattr__(made, "_payload", payload)
    return made


def _packed(experiment: Experiment) -> bytes:
    import cloudpickle

    file = getattr(experiment, "_file", None)
    beside = [] if file is None else [m for m in list(sys.modules.values()) if _lies_in(m, file.parent)]
    for module in beside:
        cloudpickle.register_pickle_by_value(module)
    try:
        return packed({k: v for k, v in vars(experiment).items() if k != "_payload"})
    finally:
        for module in beside:
            cloudpickle.unregister_pickle_by_value(module)


def _lies_in(module: Any, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or getattr(module, "__name__", "") not in sys.modules:
        return False
    return (
        Path(file).resolve().is_relative_to(folder) and "site-packages" not in file and not _is_ours(module)
    )


def _is_ours(module: Any) -> bool:
    return str(module.__name__).partition(".")[0] == "lingen"


def _ships(experiment: Experiment) -> bool:
    from lingen.experiments import library

    return library.ships(experiment)


def _shipped(name: str) -> Experiment:
    from lingen.experiments import library

    return library.get(name)


def _of_text(text: str) -> str:
    try:
        return _digest(ast.dump(ast.parse(text)).encode())
    except SyntaxError:
        return _digest(text.encode())


def _of_function(function: Any) -> str:
    """Its source without comments; its code where there is none to be found."""
    try:
        return ast.dump(ast.parse(textwrap.dedent(inspect.getsource(function))))
    except (OSError, TypeError, SyntaxError):
        code = getattr(inspect.unwrap(function), "__code__", None)
        return type(function).__qualname__ if code is None else _of_code(code)


def _of_code(code: CodeType) -> str:
    constants = [_of_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return repr((code.co_code, constants, code.co_names))


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
