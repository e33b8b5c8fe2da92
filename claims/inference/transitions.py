"""Is there a transition? The same curves by a smooth law and by a critical one, and which foretells better.

    smooth:    log y(g, d) = f(g) + d^{−ω} h(g),   ω >= 0.4: a smooth limit and finite-size terms,
    critical:  y(g, d) = d^{−β} F(d^ν u(t)),   ν >= 0.15: it sharpens; `lingen.claims.inference.scaling` with A = 1, as an
               analytic amplitude by itself is a smooth law.

Both see log y with the same errors and a free scatter, and integrate all that is linear out in closed form. They
are compared by leaving measurements out one by one: the density of each given all others follows exactly from
the Gaussian law, averaged over the posterior. The weight of the critical law is that of pseudo-BMA with the
Bayesian bootstrap (Yao, Vehtari, Simpson & Gelman 2018): near one or zero when every resampling agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Float, Key
from scipy.special import expit, logsumexp

from lingen import lazy
from lingen.boundary import checked
from lingen.claims.inference import scaling
from lingen.claims.inference.posteriors.nuts import Posterior, nuts
from lingen.claims.inference.scaling import Curves, GaussianLaw

__all__ = ["Comparison", "compare", "left_out", "smooth"]

numpyro, dist = lazy.module("numpyro"), lazy.module("numpyro.distributions")
KNOTS = 11
ROUGHNESS = 3.0
"""Prior standard deviation of the change of slope of f and h at a knot, in units of the window."""
SHARPENING = 0.15
"""The least ν of a transition: ten times the size makes it at least 1.4 times sharper."""
SCATTER = 0.3
"""Scale of the prior of the relative scatter beyond the errors, the same for both laws."""
THINNED = 200
"""Samples of each posterior over which the densities are averaged."""
BOOTSTRAPS = 2000


class Comparison(NamedTuple):
    """A critical law against a smooth one."""

    critical: Posterior
    smooth: Posterior
    difference: float
    """Expected log density of a left-out measurement, summed: critical minus smooth, in nats."""
    error: float
    """Its standard error."""
    weight: Float[np.ndarray, "bootstraps"]
    """Weight of the critical law in each resampling of the measurements."""

    @property
    def evidence(self) -> Posterior:
        """The weight with the diagnostics of the law that wins.

        The chains of the other one need not agree: it was scored by the best of them, which favours it.
        """
        name, fit = ("critical", self.critical) if self.difference > 0 else ("smooth", self.smooth)
        r_hat, effective, tail = (
            {f"{p} ({name})": v for p, v in told.items()} for told in (fit.r_hat, fit.effective, fit.tail)
        )
        # to nine digits: what is left of e^{−100} says nothing
        weight = {"weight": np.round(self.weight, 9)[None]}
        return Posterior(weight, r_hat, effective, fit.divergences, tail)


@checked
def compare(data: Curves, key: Key[Array, ""], **steps: Any) -> Comparison:
    """Fit both laws and compare them.

    Args:
        data: the measurements, from `lingen.claims.inference.scaling.curves`.
        key: typed key.
        steps: of `lingen.claims.inference.posteriors.nuts.nuts`.
    """
    first, second, third = jr.split(key, 3)
    critical = scaling.scale(data, first, least=SHARPENING, misfit=SCATTER, amplitude=0.0, **steps)
    analytic = smooth(data, second, **steps)
    one, two = left_out(partial(scaling.law, amplitude=0.0), data, critical), left_out(_law, data, analytic)
    gain = one - two
    shares = np.asarray(jr.dirichlet(third, jnp.ones(gain.size), (BOOTSTRAPS,)))
    weight = expit(gain.size * shares @ gain)
    error = float(np.sqrt(gain.size * np.var(gain, ddof=1)))
    return Comparison(critical, analytic, float(np.sum(gain)), error, weight)


@checked
def smooth(data: Curves, key: Key[Array, ""], **steps: Any) -> Posterior:
    """The posterior of the smooth law. Sites: `order` (ω, uniform on [0.4, 2]), `misfit`."""
    start = {"order": [0.6, 1.0, 1.5], "misfit": [scaling.MISFIT] * 3}
    return nuts(_model, key, (data,), start, **steps)


@checked
def left_out(
    law: Callable[[Curves, Mapping[str, Any]], GaussianLaw], data: Curves, posterior: Posterior
) -> Float[np.ndarray, "m"]:
    """Log density of each measurement given all the others, averaged over the best chain of the posterior.

    For one value θ of the parameters it is that of N(y_i − [K⁻¹r]_i/[K⁻¹]_ii, 1/[K⁻¹]_ii), K the covariance and r the
    residuals; p(y_i|y_−i) = 1/E[1/p(y_i|y_−i, θ)] over θ given all y.
    """
    densities = jax.jit(jax.vmap(jax.vmap(lambda site: _left_out(law(data, site), data.log_mean))))
    total = next(iter(posterior.samples.values())).shape[1]
    chosen = np.linspace(0, total - 1, min(THINNED, total)).astype(int)
    sites = {name: jnp.asarray(values[:, chosen]) for name, values in posterior.samples.items()}
    chains = np.log(chosen.size) - logsumexp(-np.asarray(densities(sites)), axis=1)
    return chains[np.argmax(chains.sum(axis=1))]


def _left_out(found: GaussianLaw, y: Float[Array, "m"]) -> Float[Array, "m"]:
    """Through K⁻¹ = D⁻¹ − D⁻¹C(I + CᵀD⁻¹C)⁻¹CᵀD⁻¹."""
    weighted = found.columns / found.noise[:, None]
    inner = jnp.eye(found.columns.shape[1]) + found.columns.T @ weighted
    spread = weighted @ jnp.linalg.inv(inner)
    diagonal = 1.0 / found.noise - jnp.sum(spread * weighted, axis=1)
    residual = y - found.mean
    solved = residual / found.noise - spread @ (weighted.T @ residual)
    return 0.5 * (jnp.log(diagonal / (2 * jnp.pi)) - solved**2 / diagonal)


def _law(data: Curves, site: Mapping[str, Any]) -> GaussianLaw:
    t = 2.0 * (data.control - jnp.min(data.control)) / jnp.ptp(data.control) - 1.0
    fading = (data.size / jnp.min(data.size)) ** -site["order"]
    one = jnp.ones((t.size, 1))
    shape = jnp.concatenate([scaling.LEVEL * one, scaling.SLOPE * t[:, None], ROUGHNESS * _bends(t)], axis=1)
    noise = data.relative_error**2 + site["misfit"] ** 2
    return GaussianLaw(jnp.zeros_like(t), jnp.concatenate([shape, shape * fading[:, None]], axis=1), noise)


def _model(data: Curves) -> None:
    site = {
        "order": numpyro.sample("order", dist.Uniform(0.4, 2.0)),
        "misfit": numpyro.sample("misfit", dist.HalfNormal(SCATTER)),
    }
    numpyro.sample("y", dist.LowRankMultivariateNormal(*_law(data, site)), obs=data.log_mean)


def _bends(t: Float[Array, "m"]) -> Float[Array, "m knots"]:
    """Smooth ramps, each of which changes the slope of a straight line by one at its knot in [−1, 1]."""
    step = 2.0 / (KNOTS - 1)
    return step * jax.nn.softplus((t[:, None] - jnp.linspace(-1.0, 1.0, KNOTS)) / step)
