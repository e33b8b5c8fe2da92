"""Exponents of power laws, averaged over rival corrections, from means at several sizes.

    y(n) = A n^{−α} (1 + B n^{−ω}) + c    and its rivals (`lingen.claims.inference.grids`)

with and without c and B, a logarithm and an exponential, averaged by their evidence. The posterior carries doubts
where the data follow none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import checked
from lingen.checks import integer, positive, vector
from lingen.claims.inference import adequacy
from lingen.claims.inference import grids as quadrature
from lingen.claims.inference.adequacy import Checks, Fit, Refit
from lingen.claims.inference.averages import CHAINS, averaged
from lingen.claims.inference.grids import LAWS, Grid, SizedMeans, SizeLaw
from lingen.models.posterior import Chains, Posterior, measure

__all__ = ["Means", "means", "power_law", "predicted"]

MISFIT = 0.003
"""Scale of the prior of the relative scatter beyond the errors; where the data show more, no law is believed."""
RIVAL = 0.05
"""Weight of the exponential from which an exponent is not believed."""
LEAST = 5
"""Sizes of a fit; a refit has one fewer at least."""
SYMBOLS = {"exponent": "α", "offset": "c"}


class Means(NamedTuple):
    """Measurements at several sizes: flat arrays of one length."""

    size: Float[Array, "m"]
    mean: Float[Array, "m"]
    error: Float[Array, "m"]


@checked
def means(size: ArrayLike, mean: ArrayLike, error: ArrayLike) -> Means:
    """Measurements as a fit takes them: sizes n, means and their standard errors.

    Raises:
        ValueError: if they differ in length, sizes or errors are not positive, or there are fewer than five sizes.
    """
    n, y = vector("size", positive("size", size)), vector("mean", mean)
    e = vector("error", positive("error", error))
    if not n.size == y.size == e.size:
        raise ValueError(f"size, mean and error must have one length, got {(n.size, y.size, e.size)}")
    if np.unique(np.asarray(n)).size < LEAST:
        raise ValueError(f"size must take at least {LEAST} values, got {np.unique(np.asarray(n)).size}")
    return Means(n, y, e)


@checked
def power_law(
    data: Means,
    key: Key[Array, ""],
    *,
    offset: bool = False,
    correction: bool = False,
    laws: Sequence[str] | None = None,
    order: float | None = None,
    draws: int = 1000,
) -> Fit:
    """The exponent of A n^{−α}, averaged over rival laws.

    Samples: `exponent` (α, uniform on [0.01, 4]), `offset` (c, 0 in laws without, if asked for), `correction_exponent`
    (ω, log-normal around 1/2, of the laws that have one, if asked for), `misfit` (relative scatter beyond the errors),
    and others, of which `predicted` makes curves.

    Args:
        data: the measurements, from `means`.
        key: typed key of the samples.
        offset: whether c is asked for; laws with and without it are averaged in any case.
        correction: whether ω is asked for.
        laws: names of `lingen.claims.inference.grids.LAWS` to average over; all if absent.
        order: ω where it is known; inferred if absent.
        draws: samples of each of four streams, at least four.

    Raises:
        ValueError: if `laws` holds an unknown name, or none with an exponent; if `draws` is out of range.
    """
    draws = integer("draws", draws, low=4)
    chosen = _chosen(laws, None if order is None else float(positive("order", order)))
    rng = np.random.default_rng(np.asarray(jr.key_data(key)).astype(np.uint32))
    wanted = ("exponent", *["offset"] * offset)
    unit, level = _units(data)
    points = _points(data, unit, level)
    samples, weights, best = averaged(points, level, chosen, rng, draws, correction)
    refits = [_refit(data, chosen, rng, draws, samples, wanted)]
    checks = _checks(points, best, float(np.median(samples["misfit"])))
    samples |= {name: adequacy.joined(samples[name], refits, name) for name in wanted}
    # the samples are independent: what is discrete in part, as c is, needs no diagnostics
    found = measure(Chains({"exponent": jnp.asarray(samples["exponent"])}, jnp.zeros((CHAINS, draws))))
    told = [one for one, _ in refits]
    doubts = [*adequacy.doubts(checks, told, MISFIT, SYMBOLS), *_rival(weights)]
    posterior = found._replace(samples=samples, doubts=tuple(doubts))
    return Fit(posterior, weights, checks, tuple(told))


@checked
def predicted(data: Means, posterior: Posterior, size: np.ndarray, count: int) -> np.ndarray:
    """y(n) of some samples of `power_law`, shape (count, sizes)."""
    law = posterior.flat("_law")
    chosen = np.linspace(0, law.size - 1, min(count, law.size)).astype(int)
    unit, level = _units(data)
    found = np.empty((chosen.size, np.size(size)))
    for k, one in enumerate(LAWS):
        here = chosen[law[chosen] == k]
        if here.size:
            exponent, order = (posterior.flat(name)[here, None] for name in ("_exponent", "_order"))
            terms = np.stack(quadrature.columns(one, np.asarray(size) / unit, exponent, order), axis=-1)
            amplitudes = posterior.flat("_terms")[here, None, : terms.shape[-1]]
            found[law[chosen] == k] = level * np.sum(terms * amplitudes, axis=-1)
    return found


def _chosen(names: Sequence[str] | None, order: float | None) -> tuple[SizeLaw, ...]:
    known = [law.name for law in LAWS]
    for name in names or ():
        if name not in known:
            raise ValueError(f"laws must be of {', '.join(known)}, got {name!r}")
    found = tuple(law for law in LAWS if names is None or law.name in names)
    if all(law.exponential for law in found):
        raise ValueError(f"laws must have one with an exponent, got {names}")
    return tuple(law._replace(known=order) if law.order else law for law in found)


def _units(data: Means) -> tuple[float, float]:
    """The mean size and the median measurement."""
    size, mean = np.asarray(data.size), np.abs(np.asarray(data.mean))
    return float(np.exp(np.log(size).mean())), float(np.median(mean) or mean.max() or 1.0)


def _points(data: Means, unit: float, level: float) -> SizedMeans:
    size, mean, error = (np.asarray(values, float) for values in data)
    return SizedMeans(size / unit, mean / level, error / level)


def _refit(
    data: Means,
    laws: Sequence[SizeLaw],
    rng: np.random.Generator,
    draws: int,
    whole: Mapping[str, np.ndarray],
    wanted: Sequence[str],
) -> tuple[Refit, dict[str, np.ndarray]]:
    """Without the smallest size."""
    kept = np.asarray(data.size) > np.min(data.size)
    part = Means(*(jnp.asarray(np.asarray(values)[kept]) for values in data))
    unit, level = _units(part)
    samples = averaged(_points(part, unit, level), level, laws, rng, draws, False)[0]
    mean = {name: float(samples[name].mean()) for name in wanted}
    deviation = {name: float(samples[name].std()) for name in wanted}
    shifts = {n: adequacy.shift((whole[n].mean(), whole[n].std()), (mean[n], deviation[n])) for n in wanted}
    return Refit("without the smallest size", mean, deviation, shifts), samples


def _checks(points: SizedMeans, grid: Grid, scatter: float) -> Checks:
    """Of the highest point of the best law."""
    place = np.unravel_index(np.argmax(grid.log_weight), grid.log_weight.shape)
    low, high = grid.window[place[0]]
    exponent = low + (high - low) * (place[1] + 0.5) / grid.log_weight.shape[1]
    widths = quadrature.scales(grid.law)[place[3]]

    def terms(alpha: float, omega: float) -> np.ndarray:
        columns = quadrature.columns(grid.law, points.size, np.array(alpha), np.array(omega))
        return np.stack(columns, axis=-1) / points.error[:, None]

    order = grid.order[place[0]]
    found = (
        np.array([exponent]),
        np.array([order]),
        quadrature.SCATTERS[place[2] : place[2] + 1],
        widths[None],
    )
    amplitudes = quadrature.coefficients(grid.law, points, found)[0]
    inner, step = terms(exponent, order), 1e-6
    slopes = [(terms(exponent + step, order) - inner) @ amplitudes / step]
    if grid.law.free:
        slopes.append((terms(exponent, order * (1 + step)) - inner) @ amplitudes / step)
    values, axes = points.mean / points.error, {"the sizes": (points.size, None)}
    return adequacy.check(values, inner * widths, np.stack(slopes, axis=1), axes, scatter)


def _rival(weights: Mapping[str, float]) -> list[str]:
    weight = weights.get("exponential", 0.0)
    return [f"an exponential has weight {weight:.2g} against the powers"] if weight > RIVAL else []
