"""`plot`: a figure of whatever lingen gives: a sweep, a verdict, what was inferred, what is foretold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lingen.checks import shown
from lingen.claims.inference.sweeps import Finding
from lingen.claims.verdict import Verdict
from lingen.experiments.forecast import Forecast
from lingen.scripts.plots.collapse import collapse as draw_collapse
from lingen.scripts.plots.heat import heat as draw_heat
from lingen.scripts.plots.labels import on_axes
from lingen.scripts.plots.lines import lines
from lingen.scripts.plots.style import styled

__all__ = ["figure", "plot"]

Result = Verdict | Finding | Forecast


def plot(
    what: xr.Dataset | Result,
    x: str | None = None,
    hue: str | None = None,
    y: str | None = None,
    *,
    heat: Sequence[str] | None = None,
    collapse: Mapping[str, Any] | None = None,
    at: Mapping[str, Any] | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
    log_x: bool | None = None,
    log_y: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a sweep, a verdict, what was inferred from a sweep, or a forecast.

    A sweep is drawn as lines of theory and points with error bars, as a heat map over two axes, or collapsed
    by a critical point. Of a verdict the prediction and the draws are shown; of a finding the collapse, the
    power law or the curves; of a forecast convergence against the number of samples. Their `.plot()` is the
    whole figure, all panels.

    Args:
        what: of `lingen.sweep`, `lingen.check`, `lingen.infer` or `lingen.forecast`; or any dataset with
            `<y>` and `<y>_error`.
        x: the axis drawn along.
        hue: the axis of one curve a value.
        y: the observable.
        heat: two axes of a heat map, in place of `x` and `hue`.
        collapse: the JSON of `lingen infer` as a mapping, in place of `x` and `hue`.
        at: by axis, the value at which any other axis is fixed.
        within: by axis, the lowest and the highest value drawn.
        log_x: whether the horizontal axis is logarithmic; where its values are geometric if absent.
        log_y: whether that of the observable is.
        ax: where to draw, in its owner's style; new axes of pyplot if absent.

    Returns:
        The axes, to go on with: `ax.figure.savefig("figure.pdf")`.

    Raises:
        ValueError: naming the argument that cannot be, and what it may be.
    """
    given: dict[str, Any] = {
        "x": x,
        "hue": hue,
        "y": y,
        "heat": heat,
        "collapse": collapse,
        "at": at,
        "within": within,
    }
    given |= {"log_x": log_x, "log_y": log_y or None}
    if isinstance(what, xr.Dataset):
        return _sweep(what, given, ax)
    _known(what, "a dataset, ")
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"{name} must be with a dataset alone, got {shown(value)}")
    with on_axes(ax) as panel:
        _draw(what, panel)
    return panel


def _sweep(data: xr.Dataset, given: Mapping[str, Any], ax: Axes | None) -> Axes:
    """Lines, unless something else was asked for, which then takes none of what lines take."""
    others = [name for name in ("heat", "collapse") if given[name] is not None]
    if not others:
        kept = {name: given[name] for name in ("x", "hue", "y", "at", "within", "log_x")}
        return lines(data, **kept, log_y=bool(given["log_y"]), ax=ax)
    kind = others[0]
    taken = {"heat": ("y", "at", "within", "log_x"), "collapse": ("at",)}[kind]
    for name in given:
        if name not in (kind, *taken) and given[name] is not None:
            raise ValueError(f"{name} must be without {kind}, got {shown(given[name])}")
    kept = {name: given[name] for name in taken}
    return (draw_heat if kind == "heat" else draw_collapse)(data, given[kind], **kept, ax=ax)


def figure(what: Result) -> Figure:
    """The whole figure of a result, all panels, in its own style: what its `.plot()` gives.

    Raises:
        ValueError: if it is no result, or a verdict without evidence.
    """
    _known(what)
    from lingen.scripts.figures import data_figure, infer_figure, predict_figure
    from lingen.scripts.report.claim_figures import claim_figure

    match what:
        case Verdict():
            return claim_figure(what)
        case Finding():
            with styled():
                return infer_figure.draw(what)
        case Forecast():
            with rc_context(data_figure.STYLE):
                return predict_figure.draw(what)


def _known(what: Any, more: str = "") -> None:
    if not isinstance(what, Result):
        raise ValueError(f"what must be {more}a verdict, a finding or a forecast, got {shown(what)}")


def _draw(what: Result, panel: Axes) -> None:
    from lingen.scripts.figures import infer_figure, predict_figure
    from lingen.scripts.report.claim_figures import claim_axes

    match what:
        case Verdict():
            claim_axes(panel, what)
        case Finding():
            infer_figure.main_panel(panel, what)
        case Forecast():
            predict_figure.main_panel(panel, what)
