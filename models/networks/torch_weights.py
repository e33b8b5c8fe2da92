"""Weights of the public PyTorch networks: a `state_dict` as arrays ↔ the networks of lingen.

Convolutions are stored (out, in, 3, 3) there and (3, 3, in, out) here, transposed ones (in, out, 2, 2) there
and (2, 2, in, out) here, normalisations (1, c, 1, 1) there and (c,) here. Files are `.safetensors` or `.npz`:
a pickle can run code while it is read, and is refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from flax import nnx

from lingen.boundary import checked
from lingen.models.networks.denoiser import Architecture, CnnArchitecture
from lingen.models.networks.unet import UNetArchitecture
from lingen.models.readers import numpy_files
from lingen.models.readers.found import Ask

__all__ = ["Trained", "architecture", "load", "read", "scan", "to_torch", "write"]

Weights = Mapping[str, np.ndarray]
PREFIX, FILES = "module.", (".safetensors", ".npz")
FOLDER = re.compile(r"(?P<range>.+)_set_size_(?P<samples>\d+)(?P<swapped>_swapped)?")
SAVE = "save it with safetensors.torch.save_file(torch.load(..., weights_only=True), ...)"


class Trained(NamedTuple):
    """A trained network on disk: `<dataset>/<range>_set_size_<n>[_swapped]/`."""

    samples: int
    """n, the number of training images: the first n of the data set, or the last n if swapped."""
    swapped: bool
    path: Path


@checked
def read(path: Path) -> dict[str, np.ndarray]:
    """A `state_dict` from a `.safetensors` or `.npz` file, without the prefix that parallel training adds.

    Raises:
        ValueError: if the file is of another kind or cannot be read, or an entry is not finite.
    """
    try:
        arrays = dict(_arrays(Path(path)))
    except ValueError:
        raise
    except Exception as error:  # each format has errors of its own
        raise ValueError(f"{path}: cannot be read as weights ({str(error).splitlines()[0]})") from None
    for name, array in arrays.items():
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(f"{path}: {name} must be finite real numbers, got dtype {array.dtype}")
    return {name.removeprefix(PREFIX): np.asarray(a, np.float32) for name, a in arrays.items()}


@checked
def write(path: Path, network: nnx.Module) -> None:
    """Write a network as a PyTorch `state_dict`, `.safetensors` or `.npz`."""
    arrays = to_torch(network)
    if Path(path).suffix == ".safetensors":
        from safetensors.numpy import save_file

        save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, path)
    else:
        np.savez(path, **arrays)  # type: ignore[arg-type]


@checked
def architecture(weights: Weights, first_layer: str | None = None) -> Architecture:
    """The architecture that a `state_dict` belongs to, from its names and shapes.

    Args:
        weights: the arrays by name.
        first_layer: of a flat network, "linear" or "relu": no weight tells them apart. The published code has
            it as `first_layer_linear`, and has trained both. Linear when absent.

    Raises:
        ValueError: if the names are of neither network, or a U-Net is given a first layer.
    """
    if "conv_layers.0.weight" in weights:
        kernels, channels = weights["conv_layers.0.weight"].shape[:2]
        layers = _count(weights, r"conv_layers\.\d+\.weight")
        return CnnArchitecture(
            int(channels), int(kernels), layers=layers, first_layer=first_layer or "linear"
        )
    if "encoder.0.0.weight" not in weights:
        some = ", ".join(list(weights)[:3]) or "nothing"
        raise ValueError(f"weights must be those of a U-Net (encoder.0.0.weight ...) or CNN, got {some}")
    if first_layer is not None:
        raise ValueError(f"first_layer must be absent for a U-Net, got {first_layer!r}")
    kernels, channels = weights["encoder.0.0.weight"].shape[:2]
    return UNetArchitecture(
        int(channels),
        int(kernels),
        blocks=_count(weights, r"upsample\.\d+\.weight"),
        encoder_convs=_count(weights, r"encoder\.0\.\d+\.weight"),
        mid_convs=_count(weights, r"mid_block\.\d+\.weight"),
        decoder_convs=_count(weights, r"decoder\.0\.\d+\.weight"),
    )


@checked
def load(weights: Weights, first_layer: str | None = None) -> nnx.Module:
    """The network of a `state_dict`; arguments as for `architecture`.

    Raises:
        ValueError: if an entry is missing, superfluous or of another shape than the architecture's.
    """
    network = architecture(weights, first_layer).build(nnx.Rngs(0))
    left, variables = dict(weights), nnx.to_flat_state(nnx.state(network))
    for path, variable in variables:
        name = _name(path)
        if name not in left:
            raise ValueError(f"weights must hold {name}, got none of that name")
        array = _ours(name, np.asarray(left.pop(name)))
        if array.shape != variable.shape:
            raise ValueError(f"{name} must have shape {variable.shape} here, got {array.shape}")
        variable[...] = array
    if left:
        raise ValueError(f"weights must belong to the network, got also {next(iter(left))}")
    nnx.update(network, nnx.from_flat_state(variables))
    return network


@checked
def to_torch(network: nnx.Module) -> dict[str, np.ndarray]:
    """The numbers of a network under the names and in the layout of PyTorch."""
    return {name: _theirs(name, np.asarray(variable[...])) for name, variable in _variables(network)}


@checked
def scan(folder: Path) -> list[Trained]:
    """The networks of a folder `<dataset>/` of `<range>_set_size_<n>[_swapped]/`, by n.

    Raises:
        ValueError: if there is none, or a network comes as a pickle only.
    """
    if not folder.is_dir():
        raise ValueError(f"folder must be a folder of networks, got {folder}, which is none")
    found = []
    inside = sorted(p for p in Path(folder).iterdir() if p.is_dir())
    for place in inside:
        match = FOLDER.fullmatch(place.name)
        if match:
            found.append(Trained(int(match["samples"]), bool(match["swapped"]), _file(place)))
    if not found:
        raise ValueError(f"{folder}: must hold folders named <range>_set_size_<n>[_swapped], got none")
    return sorted(found)


def _file(place: Path) -> Path:
    files = [p for p in sorted(place.iterdir()) if p.suffix in FILES]
    if len(files) == 1:
        return files[0]
    if files:
        raise ValueError(f"{place}: must hold one file of weights, got {files[0].name} and {files[1].name}")
    raise ValueError(f"{place}: must hold weights as .safetensors or .npz, got none: {SAVE}")


def _arrays(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    if path.suffix == ".safetensors":
        from safetensors.numpy import load_file

        yield from load_file(path).items()
    elif path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            names = list(numpy_files.names(archive))
        for name in names:
            yield name, numpy_files.read_npz(path, Ask(name)).values
    else:
        raise ValueError(f"{path}: weights must be .safetensors or .npz, pickles are never opened: {SAVE}")


def _variables(network: nnx.Module) -> Iterator[tuple[str, Any]]:
    for path, variable in nnx.to_flat_state(nnx.state(network)):
        yield _name(path), variable


def _name(path: tuple[Any, ...]) -> str:
    """The PyTorch name of a variable; our chains have one step of a path more."""
    return ".".join(str(part) for part in path if part != "layers")


def _ours(name: str, array: np.ndarray) -> np.ndarray:
    if array.ndim != 4:
        return array
    if not name.endswith(".weight"):
        return array.reshape(-1)
    return array.transpose(2, 3, 0, 1) if name.startswith("upsample") else array.transpose(2, 3, 1, 0)


def _theirs(name: str, array: np.ndarray) -> np.ndarray:
    if array.ndim == 1:
        return array.reshape(1, -1, 1, 1)
    return array.transpose(2, 3, 0, 1) if name.startswith("upsample") else array.transpose(3, 2, 0, 1)


def _count(weights: Weights, pattern: str) -> int:
    return sum(re.fullmatch(pattern, name) is not None for name in weights)
