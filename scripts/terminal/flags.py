"""Names of arguments as they are typed: what is said of `samples` in Python is said of `--samples` here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["as_typed"]

SAYS = r"(?=(\[[^\]]*\])* (must|has|is|are) )"
"""What follows the name of an argument in the messages of lingen."""


def as_typed(message: str, parameters: Iterable[Any]) -> str:
    """The same words; the argument that they begin with is called by its flag, or as the help calls it.

    Args:
        message: of a `ValueError`.
        parameters: those of the command, as typer has them.
    """
    known = {parameter.name: _typed(parameter) for parameter in parameters}
    found = re.match(rf"(\w+){SAYS}", message)
    if found is None or found[1] not in known:
        return message
    return known[found[1]] + message[found.end(1) :]


def _typed(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.human_readable_name).strip("[].").split()[0]
    return str(next((name for name in parameter.opts if name.startswith("--")), parameter.opts[0]))
