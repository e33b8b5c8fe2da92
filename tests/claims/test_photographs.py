"""Denoisers of photographs: the measured numbers against plain NumPy, and that a measurement passes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from lingen.claims.checking import check
from lingen.claims.library import photographs

PATCHES, WHOLE = photographs.CLAIMS


def gain(power):
    """Of the least-squares kernel of 9 × 9 taps at s = 0.1."""
    c = np.fft.ifft2(power).real
    offsets = np.array([(i, j) for i in range(-4, 5) for j in range(-4, 5)])
    apart = offsets[:, None] - offsets
    matrix = c[apart[..., 0], apart[..., 1]] + 0.1 * np.eye(81)
    placed = np.zeros(power.shape)
    placed[offsets[:, 0], offsets[:, 1]] = np.linalg.solve(matrix, c[offsets[:, 0], offsets[:, 1]])
    return np.fft.fft2(placed).real


def test_two_photographs_against_numpy():
    pictures = np.stack([load_sample_image(name) for name in ("china.jpg", "flower.jpg")])
    grey = pictures @ np.array([0.299, 0.587, 0.114])
    grey = grey - grey.mean(axis=(1, 2), keepdims=True)
    grey = grey / np.sqrt(np.mean(grey**2))
    powers = np.abs(np.fft.fft2(grey)) ** 2 / grey[0].size
    one, two = (gain(power) for power in powers)
    weight = powers.mean(axis=0) + 0.1
    expected = np.sum(weight * (one - two) ** 2) / np.sum(weight * (one**2 + two**2))
    verdict = check(WHOLE)
    assert verdict.points[0].estimate == pytest.approx(expected, rel=1e-6)
    assert verdict.passed
    assert expected > 100 * verdict.points[0].prediction


def test_patches_are_worth_fewer_stationary_ones():
    verdict = check(PATCHES)
    assert verdict.passed
    assert len(verdict.points) == 5
    for point in verdict.points[1:]:
        assert point.estimate - 3 * point.standard_error > 10 * point.prediction
        assert point.estimate < 0.1 * min(point.rivals.values())
