"""Laws of single entries of a latent: mixtures of Gaussians and points, of mean 0 and variance 1.

A prior P gives the posterior of an entry x in closed form, for any field b and precision a:

    P(x | b, a) ∝ P(x) e^{bx − ax²/2},

b = √ϖ y and a = ϖ after an observation y = √ϖ x + g, g ~ N(0, 1).
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import at_once, checked
from lingen.checks import bounded, is_traced, sound

__all__ = ["RAREST", "Prior", "gauss", "rademacher", "sparse"]

RAREST = 1e-9
"""The smallest share of entries that are not zero."""


@struct.dataclass
class Prior:
    """Σ_k p_k N(μ_k, σ_k²), of mean 0 and variance 1.

    Attributes:
        shares: p_k, shape (k,).
        means: μ_k.
        variances: σ_k², 0 for a point.
    """

    shares: Any
    means: Any
    variances: Any

    def check_numbers(self, name: str) -> None:
        """Raise `ValueError` unless the numbers are finite, of mean 0 and of variance 1."""
        for field in ("shares", "means", "variances"):
            sound(f"{name}.{field}", getattr(self, field), negative=field == "means", axes=1)
        if is_traced((self.shares, self.means, self.variances)):
            return
        shares, means, variances = (np.asarray(x) for x in (self.shares, self.means, self.variances))
        if not shares.shape == means.shape == variances.shape or not shares.size:
            raise ValueError(f"{name} must have as many shares as means and variances, got {shares.shape}")
        moments = np.array([shares.sum(), shares @ means, shares @ (means**2 + variances)])
        if np.any(np.abs(moments - [1.0, 0.0, 1.0]) > 1e-6):
            raise ValueError(f"{name} must have mean 0 and variance 1, got {moments[1]:g} and {moments[2]:g}")

    def entries(self, even: Float[Array, "m"], normal: Float[Array, "m"]) -> Float[Array, "m"]:
        """Entries of this law, made of numbers even on [0, 1) and of standard normal ones."""
        chosen = jnp.sum(even[:, None] >= jnp.cumsum(self.shares)[:-1], axis=1)
        return self.means[chosen] + jnp.sqrt(self.variances[chosen]) * normal

    def posterior(self, field: Float[Array, "..."], precision: ArrayLike) -> tuple[Array, Array]:
        """Mean and variance of an entry, of the shape of the field.

        Args:
            field: b.
            precision: a >= 0; broadcasts.
        """
        b, a = field[..., None], jnp.asarray(precision)[..., None]
        wide = 1.0 + a * self.variances
        centre, spread = (self.means + self.variances * b) / wide, self.variances / wide
        exponent = b * (b * self.variances + 2.0 * self.means) - a * self.means**2
        weight = jax.nn.softmax(jnp.log(self.shares) + 0.5 * (exponent / wide - jnp.log(wide)), axis=-1)
        mean = jnp.sum(weight * centre, axis=-1)
        return mean, jnp.sum(weight * (spread + (centre - mean[..., None]) ** 2), axis=-1)


@at_once
def gauss() -> Prior:
    """N(0, 1)."""
    return _prior([1.0], [0.0], [1.0])


@at_once
def rademacher() -> Prior:
    """±1 with equal chances."""
    return _prior([0.5, 0.5], [-1.0, 1.0], [0.0, 0.0])


@checked
@at_once
def sparse(share: ArrayLike) -> Prior:
    """N(0, 1/ρ) with probability ρ, else 0.

    Args:
        share: ρ, from `RAREST` to 1.

    Raises:
        ValueError: for a share out of range.
    """
    share = bounded("share", share, RAREST, 1.0)
    if share.ndim:
        raise ValueError(f"share must be one number, got an array of shape {share.shape}")
    zero = jnp.zeros(())
    return Prior(jnp.stack([1.0 - share, share]), jnp.stack([zero, zero]), jnp.stack([zero, 1.0 / share]))


def _prior(shares: list[float], means: list[float], variances: list[float]) -> Prior:
    return Prior(jnp.asarray(shares), jnp.asarray(means), jnp.asarray(variances))
