"""Images of trained networks: the same seeds given to every member of an ensemble.

Two networks are compared on what they make of one start and one sequence of noise (`lingen.models
.image_samplers.Seed`), so all members, whatever they were trained on, share them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import nnx
from jax import Array, lax
from jax.sharding import Mesh
from jax.tree_util import Partial
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.checks import integer
from lingen.models.filters import Filter
from lingen.models.networks import image_samplers
from lingen.models.networks.denoiser import Architecture
from lingen.sims.networks.members import mesh, over_members
from lingen.sims.networks.training import denoiser

__all__ = ["generate", "linear"]

Options = tuple[tuple[str, float | int], ...]


@checked
def generate(
    architecture: Architecture,
    numbers: nnx.State,
    key: Key[Array, ""],
    count: int,
    mean: Float[Array, "h w c"],
    sampler: str = "probability flow",
    options: dict[str, float | int] | None = None,
    batch: int = 256,
    where: Mesh | None = None,
) -> Float[np.ndarray, "m count h w c"]:
    """`count` images of every member, image i of all members from the same seed.

    Args:
        architecture: of the networks.
        numbers: a `nnx.State` with an axis of members in front.
        key: of the seeds.
        count: images a member.
        mean: the image around which the samplers start.
        sampler: a name in `image_samplers.SAMPLERS`.
        options: the sampler's own: sigma_max, sigma_min, steps ...
        batch: images at a time.
        where: devices; as many of the local ones as divide the members evenly when absent.

    Raises:
        ValueError: for an unknown sampler or a count below 1.
    """
    if sampler not in image_samplers.SAMPLERS:
        known = ", ".join(image_samplers.SAMPLERS)
        raise ValueError(f"sampler must be one of {known}, got {sampler!r}")
    count, batch = integer("count", count, low=1), integer("batch", batch, low=1)
    where = mesh(jax.tree.leaves(numbers)[0].shape[0]) if where is None else where
    batches = -(-count // batch)
    settings = tuple(sorted((options or {}).items()))
    size = min(batch, count)
    made = _generate(architecture, sampler, settings, size, batches, where, numbers, (mean, key))
    made = np.asarray(made)
    return made.reshape(made.shape[0], -1, *made.shape[3:])[:, :count]


@checked
def linear(
    training: Float[np.ndarray, "n d"], starts: Float[np.ndarray, "m d"], filter: Filter
) -> Float[np.ndarray, "m d"]:
    """x̂ = g(S) z of the linear model with S = XᵀX/n: what the networks are compared with.

    Args:
        training: X, the mean of the data set removed.
        starts: z, standard normal.
        filter: g.
    """
    count, dim = training.shape
    if count < dim:
        _, singular, rows = np.linalg.svd(training, full_matrices=False)
        values = singular**2 / count
    else:
        values, vectors = np.linalg.eigh(training.T @ training / count)
        values, rows = np.maximum(values, 0.0), vectors.T
    gains = np.asarray(filter(values))
    rest = float(np.asarray(filter(np.zeros(1)))[0])
    return rest * starts + (starts @ rows.T * (gains - rest)) @ rows


@partial(jax.jit, static_argnums=(0, 1, 2, 3, 4, 5))
def _generate(
    architecture: Architecture,
    sampler: str,
    options: Options,
    size: int,
    batches: int,
    where: Mesh,
    numbers: Any,
    shared: Any,
) -> Any:
    draw = Partial(image_samplers.SAMPLERS[sampler], **dict(options))

    def member(own: Any, common: Any) -> Any:
        mean, key = common
        network = denoiser(architecture, own)

        def some(which: Array) -> Array:
            start = image_samplers.seed(jr.fold_in(key, which), size, mean, dict(options)["sigma_max"])
            return draw(network, start)

        return lax.map(some, jnp.arange(batches))

    return over_members(member, where)(numbers, shared)
