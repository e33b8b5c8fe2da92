"""The memory of a command."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp

from lingen.claims import check, checking
from lingen.claims.checking import Budget
from lingen.claims.claim import Claim
from lingen.machine.crowding import make_room


def test_compiled_functions_are_forgotten_above_the_limit_and_compiled_again() -> None:
    traced = []

    @jax.jit
    def double(x: jax.Array) -> jax.Array:
        traced.append(x)
        return 2 * x

    double(jnp.ones(2))
    assert not make_room(1 << 60, 1 << 60)
    double(jnp.ones(2))
    assert len(traced) == 1
    for limits in ((1, 1 << 60), (1 << 60, 1)):
        before = len(traced)
        assert make_room(*limits)
        assert double(jnp.ones(2)).tolist() == [2.0, 2.0]
        assert len(traced) == before + 1


def test_a_loop_of_checks_gives_memory_maps_back(monkeypatch) -> None:
    """Linux refuses the 65,531st: 270 claims of a notebook ended in a segmentation fault."""
    held = []

    def count() -> int:
        return Path("/proc/self/maps").read_bytes().count(b"\n")

    def once(number: int) -> None:
        claim = Claim(
            f"claim {number}",
            predict=lambda: 0.5,
            simulate=lambda key, dim: jax.random.uniform(key, (dim,)).mean(),
            points=({},),
            dims=(8, 16, 32),
            bounds=(0.0, 1.0),
        )
        held.append(check(claim, jax.random.key(0), Budget(max_draws=64)))

    once(0)
    before = count()
    once(1)
    each = count() - before
    assert each > 0
    limit = before + 3 * each
    monkeypatch.setattr(checking, "make_room", lambda room: make_room(room, limit))
    for number in range(2, 12):
        once(number)
        assert count() < limit + 2 * each
