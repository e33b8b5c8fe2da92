"""Ridge models measured: N(0, S+ρ) against the truth, and the ridge that serves one trained model best.

Given S both divergences and the slopes of all three distances in ρ are exact traces; the best ridge is where
a slope vanishes. Its mean over data differs from the ridge of least mean distance by O(1/d).
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import known, nonnegative
from lingen.models.observables import RidgeModel
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.halving import logarithmic_root
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of

__all__ = ["METHODS", "draw", "sampler"]

METHODS = methods.Methods("ridge_models")

LOWEST, HIGHEST = 1e-12, 1e6
"""In units of the largest eigenvalue of the truth the best ridge is sought between these."""


@checked
@at_once
def sampler(
    population: Population, dim: int, load: ArrayLike, method: str = "dense", *, rho: ArrayLike
) -> Partial:
    """A draw of the divergences of a ridge model, and of the best ridges of its training set.

    Args:
        population: the truth, without zero eigenvalues.
        dim: d.
        load: γ = n/d.
        method: "dense" or "auto".
        rho: the ridge ρ >= 0 of the divergences; positive where n < d, for finite ones.

    Raises:
        ValueError: for an argument out of range, another method, or a singular truth.
    """
    methods.choose(METHODS, method, population, dim)
    source = wishart.source(population, dim, load)
    if float(source.spectrum.min()) <= 0:
        raise ValueError("population must have no zero eigenvalue, got one")
    ridge = nonnegative("rho", known("rho", rho))
    measure = _isotropic if float(source.spectrum.min()) == float(source.spectrum.max()) else _dense
    return Partial(measure, source, ridge)


draw = draw_of(sampler, RidgeModel)


def _isotropic(source: DataSource, rho: Float[Array, ""], key: Key[Array, ""]) -> RidgeModel:
    return _measure(source, rho, key, transport=True)


def _dense(source: DataSource, rho: Float[Array, ""], key: Key[Array, ""]) -> RidgeModel:
    return _measure(source, rho, key, transport=False)


def _measure(source: DataSource, rho: Array, key: Array, *, transport: bool) -> RidgeModel:
    model, truth = source.model(key), source.spectrum
    values, weight = model.eigenvalues, model.vectors**2
    along, inverse = truth @ weight, (1.0 / truth) @ weight  # v·Σv and v·Σ⁻¹v of each eigenvector
    learnt, unit = values + rho, jnp.max(truth)
    low, high = LOWEST * unit, HIGHEST * unit
    gap = jnp.mean(jnp.log(learnt)) - jnp.mean(jnp.log(truth))
    precision = jnp.mean(1.0 / truth)

    def forward(x: Array) -> Array:
        return jnp.mean((along - values - x) / (values + x) ** 2) > 0

    root = jnp.sqrt(unit)  # of Σ = σ1, the only one for which the third is asked
    return RidgeModel(
        kl_forward=0.5 * (jnp.mean(along / learnt) - 1.0 + gap),
        kl_reverse=0.5 * (jnp.mean(inverse * learnt) - 1.0 - gap),
        best_forward=logarithmic_root(forward, low, high),
        best_reverse=logarithmic_root(lambda x: jnp.mean(1.0 / (values + x)) > precision, low, high),
        best_wasserstein2=logarithmic_root(lambda x: jnp.mean(root / jnp.sqrt(values + x)) > 1.0, low, high)
        if transport
        else None,
    )  # fmt: skip
