"""What `--help` says beside the options: the words of a command at any width, and an example."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["EXAMPLES", "TRUST", "shown", "told"]

EXAMPLES = {
    "list": "lingen list --section C power",
    "new": "lingen new my_theorem.py",
    "verify": "lingen verify leakage-blind my_theorem.py",
    "predict": "lingen predict digits --samples 16,64,256",
    "sweep": "lingen sweep recovery --load 0.5:2:16 --spike 1",
    "infer": "lingen infer q.zarr --observable recovery",
    "plot": "lingen plot q.zarr --x load --y recovery --out q.pdf",
    "figures": "lingen figures phase-diagram --width column",
    "train": "lingen train digits --samples 1,8,64,512 --steps 500",
    "explore": "lingen explore --from q.zarr --out explorer.html",
    "cite": "lingen cite recovery --format bibtex",
}
"""Of each command one line, which fits in 56 columns."""
TRUST = (
    "A FILE.py of claims or experiments is code, and runs as you: read what you did not write. "
    "SECURITY.md tells what else is trusted; lingen COMMAND --help has an example of each command."
)


def told(name: str, command: Callable[..., Any]) -> dict[str, Any]:
    """The help of a command: its docstring, whose first sentence is its line of the overview; an example."""
    whole = inspect.getdoc(command) or ""
    first = " ".join(whole.partition("\n\n")[0].split())
    return {"help": whole, "short_help": first, "epilog": f"Example:\n\n\b\n  {EXAMPLES[name]}"}


def shown(command: Any) -> Any:
    """The whole command line as its help shows it: no column of types, which words tell; no completion."""
    for one in (command, *getattr(command, "commands", {}).values()):
        for parameter in one.params:
            if parameter.param_type_name == "option":
                form = f"{parameter.metavar}: " if parameter.metavar else ""
                parameter.help, parameter.metavar = f"{form}{parameter.help}", ""
            if parameter.name in ("install_completion", "show_completion"):
                parameter.hidden = True
    return command
