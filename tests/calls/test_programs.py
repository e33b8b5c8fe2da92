"""How many programs the first call of every public prediction compiles: few, however long its formula is.

An operation on an array outside of a compiled function is a program of its own, which is traced, lowered and
compiled by itself: a dozen of them take longer than a formula compiled as one.
"""

from __future__ import annotations

import jax
import pytest
from catalogue import Call
from selection import THEORY
from test_compiled_once import requests

PROGRAMS = 12
"""Of a prediction and what it stands on: each public function that it calls has one of its own."""
MORE = {
    "theory.spectrum.eigenvectors.overlap": 36,
    "theory.spectrum.eigenvectors.modes": 36,
    "theory.denoiser_combinations.predict": 14,
}
"""Eigenvectors first find the support, where alone they are defined; combinations stand on three others."""


@pytest.mark.slow
@pytest.mark.parametrize("call", THEORY, ids=[call.name for call in THEORY])
def test_a_first_call_compiles_few_programs(call: Call) -> None:
    jax.clear_caches()
    assert requests(call) <= MORE.get(call.name, PROGRAMS)
