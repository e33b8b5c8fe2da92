"""Every dense topic draws the same bits on one device and on two."""

SAMPLERS = """
from lingen.models import population
from lingen.sims import convergence, decoupling, denoising, distances, memorisation, recovery
from lingen.sims.krylov import extremes
truth, dim = population.spiked([2.0]), 16
samplers = {
    "convergence": convergence.sampler(truth, dim, 1.5),
    "gauge": convergence.gauge_sampler(truth, dim, 1.5),
    "recovery": recovery.sampler(truth, dim, 1.5),
    "decoupling": decoupling.sampler(truth, dim, 1.5),
    "memorisation": memorisation.sampler(truth, dim, 1.5),
    "thin": memorisation.sampler_thin(truth, dim, 5),
    "distances": distances.sampler(truth, dim, 2.5),
    "denoising": denoising.sampler(truth, dim, 1.5, noise=0.3),
    "extremes": extremes.sampler(truth, 2000, 1.0),
}
"""


def test_the_same_bits_on_one_device_and_on_two(different_bits):
    different = different_bits(SAMPLERS, 5)
    assert len(different) == 9
    assert {name: found for name, found in different.items() if any(found)} == {}
