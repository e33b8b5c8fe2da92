"""Claims from a user's own Python file: every `Claim`, or list, tuple or dict of them, at its top level."""

from __future__ import annotations

import difflib
import importlib.util
import sys
import traceback
from collections import Counter
from pathlib import Path
from types import ModuleType

from lingen.boundary import checked
from lingen.claims.claim import Claim

__all__ = ["load_claims"]


@checked
def load_claims(path: str | Path) -> list[Claim]:
    """The claims a file defines, in its order; `FILE.py::name` gives the one of that name.

    The file is run under a private name; while it runs, modules of its own folder can be imported.

    Raises:
        ValueError: if there is no such file, it does not run, it holds no claim, two of one name, or none of the
            name asked for.
    """
    place, _, wanted = str(path).partition("::")
    path = Path(place)
    if not path.is_file():
        raise ValueError(f"claims file must be a Python file, got {path}, which {_what_is(path)}")
    claims = _claims(_run(path))
    if not claims:
        raise ValueError(f"{path} holds no claim: write `CLAIM = Claim(...)` at its top level")
    twice = [name for name, count in Counter(claim.name for claim in claims).items() if count > 1]
    if twice:
        raise ValueError(f"{path} holds two claims called {twice[0]!r}")
    return [_named(wanted, claims, path)] if wanted else claims


def _named(name: str, claims: list[Claim], path: Path) -> Claim:
    for claim in claims:
        if claim.name == name:
            return claim
    known = ", ".join(claim.name for claim in claims)
    close = difflib.get_close_matches(name, [claim.name for claim in claims], n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"{path} must hold a claim called {name!r}, it has {known}{hint}")


def _what_is(path: Path) -> str:
    return "is a folder" if path.is_dir() else "does not exist"


def _run(path: Path) -> ModuleType:
    name = f"_lingen_claims_{abs(hash(path.resolve())):x}"
    spec = importlib.util.spec_from_loader(name, loader=None, origin=str(path))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(path)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
    except SyntaxError as error:
        raise ValueError(
            f"{error.filename or path}, line {error.lineno}: syntax error: {error.msg}"
        ) from error
    except (Exception, SystemExit) as error:
        raise ValueError(
            f"{path}{_line(error, path)}: {type(error).__name__}: {_first_line(error)}"
        ) from error
    finally:
        del sys.modules[name]
        sys.path.remove(str(path.resolve().parent))
    return module


def _line(error: BaseException, path: Path) -> str:
    """`, line 3`: where in the file it happened, if it happened there."""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return f", line {lines[-1]}" if lines else ""


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")


def _claims(module: ModuleType) -> list[Claim]:
    found: dict[int, Claim] = {}
    for value in vars(module).values():
        several = value.values() if isinstance(value, dict) else value
        for item in several if isinstance(value, list | tuple | dict) else [value]:
            if isinstance(item, Claim):
                found[id(item)] = item
    return list(found.values())
