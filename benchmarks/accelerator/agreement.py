"""Is it right there? Every prediction, every draw and a claim of each section, against the host's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.random as jr
import numpy as np
from record import Places, Record

Job = tuple[str, Callable[[], Any]]
ROUND_OFF = 1e-9
"""Of the largest number of a result: sums in another order, and functions of another library."""
NOTHING = 1e-6
LATE = "no time was left"
THREADS = 12
"""Compilation is most of it, and runs beside others."""


def predictions(record: Record, where: Places) -> None:
    """Every public prediction of the catalogue of calls."""
    from selection import INFINITE, THEORY, parted

    _compare(record, where, [(c.name, _prediction(c, parted)) for c in THEORY if c.name not in INFINITE])


def draws(record: Record, where: Places) -> None:
    """One draw of every sampler of the catalogue of calls."""
    from catalogue import KEY
    from selection import SAMPLERS

    _compare(record, where, [(c.name, lambda c=c: _drawn(c.function(**c.arguments), KEY)) for c in SAMPLERS])


def sections(record: Record, where: Places) -> None:
    """A claim of each section of the theory: its prediction and four draws, at its first point and size."""
    from lingen.claims.claim import Claim
    from lingen.claims.library import registry

    first: dict[str, Claim] = {}
    for claim in registry.all_claims():
        if isinstance(claim, Claim) and not claim.thorough:
            first.setdefault(claim.section, claim)
    jobs = [(f"{section}: {claim.name}", lambda c=claim: _cell(c)) for section, claim in first.items()]
    _compare(record, where, jobs)


def _prediction(call: Any, parted: Callable[[Any], Any]) -> Callable[[], Any]:
    numbers, choices = parted(call)
    return lambda: jax.jit(lambda numbers: call.function(**numbers, **choices))(numbers)


def _drawn(draw: Any, key: Any) -> Any:
    return jax.jit(lambda draw, key: draw(key))(draw, key)


def _cell(claim: Any) -> Any:
    dim = claim.dims[0]
    point = claim.settled(dim, claim.points[0])
    predicted = claim.predict(dim=dim, **point) if claim.exact else claim.predict(**point)
    keys = jr.split(jr.key(7), 4)
    draw = claim.draw(dim, point)
    stacked = jax.jit(lambda keys: jax.lax.map(draw, keys))(keys)
    return predicted, stacked if claim.measure is None else claim.measure(stacked)


def _compare(record: Record, where: Places, jobs: Iterable[Job]) -> None:
    """The largest difference of each job's numbers on both, and in words those that differ, or fail."""
    jobs = list(jobs)[: 6 if record.quick else None]
    with ThreadPoolExecutor(THREADS) as pool:
        pairs = list(pool.map(lambda job: (job[0], *_both(job[1], where, record)), jobs))
    differing = {name: off for name, off, why in pairs if not why and off > ROUND_OFF}
    for name, _, why in pairs:
        if why:
            record.say(name, **({"left_out": why} if why == LATE else {"failed": why}))
    for name, off in sorted(differing.items(), key=lambda pair: -pair[1]):
        record.say(name, relative_difference=off)
    whole = [off for _, off, why in pairs if not why]
    late = sum(why == LATE for _, _, why in pairs)
    failed = len(pairs) - len(whole) - late
    record.say(
        "all", compared=len(whole), left_out=late, failed=failed, beyond_round_off=len(differing),
        median_difference=float(np.median(whole)), largest_difference=float(np.max(whole)),
    )  # fmt: skip


def _both(job: Callable[[], Any], where: Places, record: Record) -> tuple[float, str]:
    if record.left() < 10:
        return 0.0, LATE
    try:
        with jax.default_device(where.device):
            here = jax.tree.map(np.asarray, job())
        with jax.default_device(where.host):
            there = jax.tree.map(np.asarray, job())
    except Exception as error:
        return 0.0, f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    leaves = zip(jax.tree.leaves(here), jax.tree.leaves(there), strict=True)
    return max((_off(one, other) for one, other in leaves), default=0.0), ""


def _off(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference, of the largest number; infinite where only one of them is finite.

    Below `NOTHING` both are zero to round-off: what is left of a difference of numbers of order one.
    """
    one, other = np.asarray(one, complex), np.asarray(other, complex)
    finite = np.isfinite(other)
    if not np.array_equal(finite, np.isfinite(one)):
        return float("inf")
    scale = np.max(np.abs(other), initial=0.0, where=finite)
    return float(np.max(np.abs(one - other), initial=0.0, where=finite) / max(float(scale), NOTHING))
