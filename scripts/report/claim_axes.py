"""The axes of a claim's figure: scales, ticks, and limits that show theory and draws whatever rivals do."""

from __future__ import annotations

from typing import Any

import numpy as np

from lingen.claims.verdict import Verdict
from lingen.scripts.report.claim_style import RIVAL_COLOURS, axis_words, plain
from lingen.scripts.report.curves import Series, ShownAxis
from lingen.scripts.report.formulas import to_text

__all__ = ["beyond", "dodged", "entries", "horizontal", "vertical"]


def horizontal(top: Any, bottom: Any, axis: ShownAxis) -> None:
    """The axis that both panels share, or that of the one at the bottom alone."""
    from matplotlib.ticker import NullFormatter, NullLocator, StrMethodFormatter

    values = axis.values
    bottom.set_xlabel(axis_words(axis.name))
    if axis.labels:
        short = [label if len(label) <= 22 else label.replace(", ", ",\n") for label in axis.labels]
        bottom.set_xticks(values, [plain(s) for s in short], rotation=30 if len(values) > 4 else 0)
        bottom.set_xlim(-0.6, len(values) - 0.4)
    elif axis.logarithmic:
        bottom.set_xscale("log")
        bottom.xaxis.set_minor_locator(NullLocator())
        bottom.xaxis.set_minor_formatter(NullFormatter())
        bottom.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        bottom.set_xticks(_thin(values))
    elif len(values) <= 7:
        bottom.set_xticks(values)
        bottom.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    if top is not None:
        top.tick_params(labelbottom=False)


def vertical(panel: Any, verdict: Verdict, series: list[Series]) -> None:
    """Scale the panel to theory and draws, with room for the rivals that are near."""
    panel.set_ylabel(plain(to_text(verdict.claim.label)))
    core = np.concatenate([s.read(f) for s in series for f in ("prediction", "estimate")])
    core = np.concatenate([core, *(np.ravel(e.means) for e in verdict.points)])
    rivals = np.array(
        [v for s in series for n in verdict.rivals if n in s.evidence[0].rivals for v in s.rival(n)]
    )
    shown = np.concatenate([core, rivals[np.isfinite(rivals)]]) if len(rivals) else core
    if core.min() > 0 and core.max() / core.min() > 30:
        near = shown[(shown > core.min() / 30) & (shown < core.max() * 30)]
        panel.set_yscale("log")
        panel.set_ylim(near.min() / 1.3, near.max() * 1.3)
        return
    span = max(np.ptp(core), 0.25 * np.abs(core).max(), 1e-300)
    low = max(shown.min(), core.min() - 1.2 * span)
    high = min(shown.max(), core.max() + 1.2 * span)
    room = 0.08 * max(high - low, span / 4)
    panel.set_ylim(low - room, high + room)


def beyond(panel: Any, verdict: Verdict, series: list[Series]) -> None:
    """An arrow at the rim wherever a rival lies outside what the panel shows."""
    low, high = panel.get_ylim()
    for k, name in enumerate(verdict.claim.rivals):
        look = {"color": RIVAL_COLOURS[k % len(RIVAL_COLOURS)], "ms": 8, "ls": "", "zorder": 5}
        for one in series:
            if not all(name in e.rivals for e in one.evidence):
                continue
            x, y = np.array(one.x), one.rival(name)
            deep = 0.05 + 0.09 * (k % 4)  # those of several rivals stand one below the other
            for outside, rim, marker in ((y > high, 1 - deep, "$↑$"), (y < low, deep, "$↓$")):
                if outside.any():
                    rims = np.full(np.count_nonzero(outside), rim)
                    panel.plot(x[outside], rims, marker=marker, transform=panel.get_xaxis_transform(), **look)


def entries(panel: Any, sizes: str) -> dict[str, Any]:
    """The legend of a panel: handles and labels, all finite sizes in one entry.

    Args:
        panel: what was drawn, with a label for each size.
        sizes: what the labels of the sizes begin with.
    """
    from matplotlib.legend_handler import HandlerTuple

    handles: list[Any] = []
    labels: list[str] = []
    for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
        if label.startswith(sizes) and labels and labels[-1].startswith(sizes):
            handles[-1] = (*handles[-1], handle)
            labels[-1] += f", {label.removeprefix(sizes)}"
        else:
            handles.append((handle,) if label.startswith(sizes) else handle)
            labels.append(label)
    return {"handles": handles, "labels": labels, "handler_map": {tuple: HandlerTuple(ndivide=None, pad=0.3)}}


def dodged(x: tuple[float, ...], axis: ShownAxis, k: int, series: int) -> list[float]:
    """Places moved a little, so that the bars of several series stand side by side."""
    shift = 0.03 * (k - (series - 1) / 2)
    if axis.labels:
        return [place + 4 * shift for place in x]
    if axis.logarithmic:
        return [place * (axis.values[-1] / axis.values[0]) ** (shift / 3) for place in x]
    return [place + shift / 3 * (axis.values[-1] - axis.values[0]) for place in x]


def _thin(values: tuple[float, ...]) -> tuple[float, ...]:
    """Ticks at the points, fewer where they would touch."""
    return values[:: max(1, len(values) // 7)]
