"""Ridge denoisers measured: S(S+s+ϱ)⁻¹ used at noise s, and the ϱ that serves one trained model best.

Given S the risk on a fresh point is an exact trace for every t = s + ϱ; its least value is looked for on a
grid of log t and then by the sign of its slope. The mean over data of the best ϱ differs from
the ϱ of least mean risk by O(1/d).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import known, positive
from lingen.models.observables import RidgeDenoiser
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.halving import logarithmic_root
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of

__all__ = ["METHODS", "draw", "sampler"]

METHODS = methods.Methods("ridge_denoisers")
GRID = np.asarray([2.0 ** (k / 2.0) for k in range(-40, 41)])
"""Values of t among which the least risk is sought, in units of the larger of noise and mean variance."""


@checked
@at_once
def sampler(
    population: Population, dim: int, load: ArrayLike, method: str = "dense", *, noise: ArrayLike
) -> Partial:
    """A draw of the test risk of a trained denoiser, of its best extra ridge and of the risk there.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.
        method: "dense" or "auto".
        noise: s > 0, the variance of the noise on the data to be denoised.

    Raises:
        ValueError: for an argument out of range or another method.
    """
    methods.choose(METHODS, method, population, dim)
    source = wishart.source(population, dim, load)
    return Partial(_dense, source, positive("noise", known("noise", noise)))


draw = draw_of(sampler, RidgeDenoiser)


def _dense(source: DataSource, noise: Float[Array, ""], key: Key[Array, ""]) -> RidgeDenoiser:
    model = source.model(key)
    values, along = model.eigenvalues, source.spectrum @ model.vectors**2

    def risk(total: Array) -> Array:
        share = total / (values + total)
        return jnp.mean(along * share**2 + noise * (1.0 - share) ** 2)

    def falling(total: Array) -> Array:
        share = values / (values + total)
        return jnp.mean(share * (along * total - noise * values) / (values + total) ** 2) < 0

    grid = jnp.asarray(GRID) * jnp.maximum(noise, jnp.mean(source.spectrum))
    near = grid[jnp.argmin(jax.vmap(risk)(grid))]
    best = logarithmic_root(falling, near / 2.0, near * 2.0)
    return RidgeDenoiser(risk(noise), best - noise, risk(best))
