"""Words that options choose among, so that `--help` lists them and shells complete them."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "BudgetName",
    "FormatName",
    "LawName",
    "LayerName",
    "LinearName",
    "NetworkName",
    "PresetName",
    "WidthName",
]

LawName = StrEnum("LawName", ["critical", "power", "transition"])
"""Of `lingen infer --model`."""
BudgetName = StrEnum("BudgetName", ["standard", "thorough"])
"""Of `lingen verify --budget`."""
PresetName = StrEnum("PresetName", ["tiny", "compact", "medium", "small", "full"])
"""Of `lingen train --preset`."""
NetworkName = StrEnum("NetworkName", ["unet", "cnn"])
"""Of `lingen train --network`."""
LinearName = StrEnum("LinearName", ["dense", "convolutional"])
"""Of `lingen train --linear`."""
LayerName = StrEnum("LayerName", ["linear", "relu"])
"""Of `lingen train --first-layer`."""
WidthName = StrEnum("WidthName", ["page", "column"])
"""Of `lingen figures --width`."""
FormatName = StrEnum("FormatName", ["text", "bibtex"])
"""Of `lingen cite --format`."""
