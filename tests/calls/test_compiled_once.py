"""A prediction that was made once compiles nothing the second time.

A loop of XLA around a function that is a new one at every call is compiled at every call, for good: a hundred
memory maps each, of the 65,530 that a process may hold.
"""

from __future__ import annotations

import jax
import numpy as np
import pytest
from catalogue import Call
from jax import monitoring
from selection import THEORY

REQUESTS: list[str] = []
monitoring.register_event_duration_secs_listener(
    lambda name, seconds, **_: REQUESTS.append(name) if name.endswith("backend_compile_duration") else None
)
MANY = np.linspace(0.31, 2.9, 300)
"""Loads that are taken in chunks."""


def requests(call: Call) -> int:
    before = len(REQUESTS)
    jax.block_until_ready(call.function(**call.arguments))
    return len(REQUESTS) - before


@pytest.mark.slow
@pytest.mark.parametrize("call", THEORY, ids=[call.name for call in THEORY])
def test_a_second_call_compiles_nothing(call):
    requests(call)
    assert requests(call) == 0
    if np.ndim(call.arguments.get("load", MANY)):
        return
    many = call._replace(arguments=call.arguments | {"load": MANY})
    try:
        requests(many)
    except ValueError:  # one load alone is taken
        return
    assert requests(many) == 0


def test_a_request_is_seen():
    before = len(REQUESTS)
    jax.jit(lambda x: 3 * x + 0.125)(np.arange(7.0))
    assert len(REQUESTS) > before
