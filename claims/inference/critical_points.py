"""A critical point and its exponents, averaged over corrections to scaling, and whether the data follow the law.

    log y = −β log d + log F(d^ν u(t)) + log A(t) + (d/d₀)^{−ω} h(s),   t = g − g_c − δ (d/d₀)^{−λ},

d₀ the smallest size: the scaling law of `lingen.claims.inference.scaling` with Wegner's correction, whose amplitude h may depend
on s, and a shift of the pseudo-critical point. A small ω is a logarithm. h is linear and integrated out under a normal
prior. Laws with and without h and δ, with small and large h, several ω and λ are averaged by their evidence
(`lingen.claims.inference.posteriors.importance`), so a correction too small to be seen widens the intervals by what it could do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Key

from lingen import lazy
from lingen.boundary import checked
from lingen.checks import integer, positive
from lingen.claims.inference import adequacy, scaling
from lingen.claims.inference.adequacy import Checks, Fit, Refit
from lingen.claims.inference.posteriors.importance import average
from lingen.claims.inference.scaling import Curves, GaussianLaw
from lingen.models.posterior import Posterior

__all__ = ["LAWS", "QUANTITIES", "critical"]

numpyro, dist = lazy.module("numpyro"), lazy.module("numpyro.distributions")
QUANTITIES = ("critical_point", "nu", "beta")
SYMBOLS = {"critical_point": "the critical point", "nu": "ν", "beta": "β"}
WIDTHS = (0.03, 0.3)
"""Prior standard deviations of h at the smallest size, along s."""
LEVEL = 0.5
"""The level of h has the geometric mean of its width and this for standard deviation: a correction that is much the same
everywhere is larger than what it changes along s."""
ORDERS = (0.1, 0.25, 0.5, 1.0)
"""ω, of equal weight."""
SHIFT, DRIFTS = 0.1, (0.25, 0.5, 1.0)
"""Prior standard deviation of δ, in units of the window, and λ, of equal weight."""
ANALYTIC = 0.5
"""Prior standard deviation of a₁, a₂, b₁ and b₂, in units of the window. Four times as wide, they trade places with the
exponents: ν and β came out too high and g_c too low."""
CENTRE = 0.2
"""Prior standard deviation of where F bends, in units of the window at the mean size. Held at zero, it draws the
critical point to the bend."""
MIDDLES = (-0.5, 0.0, 0.5)
"""Where F bends when the search begins, in prior standard deviations."""
BENDS = 5
"""Functions of s in h beside its level and its slope."""
SCATTER = 0.005
"""Relative scatter beyond the errors from which the law is not believed."""
REFITTED = 400
"""Samples of each stream of a refit."""
LEAST_SIZES = 3
UNSEEN = 1e3
"""Relative error of measurements left out: their number stays, and nothing is compiled again."""
LAWS = ("exact", "correction", "shift", "correction and shift")


class Setting(NamedTuple):
    """Which correction there is, and of which order."""

    law: int
    width: float = 0.0
    """Prior standard deviation of h; none at 0."""
    order: float = 1.0
    shift: float = 0.0
    """Prior standard deviation of δ; none at 0."""
    drift: float = 1.0


@checked
def critical(
    data: Curves,
    key: Key[Array, ""],
    *,
    laws: Sequence[str] | None = None,
    order: float | None = None,
    draws: int = 1000,
) -> Fit:
    """The posterior of a critical point and its exponents.

    Samples: `critical_point`, `nu` and `beta`, as wide as what the data do not exclude (`adequacy.widened`); the same
    under one more underscore as the average over laws has them; those of `lingen.claims.inference.scaling.scale`, its width among
    them; `centre` (where F bends) and `shift` (δ), in units of the window.

    Args:
        data: the measurements, from `lingen.claims.inference.scaling.curves`.
        key: typed key.
        laws: names of `LAWS` to average over; all if absent.
        order: ω where it is known; inferred if absent.
        draws: samples of each of four streams, at least four.

    Raises:
        ValueError: if `laws` holds an unknown name or none, or `order` or `draws` is out of range.
    """
    draws = integer("draws", draws, low=4)
    settings = _settings(laws, None if order is None else float(positive("order", order)))
    prior = np.array([1 / sum(s.law == one.law for s in settings) for one in settings])
    prior /= prior.sum()
    first, second = jr.split(key)
    found = average(_model, first, (data,), settings, prior, _start(), draws=draws)
    whole = found.posterior
    refits = []
    for i, (name, part) in enumerate(_parts(data, float(whole.flat("critical_point").mean())).items()):
        own = average(_model, jr.fold_in(second, i), (part,), settings, prior, found.modes, draws=REFITTED)
        refits.append(_compared(name, whole, own.posterior))
    each = {law: [s.law == k for s in settings] for k, law in enumerate(LAWS)}
    weights = {law: float(found.weights[here].sum()) for law, here in each.items() if any(here)}
    checks = _checks(data, settings, whole)
    wider = {q: adequacy.widened(whole.samples[q], q, found.possible.values(), refits) for q in QUANTITIES}
    doubts = tuple(adequacy.doubts(checks, refits, SCATTER, SYMBOLS))
    averaged = {f"_{q}": whole.samples[q] for q in QUANTITIES}
    told = _asked(whole)._replace(samples={**whole.samples, **averaged, **wider}, doubts=doubts)
    return Fit(told, weights, checks, tuple(refits))


def _asked(posterior: Posterior) -> Posterior:
    """With the diagnostics of what is asked for: far tails of what only shapes F do not matter."""
    told = (posterior.r_hat, posterior.effective, posterior.tail)
    r_hat, effective, tail = ({name: values[name] for name in QUANTITIES} for values in told)
    return posterior._replace(r_hat=r_hat, effective=effective, tail=tail)


def _settings(laws: Sequence[str] | None, order: float | None) -> list[Setting]:
    for name in laws or ():
        if name not in LAWS:
            raise ValueError(f"laws must be of {', '.join(LAWS)}, got {name!r}")
    if laws is not None and not laws:
        raise ValueError("laws must have one at least, got none")
    orders = ORDERS if order is None else (order,)
    corrected = [Setting(1, width, one) for width in WIDTHS for one in orders]
    shifted = [Setting(2, 0.0, 1.0, SHIFT, drift) for drift in DRIFTS]
    both = [Setting(3, WIDTHS[-1], one, SHIFT, drift) for one in orders[:3] for drift in DRIFTS[:2]]
    found = [Setting(0), *corrected, *shifted, *both]
    return [one for one in found if laws is None or LAWS[one.law] in laws]


def _model(data: Curves, setting: Setting) -> None:
    site = scaling.sites(data, jnp.asarray(scaling.NU[0]), jnp.asarray(scaling.MISFIT), ANALYTIC)
    apart = numpyro.sample("apart", dist.Normal(0.0, 1.0))
    site["centre"] = CENTRE * numpyro.sample("middle", dist.Normal(0.0, 1.0))
    numpyro.deterministic("centre", site["centre"])
    site["shift"] = numpyro.deterministic("shift", setting.shift * apart)
    numpyro.sample("y", dist.LowRankMultivariateNormal(*_law(data, site, setting)), obs=data.log_mean)


def _start() -> dict[str, np.ndarray]:
    """Those of `scaling.start`, with F bending before, at and beyond the critical point."""
    found = scaling.start()
    count = len(found["nu"])
    begins = {name: np.repeat(values, len(MIDDLES), axis=0) for name, values in found.items()}
    return begins | {"apart": np.zeros(count * len(MIDDLES)), "middle": np.tile(MIDDLES, count)}


def _law(data: Curves, site: Mapping[str, Any], setting: Setting) -> GaussianLaw:
    """The scaling law about the point of each size, with the columns of h."""
    ratio = data.size / jnp.min(data.size)
    moved = {**site, "place": site["place"] + site["shift"] * ratio**-setting.drift}
    s = scaling.variables(data, moved)[2]
    bends = 0.5 * scaling.spline(s, scaling.REACH)[:, :BENDS]
    level = jnp.sqrt(setting.width * LEVEL)
    shape = setting.width * jnp.concatenate([0.5 * s[:, None], bends], axis=1)
    whole = jnp.concatenate([level * jnp.ones((s.size, 1)), shape], axis=1)
    extra = whole * (ratio**-setting.order)[:, None]
    found = scaling.law(data, moved, ANALYTIC)
    return found._replace(columns=jnp.concatenate([found.columns, extra], axis=1))


def _checks(data: Curves, settings: Sequence[Setting], posterior: Posterior) -> Checks:
    """At the mean of the posterior of the likeliest setting, under the errors alone."""
    rivals = posterior.flat("_rival")
    best = int(np.bincount(rivals).argmax())
    names = ("place", "nu", "beta", "field", "width", "roughness", "misfit", "shift", "centre")
    site = {name: jnp.asarray(posterior.flat(name)[rivals == best].mean(axis=0)) for name in names}
    free = {name: site[name] for name in names if name not in ("roughness", "misfit")}
    values, whole, jacobian = map(np.asarray, _linear(data, site, free, settings[best]))
    g, d = np.asarray(data.control), np.asarray(data.size)
    largest = g[d == d.max()]  # drawn controls differ a little from size to size
    column = np.argmin(np.abs(g[:, None] - largest), axis=1)
    axes = {"the control": (g, d), "the sizes": (d, column)}
    return adequacy.check(values, whole, jacobian, axes, float(np.median(posterior.flat("misfit"))))


@jax.jit
def _linear(data: Curves, site: Any, free: Any, setting: Setting) -> tuple[Array, Array, Array]:
    """Measurements less their mean, the columns, and the slopes of the fitted values, in units of the errors."""
    found = _law(data, site, setting)
    values = (data.log_mean - found.mean) / data.relative_error
    whole = found.columns / data.relative_error[:, None]
    coefficients = jnp.linalg.solve(jnp.eye(whole.shape[1]) + whole.T @ whole, whole.T @ values)

    def fitted(point: Mapping[str, Array]) -> Array:
        there = _law(data, {**site, **point}, setting)
        return (there.mean + there.columns @ coefficients) / data.relative_error

    slopes = jax.jacfwd(fitted)(free)
    return values, whole, jnp.concatenate([x.reshape(values.size, -1) for x in slopes.values()], axis=1)


def _parts(data: Curves, point: float) -> dict[str, Curves]:
    """Without the smallest size, if three are left, and on the half of the controls next to the critical point."""
    g, d = np.asarray(data.control), np.asarray(data.size)
    controls = np.unique(g)
    near = controls[np.argsort(np.abs(controls - point))[: max(5, (controls.size + 1) // 2)]]
    kept = {"on the inner half of the controls": np.isin(g, near)}
    if np.unique(d).size > LEAST_SIZES:  # two sizes alone fit any critical point
        kept = {"without the smallest size": d > d.min(), **kept}
    errors = {name: jnp.where(jnp.asarray(here), data.relative_error, UNSEEN) for name, here in kept.items()}
    return {name: data._replace(relative_error=error) for name, error in errors.items()}


def _compared(name: str, whole: Posterior, part: Posterior) -> Refit:
    mean = {q: float(part.flat(q).mean()) for q in QUANTITIES}
    deviation = {q: float(part.flat(q).std()) for q in QUANTITIES}
    shifts = {
        q: adequacy.shift((whole.flat(q).mean(), whole.flat(q).std()), (mean[q], deviation[q]))
        for q in QUANTITIES
    }
    return Refit(name, mean, deviation, shifts)
