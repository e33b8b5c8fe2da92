"""A ladder of `lingen train` as it is climbed: numbers on disk after every rung, then the figure."""

from __future__ import annotations

import json
import time
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingen.checks import positive

if TYPE_CHECKING:
    from rich.console import Console

    from lingen.experiments.ladder.lines import Theory
    from lingen.experiments.ladder.plan import Plan, Rung

__all__ = ["Ladder", "redraw"]


class _OutOfTimeError(Exception):
    """The seconds that were given are over."""


class Ladder:
    """One run: what is trained, and where its numbers go."""

    def __init__(self, plan: Plan, preset: str, folder: Path):
        self.plan, self.preset, self.folder = plan, preset, folder

    def climb(
        self, from_torch: Path | None, console: Console, quiet: bool, seconds: float | None
    ) -> list[Rung]:
        """All rungs, up to the first on which every pair has a lost network or the end of the time."""
        from lingen.experiments.ladder.torch_runs import rungs

        if seconds is not None:
            positive("--seconds", seconds)
        if from_torch is not None:
            return rungs(self.plan, from_torch, lambda n: None if quiet else console.print(f"n = {n:,}"))
        return self._trained(console, quiet, seconds)

    def _trained(self, console: Console, quiet: bool, seconds: float | None) -> list[Rung]:
        from lingen.experiments.ladder.run import run_rung
        from lingen.scripts.terminal.train_progress import TrainProgress

        plan, done, began = self.plan, [], time.monotonic()
        chosen = plan.samples if seconds is None else _ends_first(plan.samples)
        with TrainProgress(console, chosen, plan.preset.settings.steps, quiet) as screen:

            def tell(step: int, loss: float) -> None:
                screen.tell(step, loss)
                if seconds is not None and time.monotonic() - began > seconds:
                    raise _OutOfTimeError

            for n in chosen:
                screen.start(n)
                try:
                    done.append(run_rung(plan, n, tell))
                except _OutOfTimeError:
                    screen.display.say(f"--seconds are over at n = {n:,}: the same command goes on")
                    break
                screen.done(done[-1])
                done.sort(key=lambda rung: rung.samples)
                self.keep(done)
                if any(rung.lost and not rung.flow for rung in done):
                    break
        if not done:
            raise ValueError(f"--seconds must be enough for one number of samples, got {seconds:g}")
        return done

    def keep(self, rungs: list[Rung]) -> dict[str, Any]:
        """Write what was measured so far; returns it."""
        from lingen.experiments.ladder.record import as_dict
        from lingen.files import replace_file
        from lingen.words import json_text

        found = as_dict(self.plan, rungs, self.preset, self._ceiling, self.theory(rungs))
        replace_file(self.folder / "train.json", json_text(found))
        return found

    def draw(self, rungs: list[Rung]) -> dict[str, Path]:
        """Write numbers and figure; returns their paths."""
        found = self.keep(rungs)
        files = {"json": self.folder / "train.json"}
        return files | ({"figure": _figure(found, self.folder / "train")} if found["pictures"] else {})

    def theory(self, rungs: list[Rung]) -> Theory:
        """The lines beside these rungs."""
        if self.plan.samples:
            return self._theory
        from lingen.experiments.ladder.lines import theory

        return theory(self.plan, [rung.samples for rung in rungs])

    @cached_property
    def _theory(self) -> Theory:
        from lingen.experiments.ladder.lines import theory

        return theory(self.plan, self.plan.samples)

    @cached_property
    def _ceiling(self) -> Any:
        from lingen.sims.networks.order_parameters import ceiling

        plan = self.plan
        return ceiling(plan.data.vectors, plan.reference.latents, plan.preset.images)


def redraw(path: Path) -> Path:
    """The figure of a `train.json`, drawn again beside it.

    Raises:
        ValueError: if there is no such file, or it holds less than a figure shows.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
        return _figure(found, path.with_suffix(""))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise ValueError(
            f"DATA must be the train.json of `lingen train` for --figure-only, got {str(path)!r}: {reason}"
        ) from None


def _figure(found: dict[str, Any], stem: Path) -> Path:
    """Write the figure; returns the file to look at."""
    from lingen.scripts.figures.data_figure import save
    from lingen.scripts.figures.train_figure import draw

    save(partial(draw, found), stem)
    return stem.with_suffix(".png")


def _ends_first(samples: tuple[int, ...]) -> tuple[int, ...]:
    """Both ends, then what halves the gaps: a ladder that is cut is whole, but coarse."""
    last = len(samples) - 1
    order, gaps = [0, last], [(0, last)]
    while gaps:
        low, high = gaps.pop(0)
        middle = (low + high) // 2
        if low < middle:
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return tuple(samples[i] for i in dict.fromkeys(order))
