"""What the spectrum of a data set predicts against the number of samples n, and what its splits measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lingen.boundary import checked
from lingen.checks import integer, shown
from lingen.experiments.extrapolation import LEAST
from lingen.experiments.from_data.checks import Check, half_of
from lingen.experiments.from_data.curves import Curve, predict_at
from lingen.experiments.from_data.gains import check_gains
from lingen.experiments.from_data.result import Forecast
from lingen.experiments.from_data.stages import stages
from lingen.experiments.from_data.targets import Targets, targets
from lingen.models import filters
from lingen.models.filters import Filter
from lingen.models.images.data import ImageData, from_array, load
from lingen.models.images.rows import Tell, silent
from lingen.sims.engine.layout import light_blas
from lingen.watching import shown_bar, timed

__all__ = ["Check", "Curve", "Forecast", "forecast", "growing", "predict_at", "sizes"]


@checked
def forecast(
    data: Any,
    filter: Filter | str = "gaussian",
    samples: Sequence[int] | None = None,
    seed: int = 0,
    draws: int = 16,
    progress: Callable[[int, int], None] | None = None,
    devices: Sequence[jax.Device] | None = None,
    *,
    groups: Sequence[Any] | np.ndarray | None = None,
    until: str | Mapping[str, float] | Targets | None = None,
) -> Forecast:
    """Predict how models trained on n samples converge, find latents and memorise, from any data.

    The population is the covariance spectrum of all N samples; q, the eigenvectors above their thresholds,
    the leakage of training points and W2²/tr Σ follow from it (Maillard & Goldt, arXiv 2605.21402). q is
    measured on disjoint splits wherever the data hold two of n, the samples of one source on one side.
    `answers` tells how many samples a level takes: what the splits on both sides of it support.

    Args:
        data: an array of shape (N, d), (N, h, w) or (N, h, w, channels); a file or folder as `lingen predict`
            reads it, or the name of a set that ships ("digits"); or a set of `models.images.data.load`.
        filter: the model, by itself or as on the command line: "gaussian", "ridge:0.1", ...
        samples: numbers of samples of the table; powers of two from d/16 to beyond 16 d and N when absent.
        seed: seed of the splits.
        draws: random splits for each number of samples; fewer where they would take long.
        progress: called with (steps done, steps in all); a bar on terminals and in notebooks if absent.
        devices: where to draw; all if absent.
        groups: of an array, N labels: samples of one label are one source.
        until: the levels that are asked for, "q=0.95,leak=1.05,latents=20" or a mapping of these names; those
            not given stay at q = 0.95, leak = 1.05 and the first, half and 90 % of the latents.

    Raises:
        ValueError: if the data cannot be used, a number of samples, level, seed or draws are out of range, or
            the gains of the filter on these data are beyond double precision.
    """
    more: dict[str, Any] = {"groups": groups, "until": until}
    if progress is not None:
        return _last(growing(data, filter, samples, seed, draws, progress, devices, **more))
    with shown_bar("forecast") as bar:

        def tell(done: int, of: int) -> None:
            bar(done / of, "")

        first = timed(lambda share, words: bar(0.0, words))
        return _last(growing(data, filter, samples, seed, draws, tell, devices, **more, tell=first))


@checked
def growing(
    data: Any,
    filter: Filter | str = "gaussian",
    samples: Sequence[int] | None = None,
    seed: int = 0,
    draws: int = 16,
    progress: Callable[[int, int], None] = lambda done, of: None,
    devices: Sequence[jax.Device] | None = None,
    *,
    groups: Sequence[Any] | np.ndarray | None = None,
    until: str | Mapping[str, float] | Targets | None = None,
    tell: Tell = silent,
) -> Iterator[Forecast]:
    """The same as `forecast`, step by step: without splits, then with one more of them each time.

    `tell` hears how much of the covariance is done, which comes before all steps.
    """
    asked = targets(until)
    given = repr(filter) if isinstance(filter, str) else filter.name
    data, filter = _data(data, groups), filters.parse(filter) if isinstance(filter, str) else filter
    listed = sizes(data) if samples is None else sorted({integer("samples", n, low=1) for n in samples})
    if data.samples < 3:
        raise ValueError(f"data must hold at least three different samples, got {data.samples}")
    draws, seed = integer("draws", draws, low=2), integer("seed", seed, low=0, high=(1 << 63) - 1)
    with light_blas(data.dim):
        if data.samples >= LEAST:
            data.parts(seed, tell)  # once, also where the seed is not that of `spectrum`
        check_gains(filter, data.spectrum, given)
    return stages(data, filter, listed, asked, seed, draws, progress, devices)


def _last(steps: Iterator[Forecast]) -> Forecast:
    *_, result = steps
    return result


def _data(data: Any, groups: Any) -> ImageData:
    if isinstance(data, ImageData):
        if groups is not None:
            raise ValueError("groups must come with an array, got a data set that has its own")
        return data
    if isinstance(data, str | Path):
        if groups is not None:
            raise ValueError(f"groups must come with an array, got the file {str(data)!r}")
        return load(data)
    try:
        array = None if not hasattr(data, "__len__") else np.asarray(data)
    except ValueError:
        array = None
    if array is None:
        raise ValueError(f"data must be an array, a file or image data, got {shown(data)}")
    return from_array(array, "data", groups=groups)


def sizes(data: ImageData) -> list[int]:
    """The numbers of samples of the table: powers of two from d/16 to beyond 16d and N; the largest split."""
    low = max(2, data.dim // 16)
    high = max(16 * data.dim, 2 * data.samples)
    powers = 2 ** np.arange(int(np.log2(low)), int(np.ceil(np.log2(high))) + 1)
    return sorted({int(n) for n in powers if n >= 2} | {half_of(data)} - {0})
