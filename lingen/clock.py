"""Time on the screen: how often a line is said where there is no live bar, and how long is left."""

from __future__ import annotations

__all__ = ["LINE_SECONDS", "clock", "left"]

LINE_SECONDS = 10.0


def clock(seconds: float) -> str:
    """A duration as 1:02:03 or, below an hour, 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def left(seconds: float, done: float, missing: float) -> str:
    """`3:20 left`, if what is missing goes on as what was done in these seconds; empty before any is."""
    return f"{clock(max(missing, 0.0) * seconds / done)} left" if done > 0 else ""
