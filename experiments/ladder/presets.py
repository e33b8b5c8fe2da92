"""Presets of `lingen train`: how large a network, how long a training, which ladder of n."""

from __future__ import annotations

from dataclasses import dataclass, field

from lingen.checks import integer
from lingen.models.networks.denoiser import Architecture, CnnArchitecture
from lingen.models.networks.unet import UNetArchitecture
from lingen.sims.networks.training import Settings

__all__ = ["PRESETS", "Options", "Preset", "architecture", "ladder"]

Options = dict[str, float | int]


@dataclass(frozen=True)
class Preset:
    """What a run does unless told otherwise.

    Attributes:
        kernels: channels of the network at full resolution.
        blocks: how often a U-Net halves the resolution.
        layers: convolutions of a flat network.
        predicts: what the network puts out, see `Architecture`.
        samples: the ladder of n, cut to half the images.
        seeds: repetitions: weights, halves and noise anew.
        settings: how to train.
        chunk: training steps between two looks at the clock.
        images: generated images a network.
        level: a constant added to every pixel. A homogeneous network tells noise from image by
            their ratio: in few pixels only something that all images share shows the scale. In 80×80 pixels
            none is needed.
        flow: options of the probability-flow sampler.
        way: options of the stochastic sampler.
    """

    kernels: int
    blocks: int
    layers: int
    samples: tuple[int, ...]
    seeds: int
    settings: Settings
    chunk: int
    images: int
    predicts: str = "image"
    level: float = 0.0
    flow: Options = field(default_factory=dict)
    way: Options = field(default_factory=dict)


DECADES = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000)

PRESETS = {
    "tiny": Preset(
        kernels=16, blocks=3, layers=8, samples=(1, 8, 64, 256, 850), seeds=3,
        settings=Settings(steps=2000, batch=16, rate=3e-3), chunk=500, images=512, level=1.0,
        flow={"sigma_max": 1.0, "sigma_min": 0.02, "steps": 16},
        way={"sigma_max": 1.0, "sigma_min": 0.02, "steps": 48, "step_size": 0.1, "noise": 0.3},
    ),
    "compact": Preset(
        kernels=24, blocks=1, layers=4, samples=DECADES, seeds=2,
        settings=Settings(steps=2000, batch=32, rate=3e-3), chunk=250, images=512, level=1.0,
        flow={"sigma_max": 1.0, "sigma_min": 0.02, "steps": 24},
        way={"sigma_max": 1.0, "sigma_min": 0.02, "steps": 48, "step_size": 0.1, "noise": 0.3},
    ),
    "small": Preset(
        kernels=32, blocks=3, layers=12, samples=(1, 3, 10, 30, 100, 300, 900, 3000), seeds=4,
        settings=Settings(steps=30_000, batch=32, rate=3e-3), chunk=500, images=2048, level=1.0,
        flow={"sigma_max": 1.0, "sigma_min": 0.01, "steps": 32},
        way={"sigma_max": 1.0, "sigma_min": 0.01, "steps": 128, "step_size": 0.05, "noise": 0.2},
    ),
    "medium": Preset(
        kernels=32, blocks=2, layers=10, samples=DECADES, seeds=2,
        settings=Settings(steps=4000, batch=64, rate=3e-3), chunk=250, images=1024, level=1.0,
        flow={"sigma_max": 1.0, "sigma_min": 0.02, "steps": 24},
        way={"sigma_max": 1.0, "sigma_min": 0.02, "steps": 64, "step_size": 0.1, "noise": 0.3},
    ),
    "full": Preset(
        kernels=64, blocks=3, layers=20, samples=(1, 10, 100, 1000, 10_000, 100_000), seeds=2,
        settings=Settings(steps=500_000, batch=512, rate=1e-3), chunk=500, images=1024, predicts="noise",
        flow={"sigma_max": 1.0, "sigma_min": 0.01, "steps": 64},
        way={"sigma_max": 1.0, "sigma_min": 0.01, "steps": 1000, "step_size": 0.01, "noise": 0.1},
    ),
}  # fmt: skip
"""`tiny`: two cores, minutes, 8×8. `compact`: two cores, an hour, 14×14.
`medium`: one GPU, minutes, 28×28. `small`: one GPU, hours. `full`: GPUs, days: 80×80 as published."""


def architecture(preset: Preset, network: str, shape: tuple[int, ...]) -> Architecture:
    """The network of a preset for images of this shape.

    Raises:
        ValueError: if the images do not fit, or `network` is not unet or cnn.
    """
    channels = shape[2] if len(shape) == 3 else 1
    if network == "unet":
        found: Architecture = UNetArchitecture(channels, preset.kernels, preset.predicts, preset.blocks)
    elif network == "cnn":
        found = CnnArchitecture(channels, preset.kernels, preset.predicts, preset.layers)
    else:
        raise ValueError(f"network must be unet or cnn, got {network!r}")
    found.check(shape)
    return found


def ladder(half: int, preset: Preset, asked: list[int] | None) -> list[int]:
    """The numbers of training images, each half of the data holding the largest.

    Args:
        half: how many images each half holds.
        preset: whose ladder it is.
        asked: the numbers that were asked for.

    Raises:
        ValueError: if one that was asked for exceeds a half, or no ladder is left.
    """
    if asked is not None:
        return sorted({integer("samples", n, low=1, high=half) for n in asked})
    listed = [n for n in preset.samples if n <= half]
    if len(listed) < len(preset.samples) and half > listed[-1]:
        listed.append(half)
    if len(listed) < 2:
        raise ValueError(f"data must hold enough images for two halves of 2 and more, got halves of {half}")
    return listed
