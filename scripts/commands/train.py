"""`lingen train DATA`: convolutional denoisers on disjoint halves of a data set, along a ladder of n."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lingen.scripts.commands.options import train_options as options
from lingen.scripts.commands.options.data_options import DataOptions, check_seed, on_data, whole_numbers
from lingen.scripts.commands.options.words import LinearName, NetworkName, PresetName
from lingen.scripts.terminal.runtime import Devices

if TYPE_CHECKING:
    from rich.console import Console

    from lingen.experiments.ladder.lines import Theory
    from lingen.experiments.ladder.plan import Plan, Rung
    from lingen.experiments.ladder.presets import Preset
    from lingen.models.images.data import ImageData

__all__ = ["train"]

FILES = ("train.json", "train.png", "train.svg", "train.pdf")


@on_data
def train(
    chosen: DataOptions,
    preset: options.Preset = PresetName.tiny,
    samples: options.Samples = "",
    seeds: options.Seeds = None,
    steps: options.Steps = None,
    rate: options.Rate = None,
    sigma_max: options.SigmaMax = None,
    network: options.Network = NetworkName.unet,
    kernels: options.Kernels = None,
    images: options.Images = None,
    from_torch: options.FromTorch = None,
    first_layer: options.FirstLayer = None,
    linear: options.Linear = LinearName.dense,
    receptive_field: options.ReceptiveField = None,
    seconds: options.Seconds = None,
    figure_only: options.FigureOnly = False,
    seed: options.Seed = 0,
    out: options.Out = Path("report"),
    devices: Devices = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Train networks on disjoint halves of DATA; do they converge, memorise, find the latents?

    Started again, the same command goes on where it stopped. Exit code 0 when done or --seconds are over, 2
    for bad usage or a training that diverged (the others are kept and shown), 130 when interrupted.
    """
    if figure_only:
        return _redrawn(chosen.data)
    from lingen.scripts.terminal.runtime import prepare

    where = prepare(devices)
    from rich.console import Console

    from lingen.experiments.ladder import torch_runs as train_torch
    from lingen.experiments.ladder.plan import with_settings
    from lingen.experiments.ladder.presets import PRESETS
    from lingen.files import open_folder
    from lingen.scripts.terminal.train_ladder import Ladder

    settings = {"seeds": seeds, "steps": steps, "rate": rate, "kernels": kernels, "images": images}
    made = with_settings(PRESETS[preset.value], **settings, sigma_max=sigma_max)
    check_seed(seed)
    layer = first_layer and first_layer.value
    chosen = _as_trained(chosen, from_torch, layer)
    plan = _plan(chosen.load(), made, network.value, whole_numbers(samples), from_torch, layer)
    folder = open_folder("--out", out, FILES) / "train"
    plan = replace(plan, seed=seed, folder=folder, devices=where, taps=_taps(linear, receptive_field, plan))
    folder.mkdir(exist_ok=True)
    ladder = Ladder(plan, preset.value, out)
    rungs = ladder.climb(from_torch, Console(stderr=True), quiet, seconds)
    files = ladder.draw(rungs)
    if as_json:
        typer.echo(files["json"].read_text("utf-8"))
    else:
        assumed = train_torch.assumption(plan.architecture, layer) if from_torch else None
        _show(Console(), plan, rungs, files, assumed, ladder.theory(rungs))
    _lost(rungs, folder, trained=not from_torch)


def _redrawn(path: str) -> None:
    from lingen.scripts.terminal.train_ladder import redraw

    typer.echo(redraw(Path(path)))


def _as_trained(chosen: DataOptions, from_torch: Path | None, layer: str | None) -> DataOptions:
    """The data with its copies for networks from elsewhere, trained on the first n images as they are."""
    if from_torch:
        return chosen._replace(keep_copies=True)
    if layer is not None:
        raise ValueError(f"--first-layer must come with --from-torch, got {layer!r} alone")
    return chosen


def _plan(
    data: ImageData,
    preset: Preset,
    network: str,
    listed: list[int] | None,
    from_torch: Path | None,
    first_layer: str | None,
) -> Plan:
    """What is trained, or read from networks of elsewhere; the run's own settings are still to come."""
    from lingen.experiments.ladder import presets, torch_runs
    from lingen.experiments.ladder.plan import Plan

    if from_torch:  # these networks saw the images as they are
        form, ladder = torch_runs.architecture(from_torch, first_layer), []
        preset = replace(preset, level=0.0)
    else:
        form = presets.architecture(preset, network, data.shape)
        ladder = presets.ladder(_half(data), preset, listed)
    return Plan(data, form, preset, tuple(ladder), 0, Path(), None)


def _lost(rungs: list[Rung], folder: Path, trained: bool) -> None:
    """Raise `ValueError` if a training diverged, or a network makes images that are no numbers."""
    lost = [f"n = {rung.samples:,}, {line}" for rung in rungs for line in rung.lost]
    if lost:
        more = f", and {len(lost) - 1} more networks" if len(lost) > 1 else ""
        advice = "try a lower --rate or more --steps; " if trained else ""
        raise ValueError(f"{lost[0]}{more}: {advice}the other networks are kept in {folder}")


def _half(data: ImageData) -> int:
    from lingen.sims.dense import by_source

    return by_source.capacity(data.together, data.samples)


def _taps(linear: LinearName, asked: int | None, plan: Plan) -> int | None:
    """The receptive field of the linear convolution; None where dense theory stands alone."""
    from lingen.experiments.ladder.lines import receptive_field

    if linear is LinearName.dense:
        if asked is not None:
            raise ValueError(f"--receptive-field must come with --linear convolutional, got {asked} alone")
        return None
    return receptive_field(asked, plan.architecture, plan.data.shape)


def _show(
    console: Console,
    plan: Plan,
    rungs: list[Rung],
    files: dict[str, Any],
    assumed: str | None,
    theory: Theory,
) -> None:
    from rich.table import Table

    from lingen.experiments.ladder import cautions
    from lingen.experiments.ladder.record import sentences, table
    from lingen.scripts.terminal.tables import show_whole

    console.print(
        f"{plan.data.name}: N = {plan.data.samples:,}, d = {plan.data.dim}, {plan.architecture.words}",
        highlight=False,
        markup=False,
    )
    shown = Table(padding=(0, 1), collapse_padding=True)
    heads = ("n", "seeds", "q", "q stoch.", "q theory", "Q", "Q theory", "closest", "other half")
    for heading in heads:
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in table(rungs, theory):
        shown.add_row(*row)
    show_whole(console, shown)
    told = sentences(rungs, theory) + cautions.sampler(plan, rungs, theory)
    for line in ([assumed] if assumed else []) + told:
        console.print(line, highlight=False, markup=False)
    where = ", ".join(str(path) for path in files.values())
    console.print(where, highlight=False, markup=False, soft_wrap=True)
