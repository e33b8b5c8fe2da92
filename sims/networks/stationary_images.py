"""Two bias-free convolutional networks trained on disjoint stationary images, compared as denoisers."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from flax import nnx, struct
from jax import Array, lax
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive
from lingen.models.images.stationary import Convolved, check_power
from lingen.models.networks.denoiser import Architecture
from lingen.sims.convolution.pixels import filtered
from lingen.sims.networks.settings import Settings
from lingen.sims.networks.steps import alone, definition

__all__ = ["denoiser_sampler"]


@struct.dataclass
class _Networks:
    """What is trained."""

    architecture: Architecture = struct.field(pytree_node=False)
    settings: Settings = struct.field(pytree_node=False)


@checked
@at_once
def denoiser_sampler(
    power: ArrayLike,
    samples: int,
    noise: ArrayLike,
    architecture: Architecture,
    settings: Settings,
    images: int = 64,
) -> Partial:
    """A draw of two networks trained on n drawn images each, given one set of noisy images.

    A function of a key. They are blind to the noise, trained at all variances up to σ_max² and compared at
    one. Beyond the border they see zeros, where the images go on.

    Args:
        power: p_k on a torus, shape (d₁, d₂), even.
        samples: n >= 1 images of each network.
        noise: s > 0, variance.
        architecture: of one channel.
        settings: how they are trained.
        images: fresh noisy images of the comparison.

    Raises:
        ValueError: for an argument out of range, or images that do not fit the network.
    """
    power = check_power("power", power)
    if power.ndim != 2:
        raise ValueError(f"power must have two axes (a torus) for a network, got shape {power.shape}")
    architecture.check(power.shape)
    counts = integer("samples", samples, low=1), integer("images", images, low=1)
    train, test = (jnp.zeros((count, 0)) for count in counts)
    networks = _Networks(architecture, settings)
    return Partial(_denoisers, networks, power, positive("noise", known("noise", noise)), train, test)


def _denoisers(
    networks: _Networks,
    power: Float[Array, "h w"],
    noise: Float[Array, ""],
    train: Array,
    test: Array,
    key: Key[Array, ""],
) -> Convolved:
    pair, fresh, way = jr.split(key, 3)
    gain = jnp.sqrt(power[:, : power.shape[1] // 2 + 1])
    clean = filtered(fresh, test.shape[0], gain, power.shape)
    noisy = clean + jnp.sqrt(noise) * jr.normal(way, clean.shape)

    def denoised(key: Key[Array, ""]) -> Array:
        drawn, own = jr.split(key)
        pixels = filtered(drawn, train.shape[0], gain, power.shape)[..., None].astype(jnp.float32)
        numbers = alone(networks.architecture, networks.settings, pixels, own)
        network = nnx.merge(definition(networks.architecture), numbers, copy=True)
        return noisy - network(noisy[..., None].astype(jnp.float32), train=False)[..., 0]

    one, two = lax.map(denoised, jr.split(pair))
    risk = (jnp.mean((one - clean) ** 2) + jnp.mean((two - clean) ** 2)) / 2.0
    energy = (jnp.mean(one**2) + jnp.mean(two**2)) / 2.0
    return Convolved(jnp.mean(one * two), energy, jnp.mean((one - two) ** 2) / 2.0, risk, None, None, None)
