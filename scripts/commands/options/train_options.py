"""The options of `lingen train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lingen.scripts.commands.options.words import LayerName, LinearName, NetworkName, PresetName

__all__ = [
    "AsJson", "FigureOnly", "FirstLayer", "FromTorch", "Images", "Kernels", "Linear", "Network", "Out",
    "Preset", "Quiet", "Rate", "ReceptiveField", "Samples", "Seconds", "Seed", "Seeds", "SigmaMax", "Steps",
]  # fmt: skip

Preset = Annotated[
    PresetName,
    typer.Option(
        help="tiny (two cores, minutes), compact (two cores, an hour), medium (a GPU, minutes), "
        "small (a GPU, hours), full (GPUs, days)."
    ),
]
Samples = Annotated[str, typer.Option(help="The ladder of n, such as 1,8,64,512.")]
Seeds = Annotated[
    int | None, typer.Option(help="Repetitions: weights, halves, noise anew.", show_default=False)
]
Steps = Annotated[int | None, typer.Option(help="Training steps.", show_default=False)]
Rate = Annotated[float | None, typer.Option(help="Learning rate.", show_default=False)]
SigmaMax = Annotated[
    float | None,
    typer.Option(
        help="Largest noise, in training and where samplers start; their steps grow with it.",
        show_default=False,
    ),
]
Network = Annotated[NetworkName, typer.Option(help="The architecture: unet or cnn.")]
Kernels = Annotated[int | None, typer.Option(help="Channels inside.", show_default=False)]
Images = Annotated[int | None, typer.Option(help="Generated images a network.", show_default=False)]
FromTorch = Annotated[
    Path | None,
    typer.Option(
        help="Train nothing: read <range>_set_size_<n>[_swapped]/ with weights as .safetensors or .npz.",
        show_default=False,
    ),
]
FirstLayer = Annotated[
    LayerName | None,
    typer.Option(
        help="What follows the first convolution of a flat network of --from-torch; "
        "its weights do not tell. linear (when absent, and said) or relu.",
        show_default=False,
    ),
]
Linear = Annotated[
    LinearName,
    typer.Option(help="Linear theory beside the networks: dense, or convolutional as well."),
]
ReceptiveField = Annotated[
    int | None,
    typer.Option(
        help="Pixels along a side that this convolution sees: odd, or all. The network's if absent.",
        show_default=False,
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(
        help="Stop after so many seconds, the ends of the ladder first; the same command goes on.",
        show_default=False,
    ),
]
FigureOnly = Annotated[
    bool,
    typer.Option(
        "--figure-only", help="Draw again the figure of DATA, the train.json of an earlier run, beside it."
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Out = Annotated[
    Path,
    typer.Option("--out", "--report", help="Output folder: figure, numbers and checkpoints."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the numbers as JSON, nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
