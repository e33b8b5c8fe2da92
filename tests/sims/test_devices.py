"""Every dense topic draws the same bits on one device and on two."""

import pytest

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


@pytest.mark.slow
def test_the_same_bits_on_one_device_and_on_two(different_bits):
    different = different_bits(SAMPLERS, 5)
    assert len(different) == 9
    assert {name: found for name, found in different.items() if any(found)} == {}


SECOND = """
import numpy as np
from lingen.models import population
from lingen.sims import augmentation, convolutional, random_labels, ridge_models, spectral_entropy
truth, dim, power = population.spiked([2.0]), 16, 1.0 + np.abs(np.fft.fftfreq(32))
samplers = {
    "augmentation": augmentation.sampler(24, 10, 8),
    "convolutional": convolutional.sampler(power, 2),
    "taps": convolutional.sampler(power, 2, 3, 0.3),
    "ridge_models": ridge_models.sampler(population.isotropic(), dim, 1.5, rho=0.3),
    "random_labels": random_labels.sampler(24, 8),
    "spectral_entropy": spectral_entropy.sampler(truth, dim, 1.5),
}
rounded = ("taps",)  # XLA compiles for one device and for two: on some processors one ulp apart
"""


@pytest.mark.slow
def test_the_same_bits_of_the_second_part(different_bits):
    different = different_bits(SECOND, 5)
    assert len(different) == 6
    assert {name: found for name, found in different.items() if any(found)} == {}
