"""Experiments and claims from a user's own Python file: what it defines at its top level."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from lingen.boundary import checked
from lingen.experiments import library
from lingen.experiments.experiment import Experiment
from lingen.experiments.source import set_source
from lingen.words import did_you_mean

__all__ = ["experiment_of", "is_file", "load_experiments", "named", "parted", "run_file", "top_level"]


@checked
def experiment_of(given: Any) -> Experiment:
    """The experiment itself, the one that ships under this name, or that of a file (`FILE.py::name`).

    Raises:
        ValueError: if there is none, or the file holds several and none is named.
    """
    if isinstance(given, Experiment):
        return given
    if not isinstance(given, str | Path):
        raise ValueError(f"experiment must be an Experiment, its name or its file, got {given!r}")
    if not is_file(given):
        return library.get(str(given))
    found = load_experiments(given)
    if len(found) > 1:
        place = str(given)
        several = " or ".join(f"{place}::{experiment.name}" for experiment in found)
        raise ValueError(f"{place} holds {len(found)} experiments: say {several}")
    return found[0]


@checked
def load_experiments(path: str | Path) -> list[Experiment]:
    """The experiments a file defines, in its order; `FILE.py::name` gives the one of that name.

    Experiments of its claims count. The file is run under a private name; modules of its own folder can be
    imported.

    Raises:
        ValueError: if there is no such file, it does not run, it holds no experiment, two of one name, or
            none of the name asked for.
    """
    place, wanted = parted(path)
    module = run_file(Path(place), "experiment")
    own = top_level(module, Experiment)
    others = [v.of for v in top_level(module, object) if isinstance(getattr(v, "of", None), Experiment)]
    found = list({id(e): e for e in (*own, *others)}.values())
    for experiment in found:
        if not library.ships(experiment):
            set_source(experiment, Path(place))
    return named(found, wanted, Path(place), "experiment", "EXPERIMENT = Experiment(...)")


@checked
def is_file(given: str | Path) -> bool:
    """Whether this names a Python file rather than something that ships with lingen."""
    text = str(given).partition("::")[0]
    return text.endswith(".py") or "/" in text or "::" in str(given)


@checked
def parted(given: str | Path) -> tuple[str, str]:
    """File and name in `FILE.py::name`, no name for a file alone; `ValueError` where either is empty."""
    place, colons, wanted = str(given).partition("::")
    if colons and not (place and wanted):
        raise ValueError(f"a file must be given as FILE.py or FILE.py::NAME, got {str(given)!r}")
    return place, wanted


@checked
def named(found: Sequence[Any], wanted: str, path: Path, what: str, example: str) -> list[Any]:
    """All that a file holds, or the one of this name; `ValueError` for none, or two of a name."""
    if not found:
        raise ValueError(f"{path} holds no {what}: write `{example}` at its top level")
    names = [item.name for item in found]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{path} holds two {what}s called {twice[0]!r}")
    if not wanted:
        return list(found)
    if wanted in names:
        return [found[names.index(wanted)]]
    hint = did_you_mean(wanted, names)
    article = "an" if what[0] in "aeiou" else "a"
    raise ValueError(f"{path} must hold {article} {what} called {wanted!r}, it has {', '.join(names)}{hint}")


@checked
def top_level(module: ModuleType, kind: Any) -> list[Any]:
    """Every object of this kind at the top level of a module, or in a list, tuple or dict there."""
    found: dict[int, Any] = {}
    for value in vars(module).values():
        several = value.values() if isinstance(value, dict) else value
        for item in several if isinstance(value, list | tuple | dict) else [value]:
            if isinstance(item, kind):
                found[id(item)] = item
    return list(found.values())


@checked
def run_file(path: Path, what: str) -> ModuleType:
    """The module that a file makes; while it runs, modules of its own folder can be imported.

    Raises:
        ValueError: if there is no such file, or it does not run; with the line where it happened.
    """
    if not path.is_file():
        told = "is a folder" if path.is_dir() else "does not exist"
        raise ValueError(f"{what}s file must be a Python file, got {path}, which {told}")
    name = f"_lingen_file_{abs(hash(path.resolve())):x}"
    spec = importlib.util.spec_from_loader(name, loader=None, origin=str(path))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(path)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
    except SyntaxError as error:
        where = f"{error.filename or path}, line {error.lineno}"
        raise ValueError(f"{where}: syntax error: {error.msg}") from error
    except (Exception, SystemExit) as error:
        told = f"{type(error).__name__}: {_first_line(error)}"
        raise ValueError(f"{path}{_line(error, path)}: {told}") from error
    finally:
        del sys.modules[name]
        sys.path.remove(str(path.resolve().parent))
    return module


def _line(error: BaseException, path: Path) -> str:
    """`, line 3`: where in the file it happened, if it happened there."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f", line {lines[-1]}" if lines else ""


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")
