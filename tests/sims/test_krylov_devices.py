"""Krylov draws have the same bits on one device and on two, several starting directions included."""

import pytest

SAMPLERS = """
from lingen.models import population
from lingen.sims.krylov import draws as krylov
truth, dim = population.spiked([2.0]), 10**6
samplers = {
    "convergence": krylov.convergence_sampler(truth, dim, 1.5),
    "distances": krylov.distances_sampler(truth, dim, 1.5),
}
"""


@pytest.mark.slow
def test_the_same_bits_on_one_device_and_on_two(different_bits):
    assert different_bits(SAMPLERS, 70) == {"convergence": [0], "distances": [0, 0]}
