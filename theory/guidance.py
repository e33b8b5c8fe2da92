"""Classifier-free guidance on Gaussians: the score (1+w) ∇log p_c − w ∇log p_u.

p_c and p_u are centred and share their eigendirections; a mean of p_c moves the samples, not their spread.
λ_c and λ_u are the variances with and without the condition. Noise of variance s is added to both, and the
reverse process starts from N(0, s_T). What comes out depends on the sampler and is not the tilted law
p_c^{1+w} p_u^{−w} (statement N8).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, nonnegative, positive, representable
from lingen.models.observables import Guided
from lingen.models.population import Population

__all__ = ["conditional", "diffusion_variance", "flow_variance", "predict", "tilted_variance"]


@checked
@representable
def flow_variance(
    conditional: ArrayLike, unconditional: ArrayLike, weight: ArrayLike, start: ArrayLike = jnp.inf
) -> Float[Array, "..."]:
    """λ_c^{1+w} λ_u^{−w} of the guided probability flow that starts at s_T = ∞.

    dx/ds = ½[(1+w)/(λ_c+s) − w/(λ_u+s)] x, so from N(0, s_T) down to s = 0 exactly

        λ_c^{1+w} λ_u^{−w} · s_T (λ_u+s_T)^w/(λ_c+s_T)^{1+w}.

    It holds for the exact probability flow, whatever the schedule (variance preserving or exploding: they
    differ by a scale), in the limit s_T → ∞, that is ᾱ_T → 0; the last factor is what a finite s_T leaves.

    Args:
        conditional: λ_c > 0, variance.
        unconditional: λ_u > 0, variance.
        weight: w >= 0; 0 is no guidance, p_c.
        start: s_T > 0, the noise variance at the start; infinite if absent. All four broadcast.

    Raises:
        ValueError: if a variance is not positive or the weight negative.

    Source: derived (docs/derivations, statement N8).
    """
    first, second, w = _checked(conditional, unconditional, weight)
    last = jnp.asarray(start, float)
    if not is_traced(last) and np.any(~(np.asarray(last) > 0)):
        raise ValueError(f"start must be positive, got {np.min(np.asarray(last)):g}")
    return _flow_variance(first, second, w, last)


@jax.jit
def _flow_variance(first: Array, second: Array, w: Array, last: Array) -> Array:
    finite = jnp.where(jnp.isinf(last), 1.0, last)
    left = w * jnp.log1p(second / finite) - (1.0 + w) * jnp.log1p(first / finite)
    return jnp.exp(jnp.log(first) + w * jnp.log(first / second) + jnp.where(jnp.isinf(last), 0.0, left))


@checked
@representable
def diffusion_variance(
    conditional: ArrayLike, unconditional: ArrayLike, weight: ArrayLike
) -> Float[Array, "..."]:
    """The same for the guided reverse diffusion (DDPM of many steps), which starts at s_T = ∞:

        λ_c (λ_c (λ_c/λ_u)^{2w} − λ_u)/((2w+1)(λ_c−λ_u)),    λ_c at λ_c = λ_u or w = 0.

    Args:
        conditional: λ_c > 0, variance.
        unconditional: λ_u > 0, variance.
        weight: w >= 0. All three broadcast.

    Raises:
        ValueError: if a variance is not positive or the weight negative.

    Source: derived (docs/derivations, statement N8).
    """  # noqa: D415
    return _diffusion_variance(*_checked(conditional, unconditional, weight))


@jax.jit
def _diffusion_variance(first: Array, second: Array, w: Array) -> Array:
    # with λ_c/λ_u = e^r: λ_c (e^{(2w+1)r} − 1)/((2w+1)(e^r − 1)), a ratio of two smooth functions of r
    r = jnp.log(first / second)
    return first * _growth((2.0 * w + 1.0) * r) / _growth(r)


@checked
def tilted_variance(
    conditional: ArrayLike, unconditional: ArrayLike, weight: ArrayLike
) -> Float[Array, "..."]:
    """1/((1+w)/λ_c − w/λ_u) of the tilted law ∝ p_c^{1+w} p_u^{−w}; infinite where that is no law.

    Arguments and errors are those of `diffusion_variance`.
    """
    return _tilted_variance(*_checked(conditional, unconditional, weight))


@jax.jit
def _tilted_variance(first: Array, second: Array, w: Array) -> Array:
    precision = (1.0 + w) / first - w / second
    return jnp.where(precision > 0, 1.0 / jnp.where(precision > 0, precision, 1.0), jnp.inf)


@checked
def conditional(unconditional: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """λ_c = λ_u ν/(λ_u+ν): what is left of variance λ_u once y = x + √ν w is known."""
    return _conditional(positive("unconditional", unconditional), positive("noise", noise))


@jax.jit
def _conditional(variance: Array, level: Array) -> Array:
    return variance * level / (variance + level)


@checked
def predict(population: Population, noise: ArrayLike, weight: ArrayLike) -> Guided:
    """The observables of `lingen.sims.guidance.draw`, for the condition y = x + √ν w."""
    prior = population.eigenvalues
    known = conditional(prior, noise)
    return Guided(flow_variance(known, prior, weight), diffusion_variance(known, prior, weight))


def _growth(x: Array) -> Array:
    """(e^x − 1)/x, 1 at 0."""
    safe = jnp.where(jnp.abs(x) < 1e-8, 1.0, x)
    return jnp.where(jnp.abs(x) < 1e-8, 1.0 + 0.5 * x, jnp.expm1(safe) / safe)


def _checked(
    conditional: ArrayLike, unconditional: ArrayLike, weight: ArrayLike
) -> tuple[Array, Array, Array]:
    return (
        positive("conditional", conditional),
        positive("unconditional", unconditional),
        nonnegative("weight", weight),
    )
