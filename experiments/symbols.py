"""How the parameters of lingen's own topics are written; others by the attribute `symbol` of their axis."""

from __future__ import annotations

__all__ = ["SYMBOLS"]

SYMBOLS = {"load": "γ", "dim": "d", "spike": "θ", "exponent": "a", "ridge": "ρ", "noise": "s"}
