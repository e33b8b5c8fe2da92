"""The bias-free U-Net: a homogeneous denoiser that sees the image at several resolutions.

Encoder blocks, each followed by 2×2 averages; a block at the coarsest resolution; decoder blocks, each after
a transposed 2×2 convolution and beside the encoder's output of the same resolution. It is the network of the
public PyTorch reference, number by number, so that trained weights can be carried over
(`lingen.models.networks.torch_weights`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.checks import integer
from lingen.models.networks.batch_norm import BiasFreeBatchNorm
from lingen.models.networks.denoiser import (
    Architecture,
    Convolution,
    Images,
    Layers,
    Relu,
    Training,
    as_noise,
)

__all__ = ["UNet", "UNetArchitecture", "Upsampling"]

POOL = 2


@checked
@dataclass(frozen=True)
class UNetArchitecture(Architecture):
    """Counts of a U-Net; block b has kernels · 2^b channels.

    Attributes:
        blocks: how often the resolution is halved (1, 2, 3, 4 for receptive fields of 18, 45, 90, 180).
        encoder_convs: convolutions of an encoder block.
        mid_convs: convolutions at the coarsest resolution.
        decoder_convs: convolutions of a decoder block, at least 2.
    """

    blocks: int = 3
    encoder_convs: int = 2
    mid_convs: int = 2
    decoder_convs: int = 2

    def __post_init__(self) -> None:
        """Check every field."""
        super().__post_init__()
        integer("decoder_convs", self.decoder_convs, low=2)

    def check(self, shape: tuple[int, ...]) -> None:
        """Raise `ValueError` unless images of this shape fit, their sides divisible by 2^blocks."""
        super().check(shape)
        factor = POOL**self.blocks
        if shape[0] % factor or shape[1] % factor:
            raise ValueError(
                f"images must have sides divisible by {factor} for a U-Net of {self.blocks} blocks, "
                f"got {shape[0]}x{shape[1]}"
            )

    def build(self, rngs: nnx.Rngs) -> UNet:
        """A network with random weights."""
        return UNet(self, rngs)


class Upsampling(nnx.Module):
    """Transposed 2×2 convolution of stride 2, without bias: every pixel becomes a 2×2 block.

    Attributes:
        weight: shape (2, 2, channels in, channels out), initially N(0, 2/channels in).
    """

    def __init__(self, inputs: int, outputs: int, rngs: nnx.Rngs):
        start = nnx.initializers.variance_scaling(2.0 * POOL**2, "fan_in", "normal")
        self.weight = nnx.Param(start(rngs.params(), (POOL, POOL, inputs, outputs), jnp.float32))

    def __call__(self, x: Float[Array, "b h w i"]) -> Float[Array, "b 2h 2w o"]:
        """out[2i+a, 2j+b] = x[i, j] W[a, b]."""
        batch, height, width, inputs = x.shape
        weight = jnp.moveaxis(self.weight[...], 2, 0).reshape(inputs, -1)
        blocks = (x.reshape(-1, inputs) @ weight).reshape(batch, height, width, POOL, POOL, -1)
        return blocks.swapaxes(2, 3).reshape(batch, POOL * height, POOL * width, -1)


class UNet(nnx.Module):
    """The network; attribute names and positions are those of the PyTorch reference.

    Source: Kadkhodaie, Guth, Simoncelli & Mallat, ICLR 2024, and its public reference `UNet`.
    """

    def __init__(self, architecture: UNetArchitecture, rngs: nnx.Rngs):
        a = architecture
        blocks = range(a.blocks)
        width = [a.kernels * 2**b for b in range(a.blocks + 1)]
        first = [a.channels, *width]
        self.predicts = a.predicts
        self.encoder = nnx.List(
            [_block([first[b]] + [width[b]] * a.encoder_convs, rngs, plain_start=b == 0) for b in blocks]
        )
        self.mid_block = _block([width[-2]] + [width[-1]] * a.mid_convs, rngs)
        self.upsample = nnx.List([Upsampling(width[b + 1], width[b], rngs) for b in blocks])
        deep = [[2 * width[b]] + [width[b]] * (a.decoder_convs - (b == 0)) for b in blocks]
        self.decoder = nnx.List([_block(deep[b], rngs, last=0 if b else a.channels) for b in blocks])

    def __call__(self, x: Images, train: Training = False) -> Images:
        """The estimated noise, of the shape of the images."""
        noisy, seen = x, []
        for block in self.encoder:
            x = block(x, train)
            seen.append(x)
            x = _pool(x)
        x = self.mid_block(x, train)
        for b in reversed(range(len(seen))):
            x = jnp.concatenate([self.upsample[b](x), seen[b]], axis=-1)
            x = self.decoder[b](x, train)
        return as_noise(noisy, x, self.predicts)


def _block(widths: list[int], rngs: nnx.Rngs, plain_start: bool = False, last: int = 0) -> Layers:
    """Convolutions with normalisation and ReLU: none in front of the first ReLU of a plain start.

    A final convolution to `last` channels stands alone if `last` is not 0.
    """
    layers: list[nnx.Module] = []
    for position, (inputs, outputs) in enumerate(pairwise(widths)):
        layers.append(Convolution(inputs, outputs, rngs))
        if position or not plain_start:
            layers.append(BiasFreeBatchNorm(outputs))
        layers.append(Relu())
    if last:
        layers.append(Convolution(widths[-1], last, rngs))
    return Layers(layers)


def _pool(x: Images) -> Images:
    """Averages of 2×2 pixels."""
    batch, height, width, channels = x.shape
    return x.reshape(batch, height // POOL, POOL, width // POOL, POOL, channels).mean(axis=(2, 4))
