"""Linear denoisers measured: the risks of r(y) = h(S) y for data y = x + √s z of noise variance s.

Given S the risks are exact traces: E‖h(S)(x+√s z) − x‖² = tr(C (1−h(S))²) + s tr h(S)², with C = Σ for a
fresh point x and C = S, the mean of x xᵀ over the training set, for a training point.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import known, positive
from lingen.models import filters
from lingen.models.filters import Filter
from lingen.models.observables import Denoising
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.eigenspaces import Eigenspaces, eigenspaces
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of

__all__ = ["METHODS", "draw", "sampler"]

METHODS = methods.Methods("denoising")


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None = None,
    method: str = "dense",
    *,
    noise: ArrayLike,
    entries: str = "gaussian",
) -> Partial:
    """A draw of the test risk, the training risk and the response of a denoiser.

    Args:
        population: the truth.
        dim: d; every bulk atom must have an eigenvalue there.
        load: γ = n/d.
        filter: h; the denoiser λ/(λ+s) trained at `noise` when absent, `early_stopped(t, s)` for the one
            stopped at time t.
        method: "dense" or "auto".
        noise: s > 0, the variance of the noise on the data to be denoised.
        entries: the law of the whitened data, one of `wishart.ENTRIES`.

    Raises:
        ValueError: for an argument out of range, an unknown method, a dimension too small for the bulk.
    """
    methods.choose(METHODS, method, population, dim, filter, entries)
    source = wishart.source(population, dim, load, entries)
    noise = positive("noise", known("noise", noise))
    spaces = eigenspaces(population, dim)
    filter = filters.denoiser(noise) if filter is None else wishart.check_filter(filter, dim)
    return Partial(_dense, source, filter, noise, spaces)


draw = draw_of(sampler, Denoising)


def _dense(
    source: DataSource,
    filter: Filter,
    noise: Float[Array, ""],
    spaces: Eigenspaces,
    key: Key[Array, ""],
) -> Denoising:
    model = source.model(key)
    h = wishart.gains(model, filter)
    weight = model.vectors**2
    missing = (1.0 - h) ** 2
    amplified = noise * jnp.sum(h**2)
    test = jnp.sum(source.spectrum @ weight * missing) + amplified
    train = jnp.sum(model.eigenvalues * missing) + amplified
    return Denoising(test / source.spectrum.size, train / source.spectrum.size, spaces.mean(weight @ h))
