"""Exponents of power laws, averaged over rival corrections, from means at several sizes.

    y(n) = A n^{−α} (1 + B n^{−ω}) + c    and its rivals (`lingen.claims.quadrature`), or, for a largest of n,
    y(n) = A n^{−α} (L − ½ log L)^{1/2},   L = log n + k.

The first is averaged over rivals with and without c and B, a logarithm and an exponential, each by its evidence;
the posterior carries doubts where the data follow none of them. In the second A is integrated out in closed form; NUTS
samples α, k and a relative scatter beyond the errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import numpyro
from jax import Array
from jaxtyping import ArrayLike, Float, Key
from numpyro import distributions as dist

from lingen.boundary import checked
from lingen.checks import integer, positive, vector
from lingen.claims import adequacy, quadrature
from lingen.claims.adequacy import Checks, Fit, Refit
from lingen.claims.inference import Posterior, nuts
from lingen.claims.quadrature import LAWS, Grid, Law, Points
from lingen.models.posterior import Chains, measure

__all__ = ["Means", "extreme_law", "means", "power_law", "predicted"]

LARGE = 10.0
"""Prior standard deviation of A of the extreme law, in units of the largest measurement at the mean size."""
MISFIT = 0.003
"""Scale of the prior of the relative scatter beyond the errors; where the data show more, no law is believed."""
RIVAL = 0.05
"""Weight of the exponential from which an exponent is not believed."""
LARGEST = 1.0
"""|B| at the mean size: what is called a correction is smaller than what it corrects."""
MORE = 2
"""Samples drawn of every law, for each one that is kept of all."""
CHAINS = 4
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
        laws: names of `lingen.claims.quadrature.LAWS` to average over; all if absent.
        order: ω where it is known; inferred if absent.
        draws: samples of each of four streams, at least four.

    Raises:
        ValueError: if `laws` holds an unknown name, or none with an exponent; if `draws` is out of range.
    """
    draws = integer("draws", draws, low=4)
    chosen = _chosen(laws, None if order is None else float(positive("order", order)))
    rng = np.random.default_rng(np.asarray(jr.key_data(key)).astype(np.uint32))
    wanted = ("exponent", *["offset"] * offset)
    samples, weights, best = _averaged(data, chosen, rng, draws, correction)
    refits = [_refit(data, chosen, rng, draws, samples, wanted)]
    checks = _checks(data, best, float(np.median(samples["misfit"])))
    samples |= {name: adequacy.joined(samples[name], refits, name) for name in wanted}
    # the samples are independent: what is discrete in part, as c is, needs no diagnostics
    found = measure(Chains({"exponent": samples["exponent"]}, np.zeros((CHAINS, draws))))
    told = [one for one, _ in refits]
    doubts = [*adequacy.doubts(checks, told, MISFIT, SYMBOLS), *_rival(weights)]
    posterior = found._replace(samples=samples, doubts=tuple(doubts))
    return Fit(posterior, weights, checks, tuple(told))


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


@checked
def extreme_law(data: Means, key: Key[Array, ""], **steps: Any) -> Posterior:
    """The posterior of A n^{−α} (L − ½ log L)^{1/2}, L = log n + k.

    α = 1/2 for the largest of n Gaussians over their norm: the largest alone is (2 log n − log log n + const)^{1/2} to leading orders.

    Sites: `exponent` (α, uniform on [0.01, 4]), `shift` (k + log of the least size, log-normal around 1), `misfit`.
    """
    start = {"exponent": [0.3, 0.5, 1.0], "shift": [1.0] * 3, "misfit": [MISFIT] * 3}
    return nuts(_extreme, key, (data,), start, **steps)


def _chosen(names: Sequence[str] | None, order: float | None) -> tuple[Law, ...]:
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


def _points(data: Means, unit: float, level: float) -> Points:
    size, mean, error = (np.asarray(values, float) for values in data)
    return Points(size / unit, mean / level, error / level)


def _averaged(
    data: Means, laws: Sequence[Law], rng: np.random.Generator, draws: int, correction: bool
) -> tuple[dict[str, np.ndarray], dict[str, float], tuple[Grid, Points]]:
    """Samples of all laws with an exponent by their weights, the weights of all, and the best grid."""
    unit, level = _units(data)
    points = _points(data, unit, level)
    grids = [quadrature.posterior(law, points) for law in laws]
    total = CHAINS * draws
    pools = [_drawn(grid, points, level, rng, MORE * total) for grid in grids]
    evidence = np.array([g.evidence + np.log(g.law.prior * p[1]) for g, p in zip(grids, pools, strict=True)])
    weights = np.exp(evidence - np.logaddexp.reduce(evidence))
    powers = np.array([w * (not law.exponential) for w, law in zip(weights, laws, strict=True)])
    powers = powers / powers.sum() if powers.sum() > 0 else np.eye(len(laws))[0]
    counts = rng.multinomial(total, powers)
    parts = [_some(pool, rng, n) for (pool, _), n in zip(pools, counts, strict=True)]
    order = rng.permutation(total)
    samples = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
    if correction:
        having = [(pool, p) for (pool, _), p, law in zip(pools, powers, laws, strict=True) if law.order]
        samples["correction_exponent"] = _orders(having, rng, total)
    samples = {name: x.reshape(CHAINS, draws, *x.shape[1:]) for name, x in samples.items()}
    named = {law.name: float(w) for law, w in zip(laws, weights, strict=True)}
    return samples, named, (grids[int(np.argmax(powers))], points)


def _drawn(
    grid: Grid, points: Points, level: float, rng: np.random.Generator, count: int
) -> tuple[dict[str, np.ndarray], float]:
    """Samples whose correction is no larger than the leading term, and the share of all that these are."""
    found = quadrature.draw(grid, rng, count)
    terms = quadrature.coefficients(grid.law, points, found, rng)
    good = np.ones(count, bool)
    if grid.law.order or grid.law.logarithm:
        good = np.abs(terms[:, 1]) <= LARGEST * np.abs(terms[:, 0])
    share = max(float(np.mean(good)), 1.0 / count)
    good = good if good.any() else np.ones(count, bool)
    padded = np.zeros((count, 3))
    padded[:, : terms.shape[1]] = terms
    samples = {
        "exponent": found[0],
        "offset": level * terms[:, -1] if grid.law.offset else np.zeros(count),
        "misfit": found[2],
        "_exponent": found[0],
        "_order": found[1],
        "_terms": padded,
        "_law": np.full(count, [law.name for law in LAWS].index(grid.law.name)),
    }
    return {name: values[good] for name, values in samples.items()}, share


def _some(pool: Mapping[str, np.ndarray], rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    size = pool["exponent"].size
    chosen = rng.choice(size, count, replace=count > size)
    return {name: values[chosen] for name, values in pool.items()}


def _orders(
    having: Sequence[tuple[Mapping[str, np.ndarray], float]], rng: np.random.Generator, total: int
) -> np.ndarray:
    """Samples of ω from the laws that have one."""
    if not having:
        raise ValueError("laws must have one with a correction where correction is asked for, got none")
    shares = np.array([p for _, p in having]) + 1e-300
    counts = rng.multinomial(total, shares / shares.sum())
    parts = [_some(pool, rng, n)["_order"] for (pool, _), n in zip(having, counts, strict=True)]
    return rng.permutation(np.concatenate(parts))


def _refit(
    data: Means,
    laws: Sequence[Law],
    rng: np.random.Generator,
    draws: int,
    whole: Mapping[str, np.ndarray],
    wanted: Sequence[str],
) -> tuple[Refit, dict[str, np.ndarray]]:
    """Without the smallest size."""
    kept = np.asarray(data.size) > np.min(data.size)
    part = Means(*(jnp.asarray(np.asarray(values)[kept]) for values in data))
    samples = _averaged(part, laws, rng, draws, False)[0]
    mean = {name: float(samples[name].mean()) for name in wanted}
    deviation = {name: float(samples[name].std()) for name in wanted}
    shifts = {n: adequacy.shift((whole[n].mean(), whole[n].std()), (mean[n], deviation[n])) for n in wanted}
    return Refit("without the smallest size", mean, deviation, shifts), samples


def _checks(data: Means, best: tuple[Grid, Points], scatter: float) -> Checks:
    """Of the highest point of the best law."""
    grid, points = best
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


def _extreme(data: Means) -> None:
    unit, scale = jnp.exp(jnp.mean(jnp.log(data.size))), jnp.max(jnp.abs(data.mean))
    exponent = numpyro.sample("exponent", dist.Uniform(0.01, 4.0))
    shift = numpyro.sample("shift", dist.LogNormal(0.0, 1.0))
    length = jnp.log(data.size / jnp.min(data.size)) + shift
    root = jnp.sqrt(length - 0.5 * jnp.log(length))
    column = ((data.size / unit) ** -exponent * root)[:, None]
    misfit = numpyro.sample("misfit", dist.HalfNormal(MISFIT))
    noise = (data.error / scale) ** 2 + (misfit * data.mean / scale) ** 2
    law = dist.LowRankMultivariateNormal(jnp.zeros_like(data.mean), LARGE * column, noise)
    numpyro.sample("y", law, obs=data.mean / scale)
