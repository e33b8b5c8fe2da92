"""PyTorch's `.pt` and `.pth`, of which nothing but tensors is loaded: no code in them is run.

What such a file is shows before PyTorch is asked: an archive with a pickle of its structure, the older form
that is one pickle, or a program of TorchScript.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.models.readers.found import Ask, Found, Refused, believable, choose, spread

__all__ = ["read"]

DEPTH = 8
"""Dictionaries and lists within each other that are looked through."""
ARCHIVE, PICKLE = b"PK", b"\x80"
GLOBAL = re.compile(r"GLOBAL ([A-Za-z_][\w.]*)")
CODE = "which may be any Python code and is never loaded: save tensors alone, torch.save(tensor, 'data.pt')"


@checked
def read(file: Path, ask: Ask) -> Found:
    """One tensor of a file of PyTorch, left on disk where that can be, loaded with `weights_only=True`.

    Those in dictionaries, lists and tuples are named by the way to them, `train/images` or `0`.

    Raises:
        Refused: if it is not plain which, if it holds no tensor of rows, code, or less than it says.
    """
    packed = _is_archive(file)
    if not packed:
        believable(file, file.stat().st_size, rows=False)  # the older form is read whole
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of kinds of tensors that are refused below
        held = _loaded(torch, file, packed)
        found = _tensors(torch, file, held)
        if packed:
            _whole(file, found.values())
        chosen, notes = choose(file, _shapes(file, held, found), ask.array)
        return Found(_values(torch, file, found[chosen], ask.limit), None, notes)


def _is_archive(file: Path) -> bool:
    """Whether it is an archive or of the older form; `Refused` for anything else."""
    with file.open("rb") as stream:
        start = stream.read(2)
    if start[:1] == PICKLE:
        return False
    if start != ARCHIVE:
        what = "an empty file" if not start else "none that torch.save wrote"
        raise Refused(f"{file} must be a readable file of PyTorch tensors, got: {what}")
    if not zipfile.is_zipfile(file):
        raise Refused(f"{file} must be whole, got an archive whose end is missing")
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    parts = {entry.filename.partition("/")[2] for entry in entries}
    if "constants.pkl" in parts or any(part.startswith("code/") for part in parts):
        raise Refused(f"{file} must hold tensors, got a program of TorchScript, {CODE}")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise Refused(f"{file} must be as PyTorch writes it, got a compressed archive")
    if "data.pkl" not in parts:
        raise Refused(f"{file} must be a readable file of PyTorch tensors, got: an archive of other files")
    return True


def _loaded(torch: Any, file: Path, packed: bool) -> Any:
    try:
        return torch.load(file, map_location="cpu", weights_only=True, mmap=packed)
    except Exception as error:  # of several kinds, and of many lines
        text = str(error)
        if "weights_only" not in text.lower() and "Weights only" not in text:
            raise
    named = GLOBAL.search(text)
    name = "" if named is None else named.group(1)
    if name.startswith("numpy"):
        raise Refused(
            f"{file} must hold tensors, got arrays of NumPy in a pickle, {CODE}, or "
            "numpy.save('data.npy', array)"
        )
    raise Refused(f"{file} must hold tensors, got {name or 'a pickle of something else'}, {CODE}")


def _tensors(torch: Any, file: Path, held: Any) -> dict[str, Any]:
    """All tensors by name."""
    found: dict[str, Any] = {}
    for way, one in _within(held, (), set()):
        if isinstance(one, torch.Tensor):
            name = "/".join(way) or "tensor"
            if name in found:
                raise Refused(f"{file} must name each tensor differently, got two called {name!r}")
            found[name] = one.detach()
    return found


def _whole(file: Path, tensors: Iterable[Any]) -> None:
    """Raise `Refused` where tensors are longer than what the archive has for them.

    A file that is mapped gives what stands behind instead.
    """
    with zipfile.ZipFile(file) as archive:
        records = [e.file_size for e in archive.infolist() if "/data/" in e.filename]
    storages = {s.data_ptr(): s.nbytes() for s in (one.untyped_storage() for one in tensors if _dense(one))}
    need, have = sorted(storages.values(), reverse=True), sorted(records, reverse=True)
    if len(need) > len(have) or any(a > b for a, b in zip(need, have, strict=False)):
        raise Refused(f"{file} must hold the {sum(need):,} bytes that its tensors take, got {sum(have):,}")


def _dense(tensor: Any) -> bool:
    """Whether one storage holds its numbers."""
    return str(tensor.layout) == "torch.strided" and not tensor.is_nested and tensor.device.type == "cpu"


def _within(held: Any, way: tuple[str, ...], met: set[int]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What is in dictionaries, lists and tuples, each of them looked through once, with the way to it."""
    inner: Sequence[tuple[Any, Any]]
    if isinstance(held, Mapping):
        inner = list(held.items())
    elif isinstance(held, list | tuple):
        inner = list(enumerate(held))
    else:
        yield way, held
        return
    if id(held) in met or len(way) == DEPTH:
        return
    met.add(id(held))
    for key, one in inner:
        yield from _within(one, (*way, str(key)), met)


def _shapes(file: Path, held: Any, found: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    shapes = {name: () if one.is_nested else tuple(one.shape) for name, one in found.items()}
    alike = set(shapes.values())
    if isinstance(held, list | tuple) and len(shapes) == len(held) > 2 and len(alike) == 1:
        shape = "×".join(map(str, alike.pop())) or "()"
        raise Refused(
            f"{file} must hold one tensor of rows, got a list of {len(held):,} of shape {shape}: save them "
            "as one, torch.save(torch.stack(rows), 'data.pt')"
        )
    return shapes


def _values(torch: Any, file: Path, tensor: Any, limit: int | None) -> np.ndarray:
    """Its numbers as NumPy has them; of kinds that NumPy lacks, those that are exact in float32."""
    _plain(file, tensor)
    size, stored = tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes()
    if size > stored:  # one number may stand for many
        believable(file, size if limit is None else size / max(len(tensor), 1) * limit)
    kept = tensor
    if limit is not None and tensor.ndim and limit < len(tensor):
        kept = tensor[torch.from_numpy(spread(len(tensor), limit))]
    if kept.is_floating_point() and kept.dtype not in (torch.float16, torch.float32, torch.float64):
        believable(file, 4.0 * kept.numel())
        kept = kept.float()
    return kept.resolve_conj().resolve_neg().numpy()  # type: ignore[no-any-return]


def _plain(file: Path, tensor: Any) -> None:
    """Raise `Refused` for a tensor that is no table of numbers; with the line that makes it one."""
    odd = None
    if tensor.is_nested:
        odd = "a nested one, whose rows differ in length: save torch.nested.to_padded_tensor(tensor, 0.0)"
    elif str(tensor.layout) != "torch.strided":
        odd = f"a sparse one ({tensor.layout}): save tensor.to_dense()"
    elif tensor.is_quantized:
        odd = "a quantised one: save tensor.dequantize()"
    elif tensor.device.type == "meta":
        odd = "one of the device meta, which has a shape and no numbers"
    if odd is not None:
        raise Refused(f"{file} must hold a dense tensor of numbers, got {odd}")
