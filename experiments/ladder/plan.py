"""What a run of `lingen train` is, and what one rung of its ladder of n finds: kept on disk, read again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.random as jr
import numpy as np

from lingen.checks import integer, positive
from lingen.experiments.ladder.presets import Options, Preset
from lingen.files import replace_file
from lingen.models.images.data import ImageData
from lingen.models.networks.denoiser import Architecture
from lingen.sims.networks.order_parameters import Pair, Reference, reference

__all__ = ["Plan", "Rung", "keep", "recall", "with_settings"]

LATENTS = 8
LARGEST = (1 << 31) - 1
MODELS = ("flow", "way", "linear")


@dataclass(frozen=True)
class Plan:
    """All that decides the numbers of a run."""

    data: ImageData
    architecture: Architecture
    preset: Preset
    samples: tuple[int, ...]
    seed: int
    folder: Path
    devices: tuple[jax.Device, ...] | None = None
    """Where to train; everywhere on this machine when absent."""
    taps: int | None = None
    """Pixels along a side of the linear convolution beside the networks; none when absent."""

    @property
    def key(self) -> Any:
        """Key of everything random."""
        return jr.key(self.seed)

    @property
    def mean(self) -> np.ndarray:
        """The mean image as the networks see it, shape (d,)."""
        return self.data.mean + self.preset.level

    @property
    def latents(self) -> int:
        """How many leading latents of the data are followed."""
        alive = np.count_nonzero(self.data.spectrum)
        return min(LATENTS, int(alive), self.preset.images)

    @cached_property
    def reference(self) -> Reference:
        """What generated images are compared with."""
        return reference(self.data.vectors, self.latents)

    def facts(self, samples: int) -> dict[str, Any]:
        """What a checkpoint must have been made with to be used here."""
        kind = type(self.architecture).__name__.removesuffix("Architecture")
        return {
            "architecture": {"kind": kind} | _lasting(self.architecture),
            "settings": asdict(self.preset.settings) | {"level": self.preset.level},
            "data": {"name": self.data.name, "images": self.data.samples, "shape": list(self.data.shape)}
            | ({} if self.data.together is None else {"groups": self.data.families}),
            "ensemble": {"n": samples, "seeds": self.preset.seeds, "seed": self.seed},
        }


class Rung(NamedTuple):
    """One n: the order parameters of every seed that was trained to the end."""

    samples: int
    flow: list[Pair]
    """Networks, probability-flow sampler."""
    way: list[Pair]
    """Networks, stochastic sampler."""
    linear: list[Pair]
    """The linear model of the same halves, from the same starts."""
    loss: list[float]
    """Training loss of each network at the end."""
    lost: list[str]
    """A line for each network whose loss stopped being a number, or whose images are none."""
    shown: np.ndarray
    """Images of two networks from the same seeds and the closest training image of each, (k, 4, d)."""


def keep(plan: Plan, rung: Rung) -> None:
    """Write what a rung found, with the settings that it was found with."""
    pairs = {name: [_numbers(p) for p in getattr(rung, name)] for name in MODELS}
    words = {"samples": rung.samples, "loss": rung.loss, "lost": rung.lost, "shown": rung.shown.tolist()}
    text = json.dumps({"facts": _facts(plan, rung.samples)} | words | pairs, allow_nan=False)
    replace_file(_path(plan, rung.samples), text)


def recall(plan: Plan, samples: int) -> Rung | None:
    """A rung that was found before with the same settings."""
    try:
        found = json.loads(_path(plan, samples).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.pop("facts", None) != _facts(plan, samples):
        return None
    if any(set(p) != set(Pair._fields) for name in MODELS for p in found[name]):
        return None  # kept by a version that measured less
    pairs = {
        name: [Pair(**p)._replace(recovery=np.array(p["recovery"])) for p in found[name]] for name in MODELS
    }
    return Rung(**(found | pairs | {"shown": np.array(found["shown"])}))


def with_settings(preset: Preset, **changes: Any) -> Preset:
    """The preset with what was asked for on the command line."""
    asked = {k: v for k, v in changes.items() if v is not None}
    if "sigma_max" in asked:
        preset = _from(preset, asked.pop("sigma_max"))
    for name in ("seeds", "steps", "kernels", "images"):
        if name in asked:
            integer(f"--{name}", asked[name], low=1, high=LARGEST)
    if "rate" in asked:
        positive("--rate", asked["rate"])
    inner = {k: asked.pop(k) for k in ("steps", "rate", "batch") if k in asked}
    return replace(preset, settings=replace(preset.settings, **inner), **asked)


def _from(preset: Preset, start: float) -> Preset:
    """The preset with this largest noise, in training and in both samplers, whose steps keep their ratio."""
    end = max(float(options["sigma_min"]) for options in (preset.flow, preset.way))
    if not np.isfinite(start) or start <= end:
        raise ValueError(f"--sigma-max must be above {end:g} and finite, got {start:g}")

    def further(options: Options) -> Options:
        low = options["sigma_min"]
        steps = options["steps"] * np.log(start / low) / np.log(options["sigma_max"] / low)
        return options | {"sigma_max": start, "steps": int(np.ceil(steps))}

    settings = replace(preset.settings, sigma_max=start)
    return replace(preset, settings=settings, flow=further(preset.flow), way=further(preset.way))


def _path(plan: Plan, samples: int) -> Path:
    return plan.folder / f"n_{samples}.json"


def _facts(plan: Plan, samples: int) -> dict[str, Any]:
    """Those of the checkpoint, and how it was sampled, as JSON gives them back."""
    own = {"images": plan.preset.images, "flow": plan.preset.flow, "way": plan.preset.way}
    return json.loads(json.dumps(plan.facts(samples) | own, allow_nan=False))


def _numbers(pair: Pair) -> dict[str, Any]:
    return {name: np.asarray(value).tolist() for name, value in pair._asdict().items()}


def _lasting(architecture: Architecture) -> dict[str, Any]:
    """Its numbers as checkpoints hold them, which know no first layer but the linear one."""
    return {
        name: value
        for name, value in asdict(architecture).items()
        if (name, value) != ("first_layer", "linear")
    }
