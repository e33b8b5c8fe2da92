"""Two-layer linear networks and tied autoencoders in training, watched mode by mode.

The data have a known covariance Σ, of given eigenvalues in random directions; the loss E‖A(x+√s z) − x‖² is
exact in x and z. W starts as a Gaussian matrix of small variance: for a wide hidden layer WᵀW is then
nearly ε1. A draw is one start.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import optax
from flax import struct
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen import lazy
from lingen.boundary import at_once, checked
from lingen.checks import integer, nonnegative, positive, vector
from lingen.models.learning import Modes
from lingen.sims.dense import descent

__all__ = ["LAYERS", "Plateaus", "plateau_sampler", "sampler"]

networks = lazy.module("lingen.models.networks.linear")
LAYERS = ("tied", "two")


@struct.dataclass
class LinearNetworkSizes:
    """What is static of a run."""

    width: int = struct.field(pytree_node=False)
    records: int = struct.field(pytree_node=False)
    every: int = struct.field(pytree_node=False, default=1)
    layers: str = struct.field(pytree_node=False, default="tied")


class Plateaus(NamedTuple):
    """When modes are learnt from two starts, the one a scaled copy of the other."""

    delay: Float[Array, "... k"]
    """Time by which mode k reaches half its end later from the smaller start."""
    order: Float[Array, "..."]
    """Fraction of neighbours among the modes that are learnt in the order of their eigenvalues."""


@checked
@at_once
def sampler(
    eigenvalues: ArrayLike,
    width: int,
    *,
    start: float,
    rate: float,
    records: int,
    every: int = 1,
    noise: float = 0.0,
    layers: str = "tied",
) -> Partial:
    """A draw of `Modes` along training, fields of shape (records, k).

    Args:
        eigenvalues: λ_k > 0 of Σ, shape (k,).
        width: r, the hidden units.
        start: ε > 0: W has independent entries of variance ε/r, so that E WᵀW = ε1.
        rate: η > 0.
        records: how often to look.
        every: steps before each look.
        noise: s >= 0.
        layers: "tied" (WᵀW) or "two" (W₂W₁, from W₂ = W₁ᵀ).

    Raises:
        ValueError: for an argument out of range.
    """
    values = vector("eigenvalues", positive("eigenvalues", eigenvalues))
    if layers not in LAYERS:
        raise ValueError(f"layers must be one of {', '.join(LAYERS)}, got {layers!r}")
    width, records = integer("width", width, low=1), integer("records", records, low=1)
    every = integer("every", every, low=1)
    numbers = (values, positive("start", start), positive("rate", rate), nonnegative("noise", noise))
    return Partial(_modes, LinearNetworkSizes(width, records, every, layers), *numbers)


@checked
@at_once
def plateau_sampler(
    eigenvalues: ArrayLike, width: int, *, starts: tuple[float, float], rate: float, steps: int
) -> Partial:
    """A draw of `Plateaus` of a tied autoencoder, s = 0; the larger of the two starts comes first.

    Raises:
        ValueError: for an argument out of range.
    """
    values = vector("eigenvalues", positive("eigenvalues", eigenvalues))
    pair = vector("starts", positive("starts", starts))
    if pair.shape != (2,) or pair[0] <= pair[1]:
        raise ValueError(f"starts must be two decreasing numbers, got {starts}")
    width, steps = integer("width", width, low=1), integer("steps", steps, low=1)
    return Partial(_plateaus, LinearNetworkSizes(width, steps), values, pair, positive("rate", rate))


def _modes(
    sizes: LinearNetworkSizes,
    values: Float[Array, "k"],
    start: Array,
    rate: Array,
    noise: Array,
    key: Key[Array, ""],
) -> Modes:
    turn, own = jr.split(key)
    basis = _basis(turn, values.size)
    weight = jr.normal(own, (sizes.width, values.size)) * jnp.sqrt(start / sizes.width)
    tied = sizes.layers == "tied"
    model = networks.TiedAutoencoder(weight) if tied else networks.TwoLayer(weight, weight.T)
    return Modes(_train(model, basis, values, rate, noise, own, sizes))


def _plateaus(
    sizes: LinearNetworkSizes, values: Float[Array, "k"], starts: Array, rate: Array, key: Key[Array, ""]
) -> Plateaus:
    turn, own = jr.split(key)
    basis = _basis(turn, values.size)
    weight = jr.normal(own, (sizes.width, values.size)) * sizes.width**-0.5

    def crossing(start: Array) -> Float[Array, "k"]:
        model = networks.TiedAutoencoder(weight * jnp.sqrt(start))
        return _half_time(_train(model, basis, values, rate, jnp.zeros(()), own, sizes)) * rate

    first, second = jax.vmap(crossing)(starts)
    return Plateaus(second - first, jnp.mean(jnp.diff(second) > 0.0))


def _train(
    model: networks.TiedAutoencoder | networks.TwoLayer,
    basis: Float[Array, "k k"],
    values: Float[Array, "k"],
    rate: Array,
    noise: Array,
    key: Key[Array, ""],
    sizes: LinearNetworkSizes,
) -> Float[Array, "records k"]:
    covariance = (basis * values) @ basis.T
    return descent.descend(
        model,
        descent.denoising_loss(covariance, noise),
        lambda model: jnp.sum(basis * (model.matrix @ basis), axis=0),
        optax.sgd(rate),
        key,
        sizes.records,
        sizes.every,
    ).records


def _half_time(curves: Float[Array, "steps k"]) -> Float[Array, "k"]:
    """The step at which each curve first passes ½, by lines in the log-odds; NaN if it never does."""
    above = curves >= 0.5
    first = jnp.maximum(jnp.argmax(above, axis=0), 1)
    before, after = (_log_odds(jnp.take_along_axis(curves, i[None], axis=0)[0]) for i in (first - 1, first))
    # records start after one step
    return jnp.where(above.any(axis=0), first - before / (after - before), jnp.nan)


def _log_odds(a: Array) -> Array:
    inside = jnp.clip(a, 1e-300, 1.0 - 1e-12)
    return jnp.log(inside) - jnp.log1p(-inside)


def _basis(key: Key[Array, ""], dim: int) -> Float[Array, "d d"]:
    """Random directions: a product of Householder reflections, orthogonal to round-off."""

    def reflect(basis: Array, normal: Array) -> tuple[Array, None]:
        return basis - (2.0 / (normal @ normal)) * jnp.outer(basis @ normal, normal), None

    return jax.lax.scan(reflect, jnp.eye(dim), jr.normal(key, (dim, dim)))[0]
