"""Words that options choose among, so that `--help` lists them and shells complete them."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["BudgetName", "LawName", "LayerName", "NetworkName", "PresetName", "WidthName"]


class LawName(StrEnum):
    """Of `lingen infer --model`."""

    critical = "critical"
    power = "power"
    transition = "transition"


class BudgetName(StrEnum):
    """Of `lingen verify --budget`."""

    standard = "standard"
    thorough = "thorough"


class PresetName(StrEnum):
    """Of `lingen train --preset`."""

    tiny = "tiny"
    small = "small"
    full = "full"


class NetworkName(StrEnum):
    """Of `lingen train --network`."""

    unet = "unet"
    cnn = "cnn"


class LayerName(StrEnum):
    """Of `lingen train --first-layer`."""

    linear = "linear"
    relu = "relu"


class WidthName(StrEnum):
    """Of `lingen figures --width`."""

    page = "page"
    column = "column"
