"""Check a claim: ask it for its answer, and keep with that where it came from."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Key

import lingen
from lingen.boundary import checked
from lingen.checks import integer
from lingen.claims.budget import RESOLUTION, Budget
from lingen.claims.claim import Claim
from lingen.claims.evidence.answer import Answer, Engine, Tell, Terms
from lingen.claims.evidence.point import Outcome, largest
from lingen.claims.verdict import Verdict
from lingen.machine.crowding import make_room
from lingen.sims.engine.ensemble import stream
from lingen.watching import shown_bar

__all__ = ["RESOLUTION", "Budget", "Progress", "broken", "check"]

ENDLESS = 1 << 62
Progress = Callable[[str, float, str], None]
"""Called with a claim's name, how far it is (0 to 1) and a message."""


@checked
def check(
    claim: Claim,
    key: Key[jax.Array, ""] | None = None,
    budget: Budget | None = None,
    progress: Progress | None = None,
    comparisons: int = 1,
    devices: Sequence[jax.Device] | None = None,
    engine: Engine = stream,
) -> Verdict:
    """Whether the claim holds, by simulation.

    Args:
        claim: what to check.
        key: a typed key; the draws depend on it and on the claim's name, point and dimension alone; `jax.random.key(0)`
            if absent.
        budget: resolution, error rate, draws and time; `Budget()` if absent.
        progress: told how far it is, often; a bar on terminals and in notebooks if absent.
        comparisons: number of claims that share the error rate.
        devices: where to draw; all devices of all processes if absent.
        engine: makes the draws, with the signature of `lingen.sims.engine.ensemble.stream`.

    A claim whose functions raise, or give something other than finite numbers of one shape, is BROKEN.

    Raises:
        ValueError: if `key` is not a typed key or `comparisons` is below one.
    """
    integer("comparisons", comparisons, low=1)
    make_room(room=ENDLESS)  # a loop of checks would end at the number of memory maps that Linux allows
    key = jax.random.key(0) if key is None else key
    began = time.monotonic()
    with shown_bar(claim.name) if progress is None else nullcontext(partial(progress, claim.name)) as shown:
        tell = _rising(shown)
        answer = claim.answer(Terms(key, budget or Budget(), comparisons, devices, engine, tell))
        tell(1.0, str(answer.outcome))
    return _verdict(claim, answer, _provenance(key, devices, time.monotonic() - began, answer.draws))


@checked
def broken(claim: Claim, reason: str, key: Key[jax.Array, ""], budget: Budget | None = None) -> Verdict:
    """The verdict on a claim that could not be checked to its end, for this reason."""
    resolution = Terms(key, budget or Budget(), 1, None, stream, lambda *_: None).resolution(claim)
    answer = Answer(Outcome.BROKEN, reason, resolution, None, (), {}, 0, (), claim.evidence)
    return _verdict(claim, answer, _provenance(key, None, 0.0, 0))


def _verdict(claim: Claim, answer: Answer, provenance: dict[str, Any]) -> Verdict:
    return Verdict(
        claim=claim,
        outcome=answer.outcome,
        resolution=answer.resolution,
        bound=answer.bound,
        half_width=largest(float(np.max(point.margin)) for point in answer.points),
        points=answer.points,
        rivals=answer.rivals,
        reason=answer.reason,
        provenance=provenance,
        assumptions=answer.assumptions,
        evidence=answer.evidence,
    )


def _rising(shown: Callable[[float, str], None]) -> Tell:
    """Tells how far a claim is, and never that it went back."""
    reached = 0.0

    def tell(fraction: float, message: str) -> None:
        nonlocal reached
        reached = max(reached, fraction)
        shown(reached, message)

    return tell


def _provenance(key: Any, devices: Sequence[jax.Device] | None, seconds: float, draws: int) -> dict[str, Any]:
    used = list(devices if devices is not None else jax.devices())
    return {
        "key": np.asarray(jax.random.key_data(key)).tolist(),
        "lingen": lingen.__version__,
        "jax": jax.__version__,
        "numpy": np.__version__,
        "platform": used[0].platform,
        "device": used[0].device_kind,
        "devices": len(used),
        "dtype": str(jax.numpy.zeros(()).dtype),
        "seconds": round(seconds, 3),
        "draws": draws,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
