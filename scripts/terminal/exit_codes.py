"""What a process of `lingen` ends with, where it is more than yes or no."""

from __future__ import annotations

__all__ = ["BAD_USAGE", "INTERRUPTED"]

BAD_USAGE = 2
"""The input was wrong: one line has said how."""
INTERRUPTED = 130
"""Stopped by the user; what was finished is kept. Shells give the same code to a command they interrupt."""
