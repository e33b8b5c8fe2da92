"""How many programs a first answer compiles: a budget for each, so that the wait for it cannot creep up.

Every operation on an array outside of a compiled function is a program of its own, and most of the time to a
first number is their compilation. What is counted are requests to compile, found on disk or not.
"""

from __future__ import annotations

import json
import os
import sys

import children
import pytest

BUDGETS = {
    "the claims that ship": 0,
    "closed_forms.overlap(0.5)": 5,
    "convergence.overlap(ISOTROPIC, 0.5)": 12,
    "convergence.overlap(ATOMS, 0.5)": 12,
    "recovery.recovery(SPIKED, 3.0)": 13,
    "distances.wasserstein2(ATOMS, 2.0)": 12,
    "memorisation.ratio(ATOMS, 0.5)": 12,
    "memorisation.nearest_cosine(64)": 3,
    "recovery.latents(ATOMS, 3.0, 64)": 5,
    "finite_samples.fid_first_order(ATOMS, 64, 100.0, mean=True)": 3,
    "worth.worth(ROWS)": 3,
    "lingen.population.from_samples(ROWS)": 12,
    "lingen.forecast(ROWS, draws=2)": 40,
    "leakage.blind_auc(3.0, 100)": 18,
    "leakage.blind_auc_limit(2.0)": 4,
    "lingen.check(registry.get(['convergence-two-atoms'])[0], budget=BUDGET)": 110,
    "lingen.check(registry.get(['memorisation-nearest'])[0], budget=BUDGET)": 44,
}
PROGRAM = """
import json, sys
import jax
import numpy
from jax import monitoring
import lingen
from lingen.claims.library import registry
from lingen.theory import convergence, distances, finite_samples, leakage, memorisation, recovery, worth
from lingen.theory.spectrum import closed_forms

requests = []
monitoring.register_event_duration_secs_listener(
    lambda name, seconds, **_: requests.append(name) if name.endswith("backend_compile_duration") else None
)
ISOTROPIC, ATOMS = lingen.population.isotropic(), lingen.population.atoms([1.0, 10.0])
SPIKED = lingen.population.spiked([2.0])
ROWS = numpy.random.default_rng(0).normal(size=(400, 8)) * numpy.arange(1, 9)
BUDGET = lingen.Budget(max_draws=64)
counts = {"the claims that ship": len(requests)}
registry.all_claims()
counts["the claims that ship"] = len(requests) - counts["the claims that ship"]
for words in json.loads(sys.argv[1]):
    jax.clear_caches()
    before = len(requests)
    eval(words)
    counts[words] = len(requests) - before
print(json.dumps(counts))
"""


@pytest.fixture(scope="module")
def counts():
    words = [word for word in BUDGETS if "(" in word]
    done = children.run(
        [sys.executable, "-c", PROGRAM, json.dumps(words)], env=os.environ | {"LINGEN_TYPED": ""}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("words", BUDGETS)
def test_a_first_answer_stays_within_its_budget(counts, words):
    assert counts[words] <= BUDGETS[words]
    assert counts[words] > 0 or BUDGETS[words] == 0
