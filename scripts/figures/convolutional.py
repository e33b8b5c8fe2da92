"""Figure `convolutional`: what convolutional models of one image law converge with, and what they recover.

Its points are computed on demand alone: five models of the same images, and four ways to look for a latent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax.random as jr
import numpy as np
import xarray as xr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Key
from matplotlib.axes import Axes

from lingen.models import population
from lingen.models.images import stationary
from lingen.scripts.figures.points import Need, Points
from lingen.scripts.figures.registry import Plot
from lingen.scripts.plots.marks import colour, dots, log_loads
from lingen.sims import convolutional as convolutional_sim
from lingen.sims import equivariant as equivariant_sim
from lingen.sims import local_denoisers as local_sim
from lingen.sims.convolution.latents import localised_sampler
from lingen.sims.engine.averages import mean_and_error
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.krylov import extremes
from lingen.theory import convolutional, equivariant, local_denoisers, recovery

__all__ = ["PLOTS"]

DIM, TAPS, CELL, RHO, NOISE = 256, 17, 64, 0.6, 0.3
"""Of the first panel: pixels on a ring, taps of windows, pixels of a cell, c(j) = ρ^|j|, noise variance."""
RING, THETA, WINDOWS = 1024, 4.0, (65, 33)
"""Of the second: pixels, strength of the latent, and the windows that look for a stationary one."""
LINE = np.geomspace(1, 3000, 40)
MODELS = {
    "dense": rf"dense, $n/d$, $d={DIM}$",
    "cells": rf"equivariant, $n/w$, $w={CELL}$",
    "local": rf"local, $n/r$, $r={TAPS}$",
    "all_taps": r"convolutional, $r=d$, $n$",
    "taps": rf"convolutional, $nd/r$, $r={TAPS}$",
}
"""Models in the order of their loads, with what each has for one."""


def _draws(sampler: Partial, key: Key[Array, ""], draws: int) -> tuple[float, float]:
    """1 − q as a ratio of means, with its standard error."""
    found = ensemble(sampler, key, draws)
    moved, energy = np.asarray(found.disagreement), np.asarray(found.energy)
    ratio = moved.mean() / energy.mean()
    spread = np.std(moved - ratio * energy, ddof=1) / energy.mean()
    return float(ratio), float(spread / np.sqrt(draws))


def _model(name: str, samples: int) -> Partial:
    power = stationary.markov(RHO, DIM)
    if name == "local":
        return local_sim.sampler(power, samples, TAPS, NOISE)
    if name in ("taps", "all_taps"):
        return convolutional_sim.sampler(power, samples, TAPS if name == "taps" else None, NOISE)
    return equivariant_sim.stationary_sampler(power, samples, DIM if name == "dense" else CELL, NOISE)


def _converging(grid: Mapping[str, Any], draws: int, seed: int) -> xr.Dataset:
    counts = [int(n) for n in grid["samples"]]
    keys = jr.split(jr.key(seed), len(MODELS) * len(counts)).reshape(len(MODELS), -1)
    data = {}
    for row, name in zip(keys, MODELS, strict=True):
        pairs = [_draws(_model(name, n), key, draws) for n, key in zip(counts, row, strict=True)]
        for which, values in zip(("", "_error"), zip(*pairs, strict=True), strict=True):
            data[name + which] = ("samples", np.asarray(values))
    return xr.Dataset(data, {"samples": counts})


def _raised() -> np.ndarray:
    power = np.ones(RING)
    power[[RING // 4, RING - RING // 4]] += THETA
    return power


def _finder(name: str, samples: int) -> Partial:
    if name == "localised":
        return localised_sampler(THETA, samples, RING)
    if name == "dense":
        return extremes.sampler(population.spiked([THETA]), RING, samples / RING)
    taps = None if name == "pair" else int(name.removeprefix("pair_"))
    return convolutional_sim.recovery_sampler(_raised(), samples, taps=taps)


FOUND = ("pair", *(f"pair_{taps}" for taps in WINDOWS), "localised", "dense")


def _recovering(grid: Mapping[str, Any], draws: int, seed: int) -> xr.Dataset:
    counts = [int(n) for n in grid["samples"]]
    keys = jr.split(jr.fold_in(jr.key(seed), 1), len(FOUND) * len(counts)).reshape(len(FOUND), -1)
    data: dict[str, Any] = {}
    for row, name in zip(keys, FOUND, strict=True):
        pairs = []
        for n, key in zip(counts, row, strict=True):
            found = ensemble(_finder(name, n), key, draws)
            values = found if name.startswith("pair") else found.recovery
            pairs.append(mean_and_error(np.asarray(values, float).reshape(draws)))
        for which, values in zip(("", "_error"), zip(*pairs, strict=True), strict=True):
            data[name + which] = ("samples", np.asarray(values, float))
    return xr.Dataset(data, {"samples": counts})


CONVERGING = Need(
    "convolutional", tuple(MODELS), ("samples",), {"samples": [1, 3, 10, 30, 100, 300, 1000]},
    run=_converging, share=0.5,
)  # fmt: skip
RECOVERING = Need(
    "convolutional", FOUND, ("samples",), {"samples": [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024]},
    run=_recovering, share=8.0,
)  # fmt: skip


def _predicted(name: str) -> np.ndarray:
    power = stationary.markov(RHO, DIM)
    predict = {
        "dense": partial(equivariant.stationary_disagreement, cell=DIM, noise=NOISE),
        "cells": partial(equivariant.stationary_disagreement, cell=CELL, noise=NOISE),
        "local": partial(local_denoisers.disagreement, taps=TAPS, noise=NOISE),
        "all_taps": partial(convolutional.disagreement, noise=NOISE),
        "taps": partial(convolutional.disagreement, taps=TAPS, noise=NOISE),
    }[name]
    return np.asarray(predict(power, LINE))


def _draw(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    models, latents = points
    for k, (name, words) in enumerate(MODELS.items()):
        line = _predicted(name)
        panels[0].plot(LINE, line, color=colour(k))
        dots(panels[0], models.along("samples"), *models.read(name), k)
        beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 6.5}
        panels[0].annotate(
            words, (LINE[-1], line[-1]), (3, 0), color=colour(k), annotation_clip=False, **beside
        )
    log_loads(panels[0], 0.85, LINE[-1], "images $n$")
    panels[0].set(yscale="log", ylabel="disagreement $1-q$", ylim=(5e-7, 1.4))
    _latents(panels[1], latents)
    return (
        f"(a) Two denoisers of disjoint images of one law (d = {DIM} pixels, c(j) = {RHO:g}^|j|, "
        f"s = {NOISE:g}), given the same noisy image: each model has a load of its own. (b) What is "
        f"recovered of a latent of strength θ = {THETA:g} in images of {RING:,} pixels. A stationary one, a "
        "raised pair of frequencies: the chance that it leads what is learnt, from "
        "log(d/2)/(θ − log(1+θ)) images on (dotted) with all taps, later with fewer (dashed: an estimate), "
        "although these converge sooner. A localised one: its squared overlap with what leads, none at any "
        "n for a convolutional model; a dense one finds it from n = d/θ² on."
    )


def _dense(samples: np.ndarray) -> np.ndarray:
    """Squared overlap with a localised latent of what leads a dense model, at each n."""
    return np.asarray(recovery.recovery(population.spiked([THETA]), samples / RING))[:, 0]


def _latents(panel: Axes, points: Points) -> None:
    counts, fine = points.along("samples"), np.geomspace(1, 1100, 160)
    few = np.geomspace(1, 1100, 20)  # each an integral over all frequencies
    threshold = float(convolutional.recovery_threshold(THETA, RING))
    half = float(convolutional.recovery(_raised(), threshold))
    panel.vlines(threshold, 0.0, half, color=colour(0), ls=":", lw=0.8)
    curves: dict[str, tuple[Any, str, str]] = {
        "pair": (
            np.interp(fine, few, np.asarray(convolutional.recovery(_raised(), few))),
            "-",
            "stationary, $r=d$",
        ),
        **{
            f"pair_{taps}": (convolutional.windowed_recovery(THETA, fine, RING, taps), "--", f"$r={taps}$")
            for taps in WINDOWS
        },
        "localised": (np.zeros(fine.size), "-", "localised, convolutional: never"),
        "dense": (_dense(fine), "-", "localised, dense"),
    }
    places = {"pair": (1.0, 0.95), "pair_65": (22.0, 0.69), "pair_33": (22.0, 0.61)}
    places |= {"localised": (2.9, 0.05), "dense": (48.0, 0.5)}
    for k, (name, (line, style, words)) in enumerate(curves.items()):
        panel.plot(fine, np.asarray(line), ls=style, color=colour(k))
        dots(panel, counts, *points.read(name), k)
        panel.text(*places[name], words, color=colour(k), fontsize=6.5)
    log_loads(panel, 0.85, 1200, "images $n$")
    panel.set(ylabel="recovered", ylim=(-0.04, 1.06))


PLOTS = (
    Plot("convolutional", "What convolutions converge with and recover", 2, (CONVERGING, RECOVERING), _draw),
)
