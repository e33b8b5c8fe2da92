"""Speciation: when does a backward diffusion path choose its class? (section K of the theory).

Data ±μ + σ N(0, I) in R^d, leading eigenvalue Λ = |μ|² + σ² growing with d; dx = −x dt + √2 dB forward. At
time t the class is seen through a channel of signal-to-noise ratio κ = e^{−2t}|μ|²/(1−e^{−2t}+σ²e^{−2t}). Two
paths cloned at t agree in their class with chance ½(1 + E tanh²(κ+√κ g)), a function of t − t_S alone as
Λ → ∞, with the speciation time t_S = ½ log Λ.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite, nonnegative, positive
from lingen.models.systems import Speciation
from lingen.theory.numerics.quadrature import between

__all__ = ["agreement", "predict", "speciation_time"]

_NODES, _REACH = 160, 10.0


@checked
def speciation_time(eigenvalue: ArrayLike) -> Float[Array, "..."]:
    """t_S = ½ log Λ, negative below Λ = 1.

    Args:
        eigenvalue: the leading eigenvalue Λ > 0 of the data's covariance, any shape.

    Raises:
        ValueError: if an eigenvalue is not positive.

    Source: Biroli et al., arXiv 2402.18491.
    """
    return 0.5 * jnp.log(positive("eigenvalue", eigenvalue))


@checked
def agreement(ratio: ArrayLike) -> Float[Array, "..."]:
    """½(1 + E tanh²(κ+√κ g)), g ~ N(0, 1): two independent guesses from the posterior agree.

    Args:
        ratio: the signal-to-noise ratio κ >= 0, any shape.

    Raises:
        ValueError: if a ratio is negative.

    Source: derived (docs/derivations, statement K1).
    """
    kappa = nonnegative("ratio", ratio)[..., None]
    node, weight = between(-_REACH, _REACH, _NODES)
    weight = weight / np.sqrt(2.0 * np.pi) * np.exp(-(node**2) / 2.0)
    # E tanh² = E tanh for a matched Gaussian channel; the square is never negative
    return 0.5 * (1.0 + jnp.tanh(kappa + jnp.sqrt(kappa) * node) ** 2 @ weight)


@checked
def predict(offset: ArrayLike) -> Speciation:
    """Agreement of paths cloned at t = t_S + s, Λ → ∞: κ = e^{−2s}.

    Args:
        offset: s, any shape.

    Source: as for `agreement`.
    """
    return Speciation(agreement(jnp.exp(-2.0 * finite("offset", offset))))
