"""Linear variational autoencoders in training: how much each latent carries at the end (G4).

The evidence lower bound is exact in the latents and in the data, whose covariance is known or that of a
sample. Descent has momentum and starts from small random weights. A draw is one start (and one data set).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from flax import struct
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen import lazy
from lingen.boundary import at_once, checked
from lingen.checks import integer, is_traced, nonnegative, positive, vector
from lingen.models.learning import PosteriorCollapse
from lingen.models.population import Population
from lingen.sims.dense import descent, wishart

__all__ = ["Sampled", "sampled_sampler", "sampler"]

networks = lazy.module("lingen.models.networks.linear")
MOMENTUM = 0.9


@struct.dataclass
class AutoencoderSizes:
    """What is static of a run."""

    latents: int = struct.field(pytree_node=False)
    steps: int = struct.field(pytree_node=False)


class Sampled(NamedTuple):
    """A variational autoencoder trained on a sample."""

    weight: Float[Array, ""]
    """tr WWᵀ of the decoder W."""
    along: Float[Array, ""]
    """uᵀSu, the variance of the sample along the leading direction u of the truth: its mean is that of Σ."""


START = 0.1


@checked
@at_once
def sampler(
    eigenvalues: ArrayLike, variance: float, latents: int, *, steps: int = 8000, rate: float = 0.04
) -> Partial:
    """A draw of `PosteriorCollapse` for infinitely many data of covariance diag(eigenvalues).

    Args:
        eigenvalues: λ_k >= 0, not all zero, shape (d,).
        variance: β > 0 of the decoder.
        latents: k, their number, at most d.
        steps: of descent with momentum.
        rate: learning rate in units of β/λ_max.

    Raises:
        ValueError: for an argument out of range.
    """
    values = vector("eigenvalues", nonnegative("eigenvalues", eigenvalues))
    if not is_traced(values) and not np.any(np.asarray(values) > 0):
        raise ValueError("eigenvalues must hold a positive one, got none")
    latents, steps = integer("latents", latents, low=1, high=values.size), integer("steps", steps, low=1)
    return Partial(
        _known,
        AutoencoderSizes(latents, steps),
        values,
        positive("variance", variance),
        positive("rate", rate),
    )


@checked
@at_once
def sampled_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    variance: float,
    latents: int = 1,
    *,
    steps: int = 2000,
    rate: float = 0.2,
) -> Partial:
    """A draw of `Sampled` on n = γd samples.

    A latent of eigenvalue λ grows at a rate in proportion to λ/β − 1: near β it needs more steps.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.
        variance: β > 0 of the decoder.
        latents: k, their number, at most d.
        steps: of descent with momentum.
        rate: learning rate in units of β over a bound of the typical λ_max; stable below about 0.5.

    Raises:
        ValueError: for an argument out of range.
    """
    source = wishart.source(population, dim, load)
    latents, steps = integer("latents", latents, low=1, high=dim), integer("steps", steps, low=1)
    return Partial(
        _sampled,
        AutoencoderSizes(latents, steps),
        source,
        positive("variance", variance),
        positive("rate", rate),
    )


def _known(
    sizes: AutoencoderSizes, values: Float[Array, "d"], variance: Array, rate: Array, key: Key[Array, ""]
) -> PosteriorCollapse:
    covariance = jnp.diag(values)
    model = _train(sizes, covariance, variance, rate * variance / jnp.max(values), key)
    return PosteriorCollapse(jnp.sum(model[0] ** 2, axis=1), model[1])


def _sampled(
    sizes: AutoencoderSizes,
    source: wishart.DataSource,
    variance: Array,
    rate: Array,
    key: Key[Array, ""],
) -> Sampled:
    data, own = jr.split(key)
    x = source.data(data)
    covariance = wishart.second_moment(x, source.samples)
    ratio = source.spectrum.size / source.samples
    bound = jnp.max(source.spectrum) * (1.0 + jnp.sqrt(ratio)) ** 2  # about the largest eigenvalue, or above
    decoder, _ = _train(sizes, covariance, variance, rate * variance / bound, own)
    return Sampled(jnp.sum(decoder**2), covariance[0, 0])


def _train(
    sizes: AutoencoderSizes,
    covariance: Float[Array, "d d"],
    variance: Array,
    rate: Array,
    key: Key[Array, ""],
) -> tuple[Float[Array, "d k"], Float[Array, ""]]:
    dim = covariance.shape[0]
    one, two = jr.split(key)
    start = START * dim**-0.5
    run = descent.descend(
        networks.LinearVAE(
            start * jr.normal(one, (sizes.latents, dim)), start * jr.normal(two, (dim, sizes.latents))
        ),
        lambda model, key: model.negative_elbo(covariance, variance),
        lambda model: (model.decoder[...], model.information(covariance)),
        optax.sgd(rate, momentum=MOMENTUM),
        key,
        1,
        sizes.steps,
    )
    decoder, information = run.records
    return decoder[0], information[0]
