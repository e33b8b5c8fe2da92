"""Learning curves of the linear denoiser r(y) = W y under gradient flow from W = 0 (G1).

The loss E‖W(x+√s z) − x‖² over n samples x and all noise z gives dW/dt = −2(W(S+s) − S), hence W(t) = g_t(S),

    g_t(λ) = λ/(λ+s) · (1 − e^{−2t(λ+s)}),

and after T steps of size η the same with (1−2η(λ+s))^T for the exponential (`lingen.models.descent`). All
that is measured along time is a moment of this filter of the sample covariance S, per dimension, as
n, d → ∞ at load γ = n/d. Time is in units of inverse variance.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import integer, is_traced, nonnegative, positive, representable, single
from lingen.models.descent import Descent, descent
from lingen.models.filter_base import Filter
from lingen.models.filters import EarlyStopped, early_stopped
from lingen.models.learning import Learning
from lingen.models.population import Population
from lingen.theory import denoising
from lingen.theory.moments.functional import in_units
from lingen.theory.moments.training import NODES, learning, learning_curve
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.units import own_units

__all__ = ["curve", "descent_curve", "online_curve", "optimal_time", "predict", "step_error"]

_GRID, _GOLDEN = 64, 48
_WORTH = 1e-9  # a smaller gain, relative to never stopping, is round-off


@checked
@representable
def curve(population: Population, load: ArrayLike, time: ArrayLike, noise: ArrayLike) -> Learning:
    """Risks, convergence and memorisation of the denoiser after gradient flow for time t.

    With ḡ and E g² the deterministic equivalents of g_t(S) and its square:
    test = τ(Σ(1 − 2ḡ + E g²)) + s τ(E g²), train = τ(E S(1−g)²) + s τ(E g²), q = τ(ḡ²)/τ(E g²), and
    memorisation = τ(E S g²)/τ(Σ E g²).

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        time: t > 0; broadcasts with `load`.
        noise: s > 0, variance; broadcasts too.

    Raises:
        ValueError: if an argument is not positive.

    Source: classical; derived (docs/derivations, statement G1).
    """
    return _curve(population, positive("load", load), early_stopped(time, noise))


@checked
@representable
def descent_curve(
    population: Population, load: ArrayLike, steps: int, rate: ArrayLike, noise: ArrayLike
) -> Learning:
    """The same after T full-batch steps of size η, exactly in η: no flow in between.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        steps: T >= 1.
        rate: η > 0; the descent is stable where η(λ+s) < 1, at the largest λ of S, and diverges beyond.
        noise: s > 0.

    Raises:
        ValueError: if an argument is out of range.

    Source: derived (docs/derivations, statement G1).
    """
    return _curve(population, positive("load", load), descent(steps, rate, noise))


@checked
@representable
def step_error(rate: ArrayLike, eigenvalue: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """Bound of |g after T steps − g_t at t = ηT|, over all T: ηλ e^{2η(λ+s)−1}, for η(λ+s) <= 1/2.

    Args:
        rate: η > 0.
        eigenvalue: λ >= 0.
        noise: s > 0.

    Raises:
        ValueError: if an argument is out of range.

    Source: derived (docs/derivations, statement G1).
    """
    rate, noise = positive("rate", rate), positive("noise", noise)
    eigenvalue = nonnegative("eigenvalue", eigenvalue)
    return rate * eigenvalue * jnp.exp(2.0 * rate * (eigenvalue + noise) - 1.0)


@checked
def optimal_time(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """The time at which the test risk is least; infinite where never stopping is best.

    For Σ = σI late training harms iff the smallest eigenvalue learnt exceeds σ, (1/√γ − 1)² > 1, that is
    γ < 1/4, whatever the noise; above, an early optimum survives up to a load that grows with the noise,
    and then is lost at once.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        noise: s > 0; broadcasts with `load`.

    Raises:
        ValueError: if an argument is not positive, or so far from the spectrum that no digit is left.

    Source: derived (docs/derivations, statement G1).
    """
    load, noise = broadcast(positive("load", load), positive("noise", noise))
    truth, unit = own_units(population)
    cost = NODES * truth.eigenvalues.size
    found = over_batch(partial(_optimal_time, truth), cost, load, noise / unit) / unit
    if not is_traced(found) and np.any(np.isnan(found)):
        lost = np.isnan(found)
        told = ", ".join(f"{n} = {np.asarray(v)[lost][0]:g}" for n, v in (("load", load), ("noise", noise)))
        raise ValueError(f"load and noise must leave digits to the risk of every time, got {told}")
    return found


@checked
@representable
def online_curve(
    population: Population, dim: int, steps: int, rate: ArrayLike, noise: ArrayLike, batch: int
) -> Float[Array, "steps"]:
    """Mean test risk after 1 … T steps on batches of B new points each: exact at every d, η and B.

    m_k = E[(W−W*)ᵀ(W−W*)]_kk with W* = Σ(Σ+s)⁻¹ obeys, c = σ + s and ω = s τ(W*) d its risk,
    m_k ↦ m_k((1−2ηc_k)² + 4η²c_k²/B) + (4η²c_k/B)(Σ_j c_j m_j + ω), from m_k = (σ_k/c_k)²;
    the risk per dimension is (ω + Σ_k c_k m_k)/d.

    Args:
        population: the truth.
        dim: d.
        steps: T >= 1.
        rate: η > 0.
        noise: s > 0.
        batch: B >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Source: derived from Gaussian fourth moments (docs/derivations, statement G1).
    """
    steps, batch = integer("steps", steps, low=1), integer("batch", batch, low=1)
    rate, noise = positive("rate", single("rate", rate)), positive("noise", single("noise", noise))
    return _online(population.spectrum(dim), noise, rate, batch, steps)


@partial(jax.jit, static_argnames=("batch", "steps"))
def _online(sigma: Array, noise: Array, rate: Array, batch: int, steps: int) -> Array:
    total = sigma + noise
    floor = jnp.sum(noise * sigma / total)

    def step(m: Array, _: None) -> tuple[Array, Array]:
        kept = (1.0 - 2.0 * rate * total) ** 2 + 4.0 * rate**2 * total**2 / batch
        m = m * kept + 4.0 * rate**2 * total / batch * (jnp.sum(total * m) + floor)
        return m, (floor + jnp.sum(total * m)) / sigma.size

    return jax.lax.scan(step, (sigma / total) ** 2, length=steps)[1]


@checked
def predict(
    population: Population,
    load: ArrayLike,
    filter: Filter | None = None,
    dim: int | None = None,
    **how: ArrayLike,
) -> Learning:
    """The observables of `lingen.sims.dynamics.sampler`, predicted: of a filter, or of `time` and `noise`.

    Raises:
        ValueError: if neither or both are given, or the filter is not one of training.
    """
    del dim
    if (filter is None) == (not how):
        raise ValueError(f"filter or time and noise must be given, not both, got {filter} and {sorted(how)}")
    if filter is None:
        if set(how) != {"time", "noise"}:
            raise ValueError(f"time and noise must both be given, and nothing else, got {sorted(how)}")
        return curve(population, load, **how)
    if not isinstance(filter, Descent | EarlyStopped):
        raise ValueError(f"filter must be descent or early_stopped, got {filter!r}")
    return _curve(population, positive("load", load), filter)


def _curve(population: Population, load: Array, filter: Descent | EarlyStopped) -> Learning:
    truth, own, unit, _ = in_units(population, filter)
    leaves, tree = jax.tree.flatten(own)
    found = learning_curve(truth, load, [jnp.asarray(leaf, float) for leaf in leaves], tree)
    return found._replace(test_risk=unit * found.test_risk, train_risk=unit * found.train_risk)


@jax.jit
def _optimal_time(population: Population, load: Array, noise: Array) -> Array:
    """The best point of a logarithmic grid, then golden section around it."""
    largest = jnp.max(population.eigenvalues) * (1.0 + load**-0.5) ** 2 + noise

    def risk(log_time: Array) -> Array:
        return learning(population, load, early_stopped(jnp.exp(log_time), noise)).test_risk

    grid = jnp.linspace(jnp.log(1e-2 / largest), jnp.log(20.0 / noise), _GRID)
    values = jax.lax.map(risk, grid)
    best = jnp.argmin(values)
    step = grid[1] - grid[0]
    golden = (jnp.sqrt(5.0) - 1.0) / 2.0

    def shrink(_: int, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        one, two = high - golden * (high - low), low + golden * (high - low)
        left = risk(one) < risk(two)
        return jnp.where(left, low, one), jnp.where(left, two, high)

    low, high = jax.lax.fori_loop(0, _GOLDEN, shrink, (grid[best] - step, grid[best] + step))
    middle = (low + high) / 2.0
    endless = denoising.test_risk(population, load, noise)
    worth = risk(middle) < endless * (1.0 - _WORTH)
    known = ~jnp.any(jnp.isnan(values)) & ~jnp.isnan(endless)
    return jnp.where(known, jnp.where(worth, jnp.exp(middle), jnp.inf), jnp.nan)
