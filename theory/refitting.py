"""Refitting: a Gaussian model trained on n samples of itself, again and again (section L of the theory).

Σ_0 = Σ and Σ_{t+1} is the sample covariance of n = γd samples of N(0, Σ_t): a product of t independent
Wishart matrices. For Σ = I they are asymptotically free, with S-transform (1+cz)^{−t}, c = 1/γ, hence

    τ(Σ_t^s) = ₂F₁(−ts, 1−s; 2; c)                                          for γ >= 1,

so τ(Σ_t²) = 1 + t/γ grows, τ(√Σ_t) and log det Σ_t fall: the law spreads over ever fewer directions. With a
fraction p of synthetic and 1−p of real samples the second moment stays bounded.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, bounded, integer, nonnegative, positive, representable
from lingen.models.filters import Filter
from lingen.models.population import Population, isotropic
from lingen.models.systems import Lineages, Refitting
from lingen.theory.curation import curated
from lingen.theory.moments.determinants import log_determinant
from lingen.theory.numerics.quadrature import between
from lingen.theory.numerics.shapes import broadcast

__all__ = [
    "curated", "lines", "log_volume", "log_volume_exact", "predict", "root_moment", "second_moment",
    "second_moment_exact",
]  # fmt: skip

_MOST = 100_000  # generations one after the other, which take some seconds
_FEW = 32.0
"""Above this load −1 + (1−γ) log(1−1/γ) = −Σ γ^{−k}/k(k+1), whose terms do not cancel."""
_NODES = 128


@checked
@representable
def second_moment(
    load: ArrayLike, generations: ArrayLike, synthetic: ArrayLike = 1.0, population: Population | None = None
) -> Float[Array, "..."]:
    """τ(Σ_t²) = τ(Σ²) + (τ(Σ)²/γ) (1−p^{2t})/(1−p²), n, d → ∞; 1 + t/γ for Σ = I and p = 1.

    Args:
        load: γ = n/d > 0 of each generation, any shape.
        generations: t >= 0; broadcasts.
        synthetic: the fraction p of samples that the last model made, in [0, 1]; broadcasts.
        population: bulk law of Σ, isotropic when absent.

    Raises:
        ValueError: if a load is not positive, t is negative or p is outside [0, 1].

    Source: derived (docs/derivations, statement L1).
    """
    gamma, t = positive("load", load), nonnegative("generations", generations)
    p = bounded("synthetic", synthetic, 0.0, 1.0)
    return _second_moment(isotropic() if population is None else population, gamma, t, p)


@jax.jit
def _second_moment(truth: Population, gamma: Array, t: Array, p: Array) -> Array:
    square = p**2
    all_synthetic = square == 1.0
    lost = jnp.where(all_synthetic, 0.0, square)
    total = jnp.where(all_synthetic, t, (1.0 - lost**t) / (1.0 - lost))
    return truth.moment(2.0) + truth.moment(1.0) ** 2 * total / gamma


@checked
@representable
def second_moment_exact(
    dim: int,
    samples: int,
    generations: int,
    synthetic: int | None = None,
    population: Population | None = None,
) -> Float[Array, ""]:
    """E τ(Σ_t²) at finite size: m of n samples in each generation are synthetic.

    With p = m/n, a = E τ(Σ_t²), b = E τ(Σ_t)² and a₀, b₀ those of Σ,

        a' = (1−p²) a₀ + p² a + ((1−p)(d b₀ + a₀) + p (d b + a))/n,
        b' = (1−p²) b₀ + p² b + 2((1−p) a₀ + p a)/nd.

    Args:
        dim: d >= 1.
        samples: n >= 1.
        generations: t, 0 to 100,000.
        synthetic: m <= n; all of them when absent.
        population: the truth, isotropic when absent; its spectrum at d is taken, spikes included.

    Raises:
        ValueError: if a number is not whole or out of range.

    Source: derived (docs/derivations, statement L1).
    """
    d, n = integer("dim", dim, low=1), integer("samples", samples, low=1)
    p = integer("synthetic", n if synthetic is None else synthetic, low=0, high=n) / n
    count = float(n)  # beyond what JAX takes for a whole number
    spectrum = (isotropic() if population is None else population).spectrum(d)
    first = jnp.mean(spectrum**2), jnp.mean(spectrum) ** 2
    a, b = first
    for _ in range(integer("generations", generations, low=0, high=_MOST)):
        noise = (1.0 - p) * (d * first[1] + first[0]) + p * (d * b + a)
        spread = 2.0 * ((1.0 - p) * first[0] + p * a)
        a, b = (
            (1.0 - p**2) * first[0] + p**2 * a + noise / count,
            (1.0 - p**2) * first[1] + p**2 * b + spread / (count * d),
        )
    return a


@checked
def log_volume(load: ArrayLike, generations: ArrayLike) -> Float[Array, "..."]:
    """E log det Σ_t / d → t (−1 + (1−γ) log(1−1/γ)), Σ = I; −∞ for γ < 1 and t > 0.

    The volume is lost at a constant rate: −t/2γ at large load. For any Σ add log det Σ / d.

    Args:
        load: γ = n/d > 0, any shape.
        generations: t >= 0; broadcasts.

    Raises:
        ValueError: if a load is not positive or t is negative.

    Source: derived (docs/derivations, statement L1).
    """
    return _log_volume(positive("load", load), nonnegative("generations", generations))


@jax.jit
def _log_volume(gamma: Array, t: Array) -> Array:
    above = gamma > 1.0
    safe = jnp.where(above & (gamma < _FEW), gamma, 2.0)
    inverse = 1.0 / jnp.maximum(gamma, _FEW)
    series = -inverse * jnp.polyval(jnp.asarray([1.0 / (k * (k + 1)) for k in range(12, 0, -1)]), inverse)
    rate = jnp.where(gamma < _FEW, -1.0 + (1.0 - safe) * jnp.log1p(-1.0 / safe), series)
    rate = jnp.where(above, rate, jnp.where(gamma == 1.0, -1.0, -jnp.inf))
    return jnp.where(t == 0.0, 0.0, t * jnp.where(t == 0.0, 0.0, rate))


@checked
def log_volume_exact(dim: int, samples: ArrayLike, generations: ArrayLike) -> Float[Array, "..."]:
    """E log det Σ_t / d at finite size, Σ = I, n >= d: (t/d) Σ_{j<d} ψ((n−j)/2) + t log(2/n).

    KL(model_t ‖ truth) is −d/2 times this, exactly.

    Args:
        dim: d >= 1.
        samples: n >= d, any shape.
        generations: t >= 0; broadcasts.

    Raises:
        ValueError: if `samples` is below `dim` or t is negative.

    Source: derived (docs/derivations, statement L1); one generation: classical (Bartlett).
    """
    dim = integer("dim", dim, low=1)
    n = at_least("samples", samples, dim, f"dim = {dim}")
    t = nonnegative("generations", generations)
    return t * (log_determinant(dim, n) / dim)


@checked
def root_moment(load: ArrayLike, generations: ArrayLike) -> Float[Array, "..."]:
    """τ(√Σ_t) for Σ = I: ₂F₁(−t/2, ½; 2; c) for c = 1/γ <= 1.

    Above, c^{−1/2} Γ(½)Γ(1+t/2)/(½π Γ((3+t)/2)) ₂F₁(−½, ½; (3+t)/2; 1/c). Both by quadrature of Haagerup and
    Möller's ∫λ^s = (sin πs/πs) ∫ (u/(1−u))^s S(u−1)^{−s} du, S the S-transform, with u = sin²φ.

    Args:
        load: γ = n/d > 0, any shape.
        generations: t >= 0; broadcasts.

    Raises:
        ValueError: if a load is not positive or t is negative.

    Source: derived (docs/derivations, statement L1); Haagerup & Möller, arXiv 1211.4457.
    """
    return _root_moment(*broadcast(positive("load", load), nonnegative("generations", generations)))


@jax.jit
def _root_moment(gamma: Array, t: Array) -> Array:
    c, t = (1.0 / gamma)[..., None], t[..., None]
    angle, weight = between(0.0, np.pi / 2.0, _NODES)
    sine, cosine = jnp.sin(angle) ** 2, jnp.cos(angle) ** 2
    wide = c > 1.0
    inner = sine * (1.0 - jnp.where(wide, 0.0, c) * cosine) ** (t / 2.0)
    outer = sine ** ((1.0 + t) / 2.0) * jnp.sqrt(
        1.0 / jnp.where(wide, c, 1.0) * (1.0 - cosine / jnp.where(wide, c, 1.0))
    )
    return jnp.where(wide, outer, inner) @ (4.0 / np.pi * weight)


@checked
def lines(load: ArrayLike, generations: ArrayLike) -> Lineages:
    """q_t = τ(√Σ_t)²: two lines of models, each refitted on its own samples, grow apart; Σ = I.

    One generation is the convergence q of two models. Arguments, errors and source as for `root_moment`.
    """
    return Lineages(root_moment(load, generations) ** 2)


@checked
def predict(
    population: Population,
    load: ArrayLike,
    filter: Filter | None = None,
    dim: int | None = None,
    *,
    generations: ArrayLike = 1,
) -> Refitting:
    """The observables of `lingen.sims.refitting.draw` for n, d → ∞; the volume of any Σ.

    Raises:
        NotImplementedError: for a filter: each generation is fitted by maximum likelihood.
    """
    if filter is not None:
        raise NotImplementedError(f"no refitting of {filter.name}: only by maximum likelihood")
    own = jnp.sum(population.weights * jnp.log(population.eigenvalues))
    load = positive("load", load)
    return Refitting(
        second_moment(load, generations, population=population), own + log_volume(load, generations)
    )
