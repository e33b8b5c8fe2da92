"""The manifest of a store: which sweep it holds, of which source, begun with which versions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingen.experiments.experiment import Experiment
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.source import source_hash
from lingen.experiments.store.extension import extended
from lingen.files import replace_file
from lingen.words import json_text

__all__ = ["CELLS", "MANIFEST", "Manifest", "canonical", "recognise"]

MANIFEST, COPY, CELLS = ".sweep.json", ".sweep-copy.json", ".cells"
CELLS_NAME = re.compile(re.escape(CELLS) + r"(-[0-9a-f]+)?")


@dataclass
class Manifest:
    """What a store is.

    Attributes:
        sweep: the grid.
        provenance: versions and the like.
        cells: the folder of its cells.
        before: the smaller grid that it holds and is to be extended from.
        old_cells: the folder of the cells of that.
    """

    sweep: Sweep
    provenance: dict[str, Any]
    cells: str = CELLS
    before: Sweep | None = None
    old_cells: str = ""

    def write(self, path: Path) -> None:
        """Put it into the store, in one step."""
        told = {
            "config": self.sweep.config(),
            "provenance": self.provenance,
            "source": source_hash(self.sweep.experiment),
            "cells": self.cells,
        }
        for name in (COPY, MANIFEST):
            replace_file(path / name, json_text(told))


def recognise(
    path: Path,
    sweep: Sweep,
    provenance: Mapping[str, Any],
    extend: bool,
    changed: bool,
    notes: list[str],
) -> Manifest:
    """The manifest of this store, new or found.

    Raises:
        ValueError: if it belongs to another sweep, or to another source of its experiment.
    """
    if not any((path / name).exists() for name in (MANIFEST, COPY)):
        made = Manifest(sweep, dict(provenance))
        made.write(path)
        return made
    found = _found(path, notes)
    config, kept = found["config"], found["provenance"]
    _same_source(path, sweep.experiment, config, found.get("source", ""), changed, notes)
    _tell_versions(path, kept, provenance, notes)
    cells = found.get("cells", CELLS)
    now = json.loads(canonical(sweep.config()))
    if config == now:
        return Manifest(sweep, kept, cells)
    if not extend:
        raise ValueError(
            f"out {path}: holds another sweep: {_difference(config, now)} (extend adds cells and draws to it)"
        )
    before = _sweep_of(path, sweep.experiment, config)
    grown = extended(before, sweep)
    if grown.config() == before.config():
        return Manifest(grown, kept, cells)
    fresh = hashlib.blake2b(canonical(grown.config()).encode(), digest_size=4).hexdigest()
    return Manifest(grown, kept, f"{CELLS}-{fresh}", before, cells)


def _found(path: Path, notes: list[str]) -> dict[str, Any]:
    """What the manifest says, or its copy, from which it is then written again."""
    for name in (MANIFEST, COPY):
        try:
            text = (path / name).read_text(encoding="utf-8")
            found = json.loads(text)
            told = found | {"config": dict(found["config"]), "provenance": dict(found["provenance"])}
            if not CELLS_NAME.fullmatch(
                found.get("cells", CELLS)
            ):  # cells of elsewhere are not ours to tidy up
                continue
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        if name == COPY:
            notes.append(f"{path / MANIFEST} was damaged and is written again from its copy")
            replace_file(path / MANIFEST, text)
        return told
    raise ValueError(
        f"out {path}: neither {MANIFEST} nor its copy can be read; a sweep to another folder begins anew"
    )


def canonical(value: Any) -> str:
    """JSON in one form."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _sweep_of(path: Path, experiment: Experiment, config: Mapping[str, Any]) -> Sweep:
    axes = {name: values for name, values in config.items() if name not in ("topic", "draws")}
    try:
        return Sweep.of(experiment, axes, config["draws"])
    except (ValueError, KeyError) as error:
        raise ValueError(f"out {path}: holds a sweep that cannot be read: {error}") from None


def _same_source(
    path: Path,
    experiment: Experiment,
    config: Mapping[str, Any],
    source: str,
    changed: bool,
    notes: list[str],
) -> None:
    if config.get("topic") != experiment.key_name:
        told = f"topic is {config.get('topic')} there, {experiment.key_name} here"
        raise ValueError(f"out {path}: holds another sweep: {told}")
    if source == source_hash(experiment):
        return
    if not changed:
        raise ValueError(
            f"out {path}: was begun with another source of {experiment.name} "
            "(continue-with-changed-source keeps its cells and goes on)"
        )
    notes.append(f"{path} was begun with another source of {experiment.name}: its cells are kept")


def _tell_versions(path: Path, kept: Mapping[str, Any], now: Mapping[str, Any], notes: list[str]) -> None:
    then, versions = kept.get("versions", {}), now.get("versions", {})
    changed = [
        f"{name} {then.get(name)} (now {versions[name]})"
        for name in versions
        if versions[name] != then.get(name)
    ]
    if changed:
        notes.append(f"{path} was begun with {', '.join(changed)}: its cells are kept")


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first thing that differs, in words."""
    for name in [*now, *before]:
        if name not in before:
            return f"{name} is {_short(now[name])} here, and absent there"
        if name not in now:
            return f"{name} is {_short(before[name])} there, and absent here"
        if before[name] != now[name]:
            return f"{name} is {_short(before[name])} there, {_short(now[name])} here"
    return "the same parameters in another order"


def _short(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    if len(value) > 6:
        words = isinstance(value[0], str)
        return f"{len(value)} words" if words else f"{value[0]:.6g} ... {value[-1]:.6g} ({len(value)} values)"
    return ", ".join(f"{v:.6g}" if isinstance(v, float) else str(v) for v in value)
