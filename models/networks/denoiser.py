"""Bias-free convolutional denoisers: y = x + σz ↦ f(y), an estimate of the noise σz for unknown σ.

f is homogeneous, f(ay) = a f(y) for a > 0, so that one network serves all noise levels; y − f(y) estimates
the clean image, and −f(y)/σ² the score of the noisy images (Miyasawa). Here are the layers and the flat
network; `lingen.models.networks.unet` has the U-Net. Numbers are float32, whatever the rest of lingen
computes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array, lax
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import integer
from lingen.models.networks.batch_norm import BiasFreeBatchNorm

__all__ = [
    "CNN",
    "FIRST_LAYERS",
    "Architecture",
    "CnnArchitecture",
    "Convolution",
    "Layers",
    "Relu",
    "as_images",
    "as_noise",
]  # fmt: skip

KERNEL = 3
PREDICTIONS = ("noise", "image")
FIRST_LAYERS = ("linear", "relu")
Images = Float[Array, "b h w c"]
Training = bool | Array


@checked
@dataclass(frozen=True)
class Architecture:
    """What a network is before it has numbers.

    Attributes:
        channels: channels of the images.
        kernels: channels inside, at full resolution.
        predicts: what leaves the last convolution, "noise" as in the published networks, or "image", of which
            the noise is the rest y − D(y): the same functions, of which a short training learns this one
            better.
    """

    channels: int = 1
    kernels: int = 64
    predicts: str = "noise"

    def __post_init__(self) -> None:
        """Check every field."""
        for name, value in asdict(self).items():
            if name not in ("predicts", "first_layer"):
                integer(name, value, low=1)
        if self.predicts not in PREDICTIONS:
            raise ValueError(f"predicts must be one of {', '.join(PREDICTIONS)}, got {self.predicts!r}")

    @property
    def words(self) -> str:
        """The architecture in a few words, for messages."""
        fields = ", ".join(f"{name} {value}" for name, value in asdict(self).items())
        return f"{type(self).__name__.removesuffix('Architecture')} ({fields})"

    @property
    def receptive_field(self) -> int | None:
        """Pixels along a side that an output sees; None where it is not told."""
        return None

    def check(self, shape: tuple[int, ...]) -> None:
        """Raise `ValueError` unless images of this shape, (h, w) or (h, w, channels), fit."""
        if len(shape) not in (2, 3):
            raise ValueError(
                f"data must be images, of shape (h, w) or (h, w, channels), got {shape}: no image"
            )
        found = 1 if len(shape) == 2 else shape[2]
        if found != self.channels:
            raise ValueError(f"data must have {self.channels} channels for this network, got {found}")

    def build(self, rngs: nnx.Rngs) -> nnx.Module:
        """A network with random weights."""
        raise NotImplementedError(f"{type(self).__name__} builds no network")


@checked
@dataclass(frozen=True)
class CnnArchitecture(Architecture):
    """A flat network: `layers` convolutions at full resolution.

    Attributes:
        layers: number of convolutions, at least 3.
        first_layer: "linear", or "relu" for a ReLU after the first convolution. The weights are the same, the
            functions are not, and the published code has trained both.
    """

    layers: int = 20
    first_layer: str = "linear"

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        integer("layers", self.layers, low=3)
        if self.first_layer not in FIRST_LAYERS:
            allowed = ", ".join(FIRST_LAYERS)
            raise ValueError(f"first_layer must be one of {allowed}, got {self.first_layer!r}")

    @property
    def receptive_field(self) -> int:
        """Two pixels more with every convolution."""
        return 1 + (KERNEL - 1) * self.layers

    def build(self, rngs: nnx.Rngs) -> CNN:
        """A network with random weights."""
        return CNN(self, rngs)


class Convolution(nnx.Module):
    """3×3 convolution without bias, zeros beyond the border.

    Attributes:
        weight: shape (3, 3, channels in, channels out), initially N(0, 2/(9 · channels in)).
    """

    def __init__(self, inputs: int, outputs: int, rngs: nnx.Rngs):
        start = nnx.initializers.he_normal()
        self.weight = nnx.Param(start(rngs.params(), (KERNEL, KERNEL, inputs, outputs), jnp.float32))

    def __call__(self, x: Images, train: Training = False) -> Images:
        """The convolution; the same in training."""
        del train
        return _convolve(x, self.weight[...])


class Relu(nnx.Module):
    """max(x, 0): a layer without numbers, so that layers count as in the PyTorch reference."""

    def __call__(self, x: Images, train: Training = False) -> Images:
        """The larger of x and 0."""
        del train
        return jax.nn.relu(x)


class Layers(nnx.Module):
    """Layers one after the other."""

    def __init__(self, layers: Sequence[nnx.Module]):
        self.layers = nnx.List(layers)

    def __call__(self, x: Images, train: Training = False) -> Images:
        """The last layer's output."""
        for layer in self.layers:
            x = layer(x, train)
        return x


class CNN(nnx.Module):
    """Convolution, then (convolution, normalisation, ReLU) `layers` − 2 times, then convolution.

    After the first convolution there is a ReLU as well if `first_layer` of the architecture says so.

    Source: Mohan, Kadkhodaie, Simoncelli & Fernandez-Granda, ICLR 2020 (bias-free denoisers).
    """

    def __init__(self, architecture: CnnArchitecture, rngs: nnx.Rngs):
        a = architecture
        inner = [Convolution(a.kernels, a.kernels, rngs) for _ in range(a.layers - 2)]
        first, last = Convolution(a.channels, a.kernels, rngs), Convolution(a.kernels, a.channels, rngs)
        self.predicts, self.first_layer = a.predicts, a.first_layer
        self.conv_layers = nnx.List([first, *inner, last])
        self.BN_layers = nnx.List([BiasFreeBatchNorm(a.kernels) for _ in inner])

    def __call__(self, x: Images, train: Training = False) -> Images:
        """The estimated noise, of the shape of the images."""
        noisy, x = x, self.conv_layers[0](x)
        if self.first_layer == "relu":
            x = jax.nn.relu(x)
        for convolution, norm in zip(self.conv_layers[1:-1], self.BN_layers, strict=True):
            x = jax.nn.relu(norm(convolution(x), train))
        return as_noise(noisy, self.conv_layers[-1](x), self.predicts)


@checked
def as_noise(noisy: Images, output: Images, predicts: str) -> Images:
    """The estimated noise, whichever of noise and image the last convolution predicts."""
    return output if predicts == "noise" else noisy - output


@checked
def as_images(vectors: ArrayLike, shape: tuple[int, ...]) -> Images:
    """Vectors of h·w·channels numbers as float32 images (b, h, w, channels), for a network."""
    if len(shape) < 2:
        raise ValueError(f"shape must be (h, w) or (h, w, channels), got {shape}")
    height, width, *channels = shape
    return jnp.asarray(vectors, jnp.float32).reshape(-1, height, width, *(channels or [1]))


def _convolve(x: Images, weight: Float[Array, "3 3 i o"]) -> Images:
    if jax.default_backend() == "cpu":
        return _by_patches(x, weight)
    return lax.conv_general_dilated(x, weight, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _by_patches(x: Images, weight: Float[Array, "3 3 i o"]) -> Images:
    """The same as one matrix product: on CPU 17 times faster than XLA's convolution inside a loop."""
    batch, height, width, inputs = x.shape
    side = KERNEL // 2
    padded = jnp.pad(x, ((0, 0), (side, side), (side, side), (0, 0)))
    shifts = [padded[:, i : i + height, j : j + width] for i in range(KERNEL) for j in range(KERNEL)]
    rows = jnp.concatenate(shifts, axis=-1).reshape(-1, KERNEL**2 * inputs)
    return (rows @ weight.reshape(KERNEL**2 * inputs, -1)).reshape(batch, height, width, -1)
