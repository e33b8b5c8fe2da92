"""Guided samplers on Gaussians, integrated: the score of p_c pushed away from that of p_u.

p_u = N(0, C) with C = Q Σ Qᵀ in a random basis Q, and p_c the law of x − E[x|y] for y = x + √ν w. The
probability flow carries all seeds at once, the reverse diffusion the covariance of its law.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import finite, known, positive
from lingen.models.observables import Guided
from lingen.models.population import Population
from lingen.sims.dense import flow
from lingen.sims.dense.eigenspaces import Eigenspaces, eigenspaces
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    noise: ArrayLike,
    weight: ArrayLike,
    *,
    steps: int = 64,
    sigma_min: float = 1e-3,
    sigma_max: float = 1e3,
) -> Partial:
    """A draw of the variances that guided samplers give to the eigendirections of p_u.

    Args:
        population: the spectrum Σ of p_u.
        dim: d; every bulk atom must have an eigenvalue there.
        noise: ν > 0 of the condition y.
        weight: w of the guidance.
        steps: of the integrator.
        sigma_min: σ_0, above 0.
        sigma_max: σ_T.

    Raises:
        ValueError: for a number out of range, a dimension too small for the bulk.
    """
    spaces = eigenspaces(population, dim)
    logs = flow.path(steps, sigma_min, sigma_max)
    numbers = (positive("noise", known("noise", noise)), finite("weight", known("weight", weight)), logs)
    return Partial(_draw, population.spectrum(dim), *numbers, spaces)


draw = draw_of(sampler, Guided)


def _draw(
    spectrum: Float[Array, "d"],
    noise: Float[Array, ""],
    weight: Float[Array, ""],
    logs: Float[Array, "t"],
    spaces: Eigenspaces,
    key: Key[Array, ""],
) -> Guided:
    identity = jnp.eye(spectrum.size)
    basis = jnp.linalg.qr(jr.normal(key, identity.shape))[0]
    prior = (basis * spectrum) @ basis.T
    known = prior - prior @ jnp.linalg.solve(prior + noise * identity, prior)

    def guided(s: Array) -> Array:
        """The matrix A of the guided score −A x."""
        free, conditioned = (jnp.linalg.inv(c + s * identity) for c in (prior, known))
        return (1.0 + weight) * conditioned - weight * free

    def along_flow(x: Array, s: Array) -> Array:
        return 0.5 * guided(s) @ x

    def along_diffusion(law: Array, s: Array) -> Array:
        pull = guided(s) @ law
        return pull + pull.T - identity

    first = jnp.exp(logs[0])
    made = flow.integrate(along_flow, jnp.sqrt(first) * identity, logs)
    law = flow.integrate(along_diffusion, first * identity, logs)

    def by_atom(covariance: Array) -> Array:
        return spaces.mean(jnp.sum(basis * (covariance @ basis), axis=0))

    return Guided(by_atom(made @ made.T), by_atom(law))
