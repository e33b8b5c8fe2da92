"""What a row of the benchmark is: one question, the contenders that answer it, and how right they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Judge = Callable[[str, dict[str, list[Any]], dict[str, Any], float], dict[str, float]]
"""From a contender's name, the results of all, the arguments and the median time: the accuracy column."""


@dataclass(frozen=True)
class Contender:
    """One way to do the work.

    Attributes:
        name: as the table shows it.
        work: "module:function", called with the arguments of the row.
        peer: whether it runs in the environment of the peers.
        share: the fraction of the work that is done; its time is divided by it.
        rounds: the most rounds it takes part in, for slow ones.
        once: run a single time, without a run for warm-up; compilation is still apart.
        extra: further arguments, or other values for those of the row.
        dim: the dimension, for the figure.
    """

    name: str
    work: str
    peer: bool = False
    share: float = 1.0
    rounds: int = 1000
    once: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    dim: int | None = None


@dataclass(frozen=True)
class Row:
    """One question.

    Attributes:
        name: for `--only`.
        title: what is computed, and its sizes.
        arguments: given to every contender; a function that makes them where that takes time.
        contenders: the first one is the reference of the ratios.
        judge: how right a contender is.
        accuracy: what the judge's numbers are.
        draws: whether each repetition is another draw: all results are kept, in the order of their number.
        rounds: of the alternation.
        quick: arguments that replace others under `--quick`.
        secret: names of arguments that are for the judge alone.
    """

    name: str
    title: str
    arguments: dict[str, Any] | Callable[[], dict[str, Any]]
    contenders: tuple[Contender, ...]
    judge: Judge
    accuracy: str
    draws: bool = False
    rounds: int = 7
    quick: dict[str, Any] = field(default_factory=dict)
    secret: tuple[str, ...] = ()
