"""Filters whose numbers are allowed each, and whose gains no double tells apart on the spectrum of data."""

from __future__ import annotations

import numpy as np
import pytest

from lingen.experiments.forecast import forecast
from lingen.experiments.from_data.gains import check_gains
from lingen.models import filters
from lingen.theory.worth import worth

SPECTRUM = np.array([9.0, 4.0, 1.0, 0.25])
ROWS = np.random.default_rng(0).normal(size=(40, 4)) * np.sqrt(SPECTRUM)

CONSTANT, BEYOND, UNFIT = "tell eigenvalues up to 9 apart", "have gains within double", "suit 4 dimensions"
USELESS = {
    "ridge:1e20": CONSTANT,
    "ode_sampler:1:1.0000000000000002": CONSTANT,
    "ridge:1e200": BEYOND,
    "ridge:1.7e308": BEYOND,
    "ode_sampler:1e-300:1e300": BEYOND,
    "ode_sampler:0:1e-160": BEYOND,
    "ode_sampler:0:1e155": BEYOND,
    "ode_sampler:1e299:1e300": BEYOND,
    "denoiser:1e300": BEYOND,
    "early_stopped:1e-300:1": BEYOND,
    "early_stopped:1:1e300": BEYOND,
    "balanced:1e-300:1:1": BEYOND,
    "pca:5": UNFIT,
    "pca:1e-3": UNFIT,
    "pca:1e-300": UNFIT,
}
SOUND = [
    "gaussian", "ridge:1e-300", "ridge:1e9", "ode_sampler:0:1e50", "ode_sampler:1e5:1e6", "pca:1", "pca:0.5",
    "denoiser:1e-20", "denoiser:1e20", "early_stopped:1e300:1", "early_stopped:1:1e-300", "ddpm:1",
    "ddim:1", "euler:1", "heun:1",
]  # fmt: skip


@pytest.mark.parametrize("text", USELESS)
def test_a_filter_that_is_a_constant_in_double_precision_is_refused(text):
    with pytest.raises(ValueError, match=rf"^filter must {USELESS[text]}") as error:
        check_gains(filters.parse(text), SPECTRUM, repr(text))
    assert repr(text) in str(error.value)


@pytest.mark.parametrize("text", SOUND)
def test_a_filter_at_its_limits_is_taken(text):
    check_gains(filters.parse(text), SPECTRUM, text)


@pytest.mark.parametrize("scale", [1e-130, 1e130])
def test_data_in_any_unit_keep_the_maximum_likelihood_model(scale):
    check_gains(filters.gaussian(), scale * SPECTRUM, "gaussian")


def test_an_isotropic_spectrum_makes_no_filter_constant():
    for text in ("gaussian", "ridge:1", "denoiser:1"):
        check_gains(filters.parse(text), np.ones(4), text)


def test_it_is_the_filter_that_is_named():
    with pytest.raises(ValueError, match=r"^filter must .* got 'ode_sampler:1e-300:1e300'"):
        forecast(ROWS, "ode_sampler:1e-300:1e300")
    with pytest.raises(ValueError, match=r"^filter must .* got ridge\(rho=1e\+20\)"):
        forecast(ROWS, filters.ridge(1e20))
    for text in ("ode_sampler:1e-300:1e300", "denoiser:1e300", "ode_sampler:0:1e-160"):
        with pytest.raises(ValueError, match=r"^filter must change along the spectrum of samples"):
            worth(ROWS, filters.parse(text))
