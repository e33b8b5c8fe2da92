"""How the size of a claim is called: in the sentences of a verdict, along a figure, in a message."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["NO_SIZE", "Size"]


class Size(NamedTuple):
    """The names of what grows towards the limit.

    Attributes:
        symbol: as in formulas; empty where a claim has no size.
        words: as along an axis.
        name: as in a point, and as its author wrote it.
    """

    symbol: str = "d"
    words: str = "dimension d"
    name: str = "dim"

    @property
    def field(self) -> str:
        """Where the values of it stand in a claim."""
        return "dims" if self == Size() else f"sizes[{self.name!r}]"

    def at(self, value: int | None) -> dict[str, int]:
        """This value of it, as part of a point; nothing where there is none."""
        return {} if value is None or not self.name else {self.name: value}


NO_SIZE = Size("", "", "")
"""Of a claim on what has none."""
