"""Names that load what they need when they are used (as SPEC 1 of scientific Python has it)."""

from __future__ import annotations

import os
from importlib import import_module

TYPE_CHECKING = False  # as that of typing, which takes longer to import than all this
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["module", "names", "rooms"]


class LazyModule:
    """A module by its name, imported when something of it is first asked for."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)

    def __repr__(self) -> str:
        return f"LazyModule({self._name!r})"


def module(name: str) -> Any:
    """The module of this name, for what takes long to import and is seldom used."""
    return LazyModule(name)


def names(package: str, where: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose names live elsewhere.

    Args:
        package: its name.
        where: `module:name` of each, or the module that it is.
    """

    def get(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, attribute = where[name].partition(":")
        found = import_module(module)
        return getattr(found, attribute) if attribute else found

    return get, lambda: sorted(where)


def rooms(package: str, path: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose modules are loaded when they are used."""
    known = sorted(
        item.removesuffix(".py")
        for item in os.listdir(path)
        if not item.startswith(("_", "."))
        and (item.endswith(".py") or os.path.isfile(os.path.join(path, item, "__init__.py")))
    )

    def get(name: str) -> Any:
        if name not in known:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return import_module(f"{package}.{name}")

    return get, lambda: known
