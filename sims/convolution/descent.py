"""Linear convolutional networks trained: full-batch gradient descent with momentum, to convergence.

The loss E_z‖x − a∗(x+√s z)‖²/d over the images x of a network is ‖x − a∗x‖²/d + s‖a‖², the mean over the
noise z being taken exactly. Its curvature lies between 2s and 2(max_k p̂_k + s), for which Nesterov's momentum
is chosen.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.networks.linear_convolution import LinearConvolution
from lingen.sims.convolution.pixels import periodogram

__all__ = ["trained"]

SMALL = 1e-8
"""Of the gradient at the end, over that at the start."""
STEPS = 20_000


@checked
def trained(network: LinearConvolution, images: Float[Array, "n ..."], noise: Float[Array, ""]) -> Array:
    """The transfer function of the network trained on these images, at the frequencies of a real transform.

    NaN where the gradient has not become small.

    Args:
        network: where the descent starts; it is left as it is.
        images: x.
        noise: s > 0, variance.
    """
    definition, start = nnx.split(network)
    largest = jnp.max(periodogram(images))
    ratio = jnp.sqrt(1.0 + largest / noise)
    descent = optax.sgd(0.5 / (largest + noise), (ratio - 1.0) / (ratio + 1.0), nesterov=True)

    def loss(numbers: nnx.State) -> Array:
        own = nnx.merge(definition, numbers)
        return jnp.mean((images - own(images)) ** 2) + noise * jnp.sum(own.weight[...] ** 2)

    slope = jax.grad(loss)
    first = optax.tree.norm(slope(start))

    def unfinished(state: tuple) -> Array:
        step, _, _, size = state
        return (size > SMALL * first) & (step < STEPS)

    def advance(state: tuple) -> tuple:
        step, numbers, memory, _ = state
        gradient = slope(numbers)
        updates, memory = descent.update(gradient, memory, numbers)
        return step + 1, optax.apply_updates(numbers, updates), memory, optax.tree.norm(gradient)

    begun = jnp.zeros((), int), start, descent.init(start), first
    _, numbers, _, size = jax.lax.while_loop(unfinished, advance, begun)
    return jnp.where(size <= SMALL * first, nnx.merge(definition, numbers).transfer.real, jnp.nan)
