"""Finite-size scaling: a critical point and its exponents from an order parameter at several sizes.

Near a critical point y(g, d) = A(t) d^{−β} F(d^ν u(t)), t = g − g_c, with one scaling function F for all sizes.
The amplitude log A = a₁t + a₂t² and the scaling field u = t e^{b₁t+b₂t²} are analytic: corrections to scaling,
with which a window of finite width can be used. F is not known: log F is a smoothing spline in s = asinh(x/w),
straight at both ends (F is a power of |x| far from the point): its curvature in s is white noise, whose amplitude,
the roughness, is inferred as well. All that is linear in log y is integrated out in closed form. `scale` samples g_c, ν, β,
b, the roughness and a scatter beyond the errors by NUTS, with w, where powers begin, at its mode: for comparisons of laws.
Intervals come from `lingen.claims.inference.critical_points`, which samples w and averages over corrections to scaling.

Source: K. Harada 2011 (Bayesian scaling analysis) for the idea; the form of F and the corrections are derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float, Key

from lingen import lazy
from lingen.boundary import checked
from lingen.checks import bounded, nonnegative, positive, vector
from lingen.claims.inference.posteriors.nuts import Posterior, nuts

__all__ = [
    "MISFIT", "REACH", "CollapsedCurves", "Curves", "GaussianLaw",
    "collapse", "curves", "law", "scale", "sites", "spline", "start", "variables",
]  # fmt: skip

numpyro, dist = lazy.module("numpyro"), lazy.module("numpyro.distributions")
WAVES = 16
"""Of the curvature of log F. With 48 the critical point moves by less than half its error; far fewer bias it."""
REACH = 4.0
"""The curvature of log F lies at |s| < REACH; beyond it log F is straight."""
NU, BETA = (0.05, 2.0), (-1.0, 2.0)
"""Where ν and β are looked for: their priors are uniform between these ends."""
LEVEL, SLOPE, AMPLITUDE, FIELD = 10.0, 3.0, 2.0, 2.0
"""Prior standard deviations: of log F, of its slope, of a₁ and a₂, of b₁ and b₂."""
ROUGHNESS = 1.5
"""Prior standard deviation of the logarithm of the roughness: a factor of twenty either way."""
FINEST = 1e-4
"""Relative errors below this are raised to it: the form of F is not meant to be finer."""
MISFIT = 0.01
"""Scale of the prior of the relative scatter that the form leaves unexplained."""
STARTS = (0.3, 0.5, 0.7)
"""Where in the window of controls the search for the critical point begins."""


class Curves(NamedTuple):
    """An order parameter at controls and sizes: flat arrays of one length."""

    control: Float[Array, "m"]
    size: Float[Array, "m"]
    log_mean: Float[Array, "m"]
    relative_error: Float[Array, "m"]


class GaussianLaw(NamedTuple):
    """log y ~ N(mean, columns columnsᵀ + diag(noise)), what is linear integrated out."""

    mean: Float[Array, "m"]
    columns: Float[Array, "m k"]
    noise: Float[Array, "m"]


class CollapsedCurves(NamedTuple):
    """The measurements on the scaling plot, at the mean of the posterior, in the order given."""

    x: Float[np.ndarray, "m"]
    """d^ν u(t)"""
    y: Float[np.ndarray, "m"]
    """y d^β / A(t)"""
    error: Float[np.ndarray, "m"]
    function: Float[np.ndarray, "m"]
    """F(x)"""


@checked
def curves(control: ArrayLike, size: ArrayLike, mean: ArrayLike, error: ArrayLike) -> Curves:
    """Measurements as a fit takes them.

    Args:
        control: the control parameter g of each measurement, such as the load.
        size: its size d.
        mean: the measured order parameter, positive.
        error: its standard error, positive; taken to be at least 1e-4 of the mean.

    Raises:
        ValueError: if they differ in length, are not positive, or have fewer than three sizes or five controls.
    """
    g, d = vector("control", control), vector("size", positive("size", size))
    y, e = vector("mean", positive("mean", mean)), vector("error", positive("error", error))
    lengths = (g.size, d.size, y.size, e.size)
    if len(set(lengths)) > 1:
        raise ValueError(f"control, size, mean and error must have one length, got {lengths}")
    for name, values, least in (("size", d, 3), ("control", g, 5)):
        if np.unique(np.asarray(values)).size < least:
            raise ValueError(
                f"{name} must take at least {least} values, got {np.unique(np.asarray(values)).size}"
            )
    return Curves(g, d, jnp.log(y), jnp.maximum(e / y, FINEST))


@checked
def scale(
    data: Curves,
    key: Key[Array, ""],
    *,
    least: float = NU[0],
    misfit: float = MISFIT,
    amplitude: float = AMPLITUDE,
    **steps: Any,
) -> Posterior:
    """The posterior of the critical point and its exponents.

    Sites: `critical_point` (uniform over the controls measured), `nu` (uniform on [least, 2]), `beta` (uniform on
    [−1, 2]), `field` (b₁, b₂ in units of the window), `roughness`, `misfit`; `width` (w) is held.

    Args:
        data: the measurements, from `curves`.
        key: typed key.
        least: the smallest ν; at ν = 0 nothing sharpens with the size, and there is no transition.
        amplitude: prior standard deviation of a₁ and a₂; at zero A = 1.
        misfit: scale of the half-normal prior of the relative scatter that the form leaves unexplained.
        steps: of `lingen.claims.inference.posteriors.nuts.nuts`.
    """
    least = float(bounded("least", least, 0.0, NU[1]))
    misfit, amplitude = float(positive("misfit", misfit)), float(nonnegative("amplitude", amplitude))
    prior = (jnp.asarray(least), jnp.asarray(misfit), jnp.asarray(amplitude))
    return nuts(_model, key, (data, *prior), start(), hold=("width",), **steps)


@checked
def law(data: Curves, site: Mapping[str, Any], amplitude: Any = AMPLITUDE) -> GaussianLaw:
    """The Gaussian law of log y, given the sampled parameters and the prior width of a₁ and a₂."""
    t, size, s = variables(data, site)
    columns = [s[:, None], spline(s, REACH), t[:, None], t[:, None] ** 2]
    sizes = (SLOPE, site["roughness"], amplitude, amplitude)
    whole = [LEVEL * jnp.ones((t.size, 1)), *(k * c for k, c in zip(sizes, columns, strict=True))]
    noise = data.relative_error**2 + site["misfit"] ** 2
    return GaussianLaw(-site["beta"] * jnp.log(size), jnp.concatenate(whole, axis=1), noise)


@checked
def collapse(data: Curves, posterior: Posterior) -> CollapsedCurves:
    """The measurements with their sizes and amplitudes divided out, and the scaling function through them."""
    site = {name: jnp.asarray(posterior.flat(name).mean(axis=0)) for name in posterior.samples}
    _, _, s = variables(data, site)
    found = law(data, site)
    inner = jnp.eye(found.columns.shape[1]) + found.columns.T @ (found.columns / found.noise[:, None])
    seen = found.columns.T @ ((data.log_mean - found.mean) / found.noise)
    coefficients = jnp.linalg.solve(inner, seen)
    amplitude = found.columns[:, -2:] @ coefficients[-2:]
    mean = jnp.exp(jnp.mean(jnp.log(data.size)))
    unit = jnp.ptp(data.control) * site["width"] * mean ** site["nu"]
    y = jnp.exp(data.log_mean - found.mean + site["beta"] * jnp.log(mean) - amplitude)
    function = jnp.exp(found.columns[:, :-2] @ coefficients[:-2] + site["beta"] * jnp.log(mean))
    arrays = (unit * jnp.sinh(s), y, y * data.relative_error, function)
    return CollapsedCurves(*map(np.asarray, arrays))


@checked
def sites(data: Curves, least: Array, misfit: Array, field: float = FIELD) -> dict[str, Array]:
    """The parameters of the law, sampled from their priors; b₁ and b₂ have the standard deviation `field`."""
    low, span = jnp.min(data.control), jnp.ptp(data.control)
    place = numpyro.sample("place", dist.Uniform(0.0, 1.0))
    numpyro.deterministic("critical_point", low + span * place)
    return {
        "place": place,
        "nu": numpyro.sample("nu", dist.Uniform(least, NU[1])),
        "beta": numpyro.sample("beta", dist.Uniform(*BETA)),
        "field": numpyro.sample("field", dist.Normal(0.0, field).expand([2]).to_event(1)),
        "width": numpyro.sample("width", dist.LogNormal(jnp.log(0.2), 1.0)),
        "roughness": numpyro.sample("roughness", dist.LogNormal(0.0, ROUGHNESS)),
        "misfit": numpyro.sample("misfit", dist.HalfNormal(misfit)),
    }


def start() -> dict[str, np.ndarray]:
    """Where the search for the mode begins."""
    numbers = {"nu": 0.5, "beta": 0.3, "width": 0.2, "roughness": 0.5, "misfit": 0.01}
    same = {name: np.full(len(STARTS), value) for name, value in numbers.items()}
    return {"place": np.array(STARTS), "field": np.zeros((len(STARTS), 2))} | same


def _model(data: Curves, least: Array, misfit: Array, amplitude: Array) -> None:
    found = law(data, sites(data, least, misfit), amplitude)
    numpyro.sample("y", dist.LowRankMultivariateNormal(*found), obs=data.log_mean)


@checked
def variables(data: Curves, site: Mapping[str, Any]) -> tuple[Array, Array, Array]:
    """t and d, in units of the window and of the mean size, and s = asinh((d^ν u(t) − c)/w); c = 0 if not sampled."""
    t = (data.control - jnp.min(data.control)) / jnp.ptp(data.control) - site["place"]
    size = data.size / jnp.exp(jnp.mean(jnp.log(data.size)))
    u = t * jnp.exp(site["field"][0] * t + site["field"][1] * t**2)
    return t, size, jnp.arcsinh((size ** site["nu"] * u - site.get("centre", 0.0)) / site["width"])


@checked
def spline(s: Float[Array, "m"], reach: float) -> Float[Array, "m waves"]:
    """Functions whose sum with standard normal coefficients has white noise for curvature at |s| < reach.

    The orthonormal cosines of that interval, integrated twice; beyond it all are straight. Derived.
    """
    reach = float(positive("reach", reach))
    inside = jnp.clip(s, -reach, reach)
    wave = jnp.pi * jnp.arange(1, WAVES) / (2.0 * reach)
    arch = (inside**2 / 2.0 + reach * jnp.abs(s - inside)) / jnp.sqrt(2.0 * reach)
    waves = jnp.cos((inside[:, None] + reach) * wave) / (wave**2 * jnp.sqrt(reach))
    return jnp.concatenate([arch[:, None], waves], axis=1)
