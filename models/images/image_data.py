"""A data set: N vectors in R^d with their mean removed, and the spectrum of their covariance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from lingen.boundary import checked
from lingen.checks import room
from lingen.models.images.rows import Rows, Tell, silent
from lingen.models.images.scatter import Scatter, accumulate, gram, part_of_gram
from lingen.models.population import Population
from lingen.models.readers.found import spread

__all__ = ["ImageData"]

PORTION = 2**26
"""Numbers of the rows that splits are drawn from: half a GiB of doubles."""
ALIGNMENT = 64
LEVELS: tuple[tuple[tuple[int, ...], ...], ...] = ((0,), (1,), (2,), (3,)), ((0, 1), (2, 3)), ((0, 1, 2, 3),)
"""Quarters of the rows, the halves that they make, and all."""


@checked
@dataclass(frozen=True, eq=False)
class ImageData:
    """N vectors in R^d, each an image or a patch of one, or a row of a table.

    Attributes:
        name: where they come from.
        rows: the values where they lie; doubles are made of those that are asked for.
        mean: the mean that is removed, shape (d,).
        shape: shape of one image: (h, w), (h, w, channels), or (d,) for vectors.
        sources: how many images the vectors were cut from (N when they were not cut).
        groups: for each vector the number of its source, shape (N,): of the picture that it was cut from, or
            of the group that its file belongs to. Absent where every vector is a source of its own.
        copies: for each vector the number of the first one that it repeats, shape (N,); absent where none
            does.
        repeats: vectors or pictures that repeat others and were left out.
        patch: side of the patches; absent for whole images.
        stride: distance of the patches.
        notes: what was done to the values and what was left out, in words.
        deviation: what each column is divided by, shape (d,); absent where it is not.
    """

    name: str
    rows: Rows
    mean: Float[np.ndarray, "d"]
    shape: tuple[int, ...]
    sources: int
    groups: Int[np.ndarray, "n"] | None = None
    copies: Int[np.ndarray, "n"] | None = None
    repeats: int = 0
    patch: int | None = None
    stride: int | None = None
    notes: tuple[str, ...] = ()
    deviation: Float[np.ndarray, "d"] | None = None

    @property
    def samples(self) -> int:
        """N, the number of vectors."""
        return len(self.rows)

    @property
    def dim(self) -> int:
        """d, the number of pixels (times channels) of one image, or of columns of a table."""
        return self.rows.dim

    @property
    def noun(self) -> str:
        """What the vectors are called: images, patches, or rows."""
        return "patches" if self.patch is not None else "images" if len(self.shape) > 1 else "rows"

    @property
    def families(self) -> int:
        """How many different sources the vectors have."""
        return self.samples if self.groups is None else len(np.unique(self.groups))

    @property
    def together(self) -> Int[np.ndarray, "n"] | None:
        """What a split keeps on one side: the sources, or copies where there is one source or each is one."""
        return self.groups if 1 < self.families < self.samples else self.copies

    def take(self, numbers: Sequence[int] | np.ndarray) -> Float[np.ndarray, "m d"]:
        """The vectors of these numbers, in double precision."""
        return self._centred(self.rows.take(numbers))

    def blocks(self, tell: Tell = silent, what: str = "") -> Iterator[Float[np.ndarray, "m d"]]:
        """All vectors in their order, some at a time."""
        return map(self._centred, self.rows.blocks(tell, what))

    @cached_property
    def vectors(self) -> Float[np.ndarray, "n d"]:
        """All vectors at once, shape (N, d): for sets that are not large."""
        room("limit", self.samples, 2.0 * self.samples * self.dim, "take fewer rows with limit")
        out, done = _shareable(self.samples, self.dim), 0
        for block in self.blocks():
            out[done : done + len(block)] = block
            done += len(block)
        out.flags.writeable = False
        return out

    @cached_property
    def portion(self) -> ImageData:
        """These vectors, or of a large set as many, evenly spread, as may be held in double precision."""
        kept = spread(self.samples, max(4, PORTION // self.dim))
        if len(kept) == self.samples:
            return self
        groups, copies = (None if one is None else one[kept] for one in (self.groups, self.copies))
        return replace(self, rows=self.rows.select(kept), groups=groups, copies=copies)

    def parts(self, seed: int = 0, tell: Tell = silent) -> tuple[tuple[Population, ...], ...]:
        """Spectra of the random quarters of the vectors, of their halves, and of all; by one pass over them.

        Args:
            seed: of the quarters.
            tell: called with what is done and the share of it that is.
        """
        spectrum = self._spectra(seed, tell)
        parts, known = [part for level in LEVELS for part in level], {}
        for part in parts:
            known[part] = spectrum(part)
            tell("spectra", len(known) / len(parts))
        self._known[seed] = known.__getitem__  # what they were made of may go
        return tuple(tuple(known[part] for part in level) for level in LEVELS)

    @property
    def population(self) -> Population:
        """The spectrum of the covariance of all N vectors, divisor N − 1."""
        spectrum = next(iter(self._known.values())) if self._known else self._spectra(0, silent)
        return spectrum(LEVELS[-1][0])

    @cached_property
    def spectrum(self) -> Float[np.ndarray, "d"]:
        """All d eigenvalues of that covariance, in decreasing order."""
        return np.asarray(self.population.spectrum(self.dim))

    @cached_property
    def _known(self) -> dict[int, Callable[[tuple[int, ...]], Population]]:
        return {}

    def _centred(self, block: np.ndarray) -> np.ndarray:
        block -= self.mean  # a block is a copy
        if self.deviation is not None:
            block /= self.deviation
        return block

    def _spectra(self, seed: int, tell: Tell) -> Callable[[tuple[int, ...]], Population]:
        """The spectrum of quarters joined, by their numbers."""
        if seed not in self._known:
            order = np.random.default_rng(seed).permutation(self.samples)
            ends = np.arange(5) * self.samples // 4
            rows = [np.sort(order[a:b]) for a, b in pairwise(ends)]
            of = self._of_scatter if self.samples > self.dim else self._of_gram
            self._known[seed] = cache(of(rows, tell))
        return self._known[seed]

    def _of_scatter(self, rows: list[np.ndarray], tell: Tell) -> Callable[[tuple[int, ...]], Population]:
        labels = np.empty(self.samples, int)
        for quarter, numbers in enumerate(rows):
            labels[numbers] = quarter
        blocks = self.blocks(tell, "covariance")
        found = accumulate(blocks, np.zeros(self.dim), labels, 4)

        def spectrum(part: tuple[int, ...]) -> Population:
            joined: Scatter = found[part[0]]
            for quarter in part[1:]:
                joined = joined.join(found[quarter])
            return joined.population

        return spectrum

    def _of_gram(self, rows: list[np.ndarray], tell: Tell) -> Callable[[tuple[int, ...]], Population]:
        products = gram(self.take, self.samples, self.dim, lambda share: tell("covariance", share))
        return lambda part: part_of_gram(products, np.concatenate([rows[k] for k in part]), self.dim)


def _shareable(rows: int, columns: int) -> np.ndarray:
    """Room for doubles that begins where XLA's own arrays do: `jax.device_put` shares it on the processor."""
    raw = np.empty(8 * rows * columns + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + 8 * rows * columns].view(float).reshape(rows, columns)
