"""The memory of a command."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from lingen.scripts.terminal.runtime import make_room


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
