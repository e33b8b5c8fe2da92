"""Linear networks that learn: maps y ↦ A y of data, with A a product of trained matrices.

One layer (the linear denoiser), two layers, a tied autoencoder, the linear variational autoencoder, and the
random-features denoiser, linear in what it trains. All are `flax.nnx` modules; vectors are rows.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.checks import integer, room

__all__ = ["Feature", "LinearDenoiser", "LinearVAE", "RandomFeatures", "TiedAutoencoder", "TwoLayer"]

Rows = Float[Array, "... d"]


class Feature(nnx.Variable):
    """A matrix that is drawn once and never trained."""


class LinearDenoiser(nnx.Module):
    """r(y) = W y, from W = 0.

    Attributes:
        weight: W, shape (d, d).
    """

    def __init__(self, dim: int):
        dim = integer("dim", dim, low=1)
        room("dim", dim, float(dim) ** 2)
        self.weight = nnx.Param(jnp.zeros((dim, dim)))

    @property
    def matrix(self) -> Float[Array, "d d"]:
        """W."""
        return self.weight[...]

    def __call__(self, y: Rows) -> Rows:
        """W y of each row."""
        return y @ self.matrix.T


class TwoLayer(nnx.Module):
    """r(y) = W₂ W₁ y.

    Attributes:
        first: W₁, shape (r, d).
        second: W₂, shape (d, r).
    """

    def __init__(self, first: Float[Array, "r d"], second: Float[Array, "d r"]):
        if jnp.shape(first) != jnp.shape(second)[::-1]:
            raise ValueError(f"second must have shape {jnp.shape(first)[::-1]}, got {jnp.shape(second)}")
        self.first, self.second = nnx.Param(first), nnx.Param(second)

    @property
    def matrix(self) -> Float[Array, "d d"]:
        """W₂ W₁."""
        return self.second[...] @ self.first[...]

    def __call__(self, y: Rows) -> Rows:
        """W₂ W₁ y of each row."""
        return (y @ self.first[...].T) @ self.second[...].T


class TiedAutoencoder(nnx.Module):
    """r(y) = Wᵀ W y: the decoder is the encoder's transpose.

    Attributes:
        weight: W, shape (r, d).
    """

    def __init__(self, weight: Float[Array, "r d"]):
        self.weight = nnx.Param(weight)

    @property
    def matrix(self) -> Float[Array, "d d"]:
        """Wᵀ W."""
        return self.weight[...].T @ self.weight[...]

    def __call__(self, y: Rows) -> Rows:
        """Wᵀ W y of each row."""
        return (y @ self.weight[...].T) @ self.weight[...]


class LinearVAE(nnx.Module):
    """Decoder N(W z, β 1), prior z ~ N(0, 1), encoder N(V x, diag e^{D}).

    Attributes:
        encoder: V, shape (k, d).
        log_variance: D, shape (k,), initially 0.
        decoder: W, shape (d, k).
    """

    def __init__(self, encoder: Float[Array, "k d"], decoder: Float[Array, "d k"]):
        if jnp.shape(encoder) != jnp.shape(decoder)[::-1]:
            raise ValueError(f"decoder must have shape {jnp.shape(encoder)[::-1]}, got {jnp.shape(decoder)}")
        self.encoder, self.decoder = nnx.Param(encoder), nnx.Param(decoder)
        self.log_variance = nnx.Param(jnp.zeros(jnp.shape(encoder)[0]))

    @property
    def matrix(self) -> Float[Array, "d d"]:
        """W V: the mean reconstruction."""
        return self.decoder[...] @ self.encoder[...]

    def __call__(self, x: Rows) -> Rows:
        """W V x of each row."""
        return (x @ self.encoder[...].T) @ self.decoder[...].T

    def information(self, covariance: Float[Array, "d d"]) -> Float[Array, ""]:
        """KL(encoder ‖ prior) in nats, averaged over centred data of this covariance."""
        spread = jnp.sum((self.encoder[...] @ covariance) * self.encoder[...])
        log_variance = self.log_variance[...]
        return 0.5 * (spread + jnp.sum(jnp.exp(log_variance) - log_variance - 1.0))

    def negative_elbo(self, covariance: Float[Array, "d d"], variance: ArrayLike) -> Float[Array, ""]:
        """−ELBO in nats a data point, exact in z, for the decoder variance β."""
        encoder, decoder = self.encoder[...], self.decoder[...]
        seen = covariance @ encoder.T
        back = jnp.sum((decoder.T @ decoder) * (encoder @ seen)) - 2.0 * jnp.sum(seen * decoder)
        reconstruction = jnp.trace(covariance) + back
        blurred = jnp.sum(decoder**2 * jnp.exp(self.log_variance[...]))
        constant = 0.5 * covariance.shape[0] * jnp.log(2.0 * jnp.pi * jnp.asarray(variance, float))
        return (reconstruction + blurred) / (2.0 * variance) + constant + self.information(covariance)


class RandomFeatures(nnx.Module):
    """r(y) = A φ(F y)/√p: random first layer F, trained readout A, from A = 0.

    Attributes:
        features: F, shape (p, d), never trained.
        readout: A, shape (d, p).
    """

    def __init__(self, features: Float[Array, "p d"], activation: Callable[[Array], Array] = jnp.tanh):
        width, dim = jnp.shape(features)
        self.features, self.activation = Feature(features), activation
        self.readout = nnx.Param(jnp.zeros((dim, width)))

    def hidden(self, y: Rows) -> Float[Array, "... p"]:
        """φ(F y)/√p of each row."""
        features = self.features[...]
        return self.activation(y @ features.T) * features.shape[0] ** -0.5

    def __call__(self, y: Rows) -> Rows:
        """A φ(F y)/√p of each row."""
        return self.hidden(y) @ self.readout[...].T
