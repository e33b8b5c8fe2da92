"""`lingen train DATA`: convolutional denoisers on disjoint halves of a data set, along a ladder of n."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingen.scripts.commands.data_options import (
    Colour,
    Data,
    Group,
    KeepCopies,
    Limit,
    Patch,
    Stride,
    check_seed,
    whole_numbers,
)
from lingen.scripts.terminal.runtime import Devices

if TYPE_CHECKING:
    from rich.console import Console

    from lingen.experiments.ladder.plan import Plan, Rung
    from lingen.models.images.data import ImageData

__all__ = ["train"]

NETWORK, RUN = "Network and training", "Run"
FILES = ("train.json", "train.png", "train.svg", "train.pdf")


def train(
    data: Data,
    preset: Annotated[
        str, typer.Option(help="tiny (two cores, minutes), small (a GPU, hours), full (GPUs, days).")
    ] = "tiny",
    samples: Annotated[str, typer.Option(help="The ladder of n, such as 1,8,64,512.")] = "",
    seeds: Annotated[
        int | None, typer.Option(help="Repetitions: weights, halves, noise anew.", show_default=False)
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Training steps.", show_default=False, rich_help_panel=NETWORK)
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Learning rate.", show_default=False, rich_help_panel=NETWORK)
    ] = None,
    network: Annotated[str, typer.Option(help="unet or cnn.", rich_help_panel=NETWORK)] = "unet",
    kernels: Annotated[
        int | None, typer.Option(help="Channels inside.", show_default=False, rich_help_panel=NETWORK)
    ] = None,
    images: Annotated[
        int | None, typer.Option(help="Generated images a network.", show_default=False)
    ] = None,
    from_torch: Annotated[
        Path | None,
        typer.Option(
            help="Train nothing: read <range>_set_size_<n>[_swapped]/ with weights as .safetensors or .npz.",
            show_default=False,
        ),
    ] = None,
    first_layer: Annotated[
        str | None,
        typer.Option(
            help="linear or relu: what follows the first convolution of a flat network of --from-torch; "
            "its weights do not tell. Linear when absent, and said.",
            show_default=False,
        ),
    ] = None,
    patch: Patch = None,
    stride: Stride = None,
    colour: Colour = False,
    limit: Limit = None,
    group: Group = None,
    keep_copies: KeepCopies = False,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    report: Annotated[
        Path, typer.Option(help="Folder of figure, numbers and checkpoints.", rich_help_panel=RUN)
    ] = Path("report"),
    devices: Devices = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the numbers as JSON, nothing else.", rich_help_panel=RUN)
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.", rich_help_panel=RUN)] = False,
) -> None:
    """Train networks on disjoint halves of DATA; do they converge, memorise, find the latents?

    Started again, the same command goes on where it stopped. Exit code 0 when the ladder is complete, 2 for
    bad usage or a training that diverged (the other networks are kept and shown), 130 when interrupted.
    """
    from lingen.scripts.terminal.runtime import prepare

    where = prepare(devices)
    from rich.console import Console

    from lingen.experiments.ladder import presets as train_presets
    from lingen.experiments.ladder import torch_runs as train_torch
    from lingen.experiments.ladder.plan import Plan, with_settings
    from lingen.files import open_folder
    from lingen.models.images import data as image_data

    if preset not in train_presets.PRESETS:
        raise ValueError(f"preset must be one of {', '.join(train_presets.PRESETS)}, got {preset!r}")
    chosen = with_settings(
        train_presets.PRESETS[preset], seeds=seeds, steps=steps, rate=rate, kernels=kernels, images=images
    )
    check_seed(seed)
    keep = (
        keep_copies or from_torch is not None
    )  # networks from elsewhere were trained on the first n as they are
    how: dict[str, Any] = {"grey": not colour, "limit": limit, "group": group, "keep_copies": keep}
    loaded = image_data.load(data, patch, stride, **how)
    if first_layer is not None and not from_torch:
        raise ValueError(f"--first-layer must come with --from-torch, got {first_layer!r} alone")
    if from_torch:
        form, ladder = train_torch.architecture(from_torch, first_layer), []
        chosen = replace(chosen, level=0.0)  # these networks saw the images as they are
    else:
        form = train_presets.architecture(chosen, network, loaded.shape)
        ladder = train_presets.ladder(_half(loaded), chosen, whole_numbers(samples))
    folder = open_folder("--report", report, FILES) / "train"
    plan = Plan(loaded, form, chosen, tuple(ladder), seed, folder, where)
    plan.folder.mkdir(exist_ok=True)
    rungs = _climb(plan, from_torch, Console(stderr=True), quiet)
    files = _write(plan, rungs, preset, report)
    assumed = train_torch.assumption(form, first_layer) if from_torch else None
    if as_json:
        typer.echo(files["json"].read_text())
    else:
        _show(Console(), plan, rungs, files, assumed)
    lost = [f"n = {rung.samples:,}, {line}" for rung in rungs for line in rung.lost]
    if lost:
        more = f", and {len(lost) - 1} more networks" if len(lost) > 1 else ""
        raise ValueError(f"{lost[0]}{more}: try a lower --rate; the other networks are kept in {plan.folder}")


def _half(data: ImageData) -> int:
    from lingen.sims.dense import by_source

    return by_source.capacity(data.together, data.samples)


def _climb(plan: Plan, from_torch: Path | None, console: Console, quiet: bool) -> list[Rung]:
    """All rungs of the ladder, up to the first on which a network is lost."""
    from lingen.experiments.ladder.run import run_rung
    from lingen.experiments.ladder.torch_runs import rungs
    from lingen.scripts.terminal.train_progress import TrainProgress

    if from_torch is not None:
        return rungs(plan, from_torch, lambda n: None if quiet else console.print(f"n = {n:,}"))
    done: list[Rung] = []
    with TrainProgress(console, plan.samples, plan.preset.settings.steps, quiet) as screen:
        for n in plan.samples:
            screen.start(n)
            done.append(run_rung(plan, n, screen.tell))
            screen.done(done[-1])
            if done[-1].lost:
                break
    return done


def _write(plan: Plan, rungs: list[Rung], preset: str, folder: Path) -> dict[str, Path]:
    from lingen.experiments.ladder.record import as_dict
    from lingen.files import replace_file
    from lingen.scripts.figures.data_figure import save
    from lingen.scripts.figures.train_figure import draw
    from lingen.sims.networks.order_parameters import ceiling, directions

    vectors = plan.data.vectors
    best = ceiling(vectors, directions(vectors, plan.latents), plan.preset.images)
    target = folder / "train.json"
    numbers = as_dict(plan, rungs, preset, best)
    replace_file(target, json.dumps(numbers, indent=1, allow_nan=False) + "\n")
    found = {"json": target}
    trained = [rung for rung in rungs if rung.flow]
    if trained:
        found["figure"] = save(partial(draw, plan, trained, best), folder / "train")
    return found


def _show(
    console: Console, plan: Plan, rungs: list[Rung], files: dict[str, Any], assumed: str | None
) -> None:
    from rich.console import Console
    from rich.table import Table

    from lingen.experiments.ladder.record import sentences, table

    console.print(
        f"{plan.data.name}: N = {plan.data.samples:,}, d = {plan.data.dim}, {plan.architecture.words}",
        highlight=False,
    )
    shown = Table(padding=(0, 1), collapse_padding=True)
    heads = ("n", "seeds", "q", "q stoch.", "q theory", "Q", "Q theory", "closest", "other half")
    for heading in heads:
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in table(rungs, plan):
        shown.add_row(*row)
    wide = console if console.is_terminal else Console(file=console.file, width=200)
    wide.print(shown)
    for line in ([assumed] if assumed else []) + sentences(plan, rungs):
        console.print(line, highlight=False)
    where = ", ".join(str(path) for path in files.values())
    console.print(where, highlight=False, soft_wrap=True)
