"""Bayesian factor model: the posterior of probabilistic PCA, by NUTS and by variational inference.

Data x_i ~ N(0, WWᵀ + s I), i = 1..n, x in R^d, W of shape (d, r), with the priors W ~ N(0, t²/d) entry by
entry, t ~ half-normal(4), s ~ log-normal(0, 1). The latent variables are integrated out, so the posterior
sees the data through S = XᵀX/n alone:

    log p(X|W, s) = −(n/2) (log det C + tr(C⁻¹S)) + const,    C = WWᵀ + s I.

W is known up to a rotation of its columns (for r = 1 up to its sign): all that is reported is invariant.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import optax
from jax import Array
from jaxtyping import Float, Key

from lingen import lazy
from lingen.boundary import checked
from lingen.checks import integer
from lingen.models.posterior import Chains, chains

__all__ = ["Factors", "Statistics", "maximum_likelihood", "model", "posterior", "statistics", "variational"]

numpyro, infer = lazy.module("numpyro"), lazy.module("numpyro.infer")
dist = lazy.module("numpyro.distributions")
SPREAD = 4.0
"""Scale of the half-normal prior of t."""


class Statistics(NamedTuple):
    """What the model sees of the data; `shape` carries d and r as the shape of an array that is not read."""

    covariance: Float[Array, "d d"]
    """S = XᵀX/n."""
    samples: Float[Array, ""]
    """n."""
    shape: Float[Array, "d r"]
    """Zeros: only their shape counts."""


class Factors(NamedTuple):
    """What a Bayesian factor model of rank one and the maximum-likelihood one know of a latent v."""

    sample_overlap: Float[Array, "..."]
    """E(u·v)² of a posterior sample, u = W/‖W‖."""
    replica_overlap: Float[Array, "..."]
    """E(u·u')² of two samples of the same posterior."""
    mean_overlap: Float[Array, "..."]
    """(û·v)², û the leading eigenvector of the posterior mean of uuᵀ."""
    maximum_overlap: Float[Array, "..."]
    """(v̂·v)², v̂ the leading sample eigenvector: maximum likelihood."""
    convergence: Float[Array, "..."] | None
    """q of the posterior predictives of two models trained on disjoint data, sampled with the same seed."""
    maximum_convergence: Float[Array, "..."] | None
    """The same for the maximum-likelihood factor models."""
    memorisation: Float[Array, "..."] | None
    """Variance of the cosine of a predictive sample with a training point over that with a fresh point."""
    maximum_memorisation: Float[Array, "..."] | None
    """The same for the maximum-likelihood factor model."""


@checked
def statistics(data: Float[Array, "n d"], rank: int = 1) -> Statistics:
    """The sufficient statistics of data (mean zero), for a model of the given rank."""
    rank = integer("rank", rank, low=1, high=data.shape[1])
    if not data.shape[0]:
        raise ValueError(f"data must have at least one row, got shape {data.shape}")
    count = jnp.asarray(float(data.shape[0]))
    return Statistics(data.T @ data * (1.0 / count), count, jnp.zeros((data.shape[1], rank)))


@checked
def model(seen: Statistics) -> None:
    """The NumPyro model. Sites: `direction` (W√d/t), `scale` (t), `noise` (s), and `loadings` (W)."""
    scale = numpyro.sample("scale", dist.HalfNormal(SPREAD))
    noise = numpyro.sample("noise", dist.LogNormal(0.0, 1.0))
    free = numpyro.sample("direction", dist.Normal(jnp.zeros_like(seen.shape), 1.0).to_event(2))
    loadings = numpyro.deterministic("loadings", free * scale / jnp.sqrt(1.0 * seen.shape.shape[0]))
    numpyro.factor("likelihood", log_likelihood(seen, loadings, noise))


def log_likelihood(
    seen: Statistics, loadings: Float[Array, "d r"], noise: Float[Array, ""]
) -> Float[Array, ""]:
    """−(n/2)(log det C + tr C⁻¹S) through the r × r matrix M = WᵀW + s I: C⁻¹ = (I − W M⁻¹ Wᵀ)/s."""
    dim, rank = loadings.shape
    inner = loadings.T @ loadings + noise * jnp.eye(rank)
    half, logdet = _eliminate(inner, loadings.T)
    trace = (jnp.trace(seen.covariance) - jnp.sum((half @ seen.covariance) * half)) / noise
    return -0.5 * seen.samples * (logdet + (dim - rank) * jnp.log(noise) + trace)


def _eliminate(matrix: Float[Array, "r r"], right: Float[Array, "r d"]) -> tuple[Array, Array]:
    """L⁻¹B and log det M for M = LLᵀ, row by row: r is small, and a library call would forbid vmap on CPU."""
    rows, logdet = [], jnp.zeros(())
    for k in range(matrix.shape[0]):
        pivot = matrix[k, k]
        row = right[k] / jnp.sqrt(pivot)
        factor = matrix[k] / pivot
        matrix = matrix - jnp.outer(matrix[:, k], factor)
        right = right - jnp.outer(factor, right[k])
        rows.append(row)
        logdet = logdet + jnp.log(pivot)
    return jnp.stack(rows), logdet


@checked
def maximum_likelihood(seen: Statistics) -> tuple[Float[Array, "d r"], Float[Array, ""]]:
    """W and s of probabilistic PCA (Tipping & Bishop 1999): s the mean of the discarded eigenvalues."""
    dim, rank = seen.shape.shape
    values, vectors = jnp.linalg.eigh(seen.covariance)
    noise = jnp.sum(values[: dim - rank]) / (dim - rank)
    return vectors[:, dim - rank :] * jnp.sqrt(jnp.maximum(values[dim - rank :] - noise, 0.0)), noise


@checked
def posterior(
    seen: Statistics, key: Key[Array, ""], *, count: int = 2, warmup: int = 300, draws: int = 300
) -> Chains:
    """The posterior by NUTS, from random starts; pure, so that many data sets run under one vmap.

    Args:
        seen: from `statistics`.
        key: typed key.
        count: chains.
        warmup: steps of adaptation, not kept.
        draws: samples kept of each chain.
    """
    begin, run = jr.split(key)
    places = {  # unconstrained: the logarithms of what is positive
        "direction": jr.normal(begin, (count, *seen.shape.shape)),
        "scale": jnp.zeros(count),
        "noise": jnp.full(count, jnp.log(jnp.trace(seen.covariance) / seen.shape.shape[0])),
    }
    return chains(model, run, places, None, (seen,), warmup=warmup, draws=draws)


@checked
def variational(
    seen: Statistics, key: Key[Array, ""], *, steps: int = 2000, rate: float = 0.02, draws: int = 300
) -> dict[str, Float[Array, "draws *shape"]]:
    """Samples of the mean-field Gaussian approximation, by SVI from the maximum likelihood.

    It picks one of the two signs of W, and its overlaps are those of that sign: squared they are comparable.

    Args:
        seen: from `statistics`.
        key: typed key.
        steps: of Adam.
        rate: its largest step, which falls to zero along a cosine.
        draws: samples from the approximation.
    """
    loadings, noise = maximum_likelihood(seen)
    size = jnp.sqrt(jnp.sum(loadings**2) + 1e-3)
    free = loadings * jnp.sqrt(1.0 * seen.shape.shape[0]) / size
    start = {"direction": free, "scale": size, "noise": noise}
    guide = infer.autoguide.AutoNormal(model, init_loc_fn=infer.init_to_value(values=start), init_scale=0.05)
    optimiser = optax.adam(optax.cosine_decay_schedule(rate, steps))
    svi = infer.SVI(model, guide, optimiser, infer.Trace_ELBO(num_particles=4))
    fit, sample = jr.split(key)
    state = svi.init(fit, seen)
    state, _ = jax.lax.scan(lambda s, _: svi.update(s, seen), state, None, length=steps)
    params = svi.get_params(state)
    found = guide.sample_posterior(sample, params, sample_shape=(draws,))
    weights = found["direction"] * found["scale"][:, None, None] / jnp.sqrt(1.0 * seen.shape.shape[0])
    return {"loadings": weights, "noise": found["noise"], "scale": found["scale"]}
