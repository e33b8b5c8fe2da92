"""From pictures to samples: which are kept, how they are cut, whose they are, and which repeat others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from lingen.boundary import checked
from lingen.models.images import copies
from lingen.models.images.rows import Rows, Span, Tell, mean_of, silent
from lingen.models.images.values import Scale, grey_of, patch_count, scale_of, windows
from lingen.models.readers.found import spread

__all__ = ["Cut", "How", "ImageSource", "cut", "owners", "thinned", "without_copies"]

SKETCHED = 2**26
PIXELS = 4096
"""So many pixels of a picture, evenly spread, tell whether it is a copy."""


class How(NamedTuple):
    """How a set is cut; see `images.load`."""

    patch: int | None
    stride: int | None
    grey: bool
    limit: int | None
    keep_copies: bool
    standardise: bool = False


class ImageSource(NamedTuple):
    """Pictures, as they were read."""

    name: str
    stacks: Sequence[tuple[str, np.ndarray]]
    """Stacks of pictures of one shape, (k, h, w), (k, h, w, channels) or (k, d), with their names."""
    owners: Int[np.ndarray, "pictures"] | None
    """Which pictures belong together; absent where each is its own."""
    notes: tuple[str, ...]
    units: bool = False
    """Whether the numbers have units of their own, and stay as they are: columns of a table."""
    columns: tuple[str, ...] | None = None
    """Names of the columns of a table."""


class Cut(NamedTuple):
    """Samples, as they were cut."""

    rows: Rows
    sources: int
    groups: Int[np.ndarray, "n"] | None
    copies: Int[np.ndarray, "n"] | None
    repeats: int
    notes: tuple[str, ...]
    largest: float
    """No value is larger in size."""
    mean: Float[np.ndarray, "d"] | None = None
    """The mean row, where it is known."""


@checked
def thinned(files: list[Path], limit: int | None) -> list[Path]:
    """At most `limit` of the files, evenly spread."""
    return [files[i] for i in spread(len(files), limit)]


@checked
def owners(files: Sequence[Path], root: Path, group: str | None) -> Int[np.ndarray, "files"] | None:
    """Which files belong together: those for which `group` finds the same text in their path below `root`.

    Raises:
        ValueError: if it is no regular expression or finds nothing in a path.
    """
    if group is None:
        return None
    try:
        pattern = re.compile(group)
    except re.error as error:
        raise ValueError(f"group must be a regular expression, got {group!r}: {error}") from None
    names = []
    for file in files:
        text = file.relative_to(root).as_posix() if root.is_dir() else file.name
        found = pattern.search(text)
        if found is None:
            raise ValueError(f"group must match every file, got {group!r}, which finds nothing in {text}")
        names.append(str(found.group(1) if pattern.groups else found.group()))
    return np.unique(names, return_inverse=True)[1].ravel()


@checked
def cut(source: ImageSource, how: How, tell: Tell = silent) -> Cut:
    """The samples of a source: patches or whole pictures, on one scale, grey if asked.

    Raises:
        ValueError: if the values are no finite real numbers or cannot be cut so.
    """
    scale = scale_of(source.stacks, source.units, tell)
    total = sum(len(stack) for _, stack in source.stacks)
    notes = (scale.words, *source.notes)
    stacks, owned, left_out = source.stacks, source.owners, 0
    kept = np.ones(total, bool)
    if how.patch is not None:
        if stacks[0][1].ndim == 2:
            name, shape = stacks[0][0], stacks[0][1].shape
            raise ValueError(
                f"patch must be absent for vectors, got patch={how.patch} for {name} of shape {shape}"
            )
        if total > 1 and not how.keep_copies:
            kept = _first_of_copies(stacks)
            left_out = int(total - kept.sum())
    if left_out:
        notes += (f"{left_out:,} of {total:,} pictures repeat others and are left out",)
    counts = np.concatenate([np.full(len(s), _each(name, s, how)) for name, s in stacks]) * kept
    chosen = spread(int(counts.sum()), how.limit)
    ends = np.cumsum(counts)
    whose = np.searchsorted(ends, chosen, side="right")
    colours = not how.grey and any(s.ndim == 4 for _, s in stacks)
    parts = _parts(stacks, how, whose, chosen - (ends - counts)[whose])
    groups = whose if owned is None else owned[whose]
    alone = how.patch is None and owned is None
    sources = len(chosen) if how.patch is None else int(kept.sum())
    rows = Rows(parts, partial(_values, scale=scale, grey=how.grey, colours=colours))
    return Cut(rows, sources, None if alone else groups, None, left_out, notes, scale.largest / scale.divisor)


@checked
def without_copies(cut: Cut, how: How, noun: str, tell: Tell = silent) -> Cut:
    """Whole images that repeat others are left out, or bound to them; patches of a picture are only bound.

    Patches of one colour are alike in any picture and no copies.

    Args:
        cut: the samples.
        how: how they were cut.
        noun: what they are called.
        tell: called with what is done and the share of it that is.
    """
    count = len(cut.rows)
    near = copies.tolerance(cut.rows)
    flat = None
    if how.patch is not None:
        flat = np.concatenate([np.ptp(block, axis=1) == 0 for block in cut.rows.blocks()])
    mean = mean_of(cut.rows, tell)
    labels = copies.labels(cut.rows, near, flat, mean, tell)
    first = labels == np.arange(count)
    again = int(count - first.sum())
    cut = cut._replace(mean=mean)
    if again == 0:
        return cut
    said = f"{again:,} of {count:,} {noun} repeat others (to {near:.2g} of their contrast)"
    if how.keep_copies or how.patch is not None or first.sum() < 2:
        return cut._replace(copies=labels, notes=(*cut.notes, said + ": kept, on one side of a split"))
    groups = None if cut.groups is None else cut.groups[first]
    return cut._replace(
        rows=cut.rows.select(np.flatnonzero(first)), sources=int(first.sum()), groups=groups, repeats=again,
        mean=None,
        notes=(*cut.notes, said + f" and are left out: N = {int(first.sum()):,}"),
    )  # fmt: skip


def _each(name: str, stack: np.ndarray, how: How) -> int:
    """How many samples each picture of a stack gives."""
    if how.patch is None:
        return 1
    try:
        return patch_count(stack.shape[1:], how.patch, how.stride or how.patch)
    except ValueError as error:
        raise ValueError(f"{error} for {name}") from None


def _parts(
    stacks: Sequence[tuple[str, np.ndarray]],
    how: How,
    whose: Int[np.ndarray, "kept"],
    within: Int[np.ndarray, "kept"],
) -> tuple[Span, ...]:
    """Where the samples lie, stack by stack: of each the number of its picture, and its number there."""
    parts, begin = [], 0
    for name, stack in stacks:
        here = slice(*np.searchsorted(whose, (begin, begin + len(stack))))
        at: tuple[np.ndarray, ...] = (whose[here] - begin,)
        view = stack
        if how.patch is not None:
            view = windows(stack, how.patch, how.stride or how.patch)
            at = (*at, *np.divmod(within[here], view.shape[2]))
        if len(at[0]):
            parts.append(Span(name, view, at))
        begin += len(stack)
    return tuple(parts)


def _values(raw: np.ndarray, name: str, scale: Scale, grey: bool, colours: bool) -> np.ndarray:
    values = np.array(raw, dtype=np.float64, order="C")
    values /= scale.divisor
    if grey and values.ndim == 4:
        return grey_of(values, name)
    if colours and values.ndim == 3:
        return np.repeat(values[..., None], 3, axis=-1)
    return values


def _first_of_copies(stacks: Sequence[tuple[str, np.ndarray]]) -> Bool[np.ndarray, "pictures"]:
    """Which pictures repeat none before them, among those of one shape."""
    total = sum(len(stack) for _, stack in stacks)
    pixels = min(PIXELS, max(64, SKETCHED // total))
    sketches: dict[tuple[int, ...], list[tuple[int, np.ndarray]]] = {}
    number = 0
    for _, stack in stacks:
        flat = stack.reshape(len(stack), -1)
        seen = spread(flat.shape[1], pixels)
        for row in flat:
            sketches.setdefault(stack.shape[1:], []).append((number, row[seen].astype(float)))
            number += 1
    kept = np.ones(total, bool)
    for members in sketches.values():
        rows = np.stack([row for _, row in members])
        rows -= rows.mean(axis=1, keepdims=True)
        first = copies.labels(
            rows, copies.NEAR, np.asarray(~rows.any(axis=1)), centre=np.zeros(rows.shape[1])
        )
        kept[[n for n, _ in members]] = first == np.arange(len(members))
    return kept
