"""Order parameters of generated images: known cases, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lingen.sims.networks import order_parameters
from lingen.sims.networks.order_parameters import onset, pair

RNG = np.random.default_rng(1)
DIM = 6
SCALES = np.array([3.0, 2.0, 1.0, 0.5, 0.2, 0.1])


def sample(count: int) -> np.ndarray:
    return RNG.normal(size=(count, DIM)) * SCALES


def test_convergence_of_equal_opposite_and_unrelated_images():
    x = sample(50)
    assert order_parameters.convergence(x, 2.0 * x) == pytest.approx(1.0)
    assert order_parameters.convergence(x, -x) == pytest.approx(-1.0)
    left, right = np.eye(6)[:3], np.eye(6)[3:]
    assert order_parameters.convergence(left, right) == 0.0
    with pytest.raises(ValueError, match="one shape"):
        order_parameters.convergence(x, x[:3])
    with pytest.raises(ValueError, match="energy of the generated images must be positive"):
        order_parameters.convergence(x, 0.0 * x)


def test_the_closest_training_image_is_found_across_chunks(monkeypatch):
    monkeypatch.setattr(order_parameters, "CHUNK", 7)
    known, found = sample(30), sample(5)
    cosine = found @ known.T / np.linalg.norm(found, axis=1)[:, None] / np.linalg.norm(known, axis=1)
    assert np.allclose(order_parameters.closest_cosine(found, known), cosine.max(axis=1))
    assert np.allclose(order_parameters.closest_cosine(3.0 * known[:4], known), 1.0)
    assert order_parameters.closest_cosine(np.zeros((1, DIM)), known) == 0.0


def test_latents_are_recovered_by_rank_whatever_their_sign():
    latents = order_parameters.directions(np.diag(SCALES), 3)
    assert np.allclose(np.abs(latents), np.eye(DIM)[:3])
    assert np.allclose(order_parameters.latent_recovery(np.diag(SCALES), -latents), 1.0)
    swapped = np.diag(SCALES[[1, 0, 2, 3, 4, 5]])
    assert np.allclose(order_parameters.latent_recovery(swapped, latents), [0.0, 0.0, 1.0])
    wide, tall = sample(4), sample(40)  # both ways of finding directions
    for x in (wide, tall):
        vectors = np.linalg.svd(x)[2][:3]
        assert np.allclose(order_parameters.latent_recovery(x, vectors), 1.0)
    with pytest.raises(ValueError, match="count must be"):
        order_parameters.directions(wide, 5)


def test_a_perfect_model_shows_what_so_many_images_allow():
    x = sample(400)
    latents = order_parameters.directions(x, 3)
    few, many = (order_parameters.ceiling(x, latents, m) for m in (8, 400))
    assert np.all(few < many)
    assert np.all(many < 1.0)
    assert many[0] > 0.9


def test_a_pair_of_copying_machines():
    first, second = sample(6), sample(6)
    rest = sample(100)
    known = order_parameters.reference(np.concatenate([first, second, rest]), 2)
    found = pair(first[[0, 1, 2]], second[[3, 4, 5]], (first, second), known)
    assert found.closest == pytest.approx(1.0)
    assert found.copies == 1.0
    assert found.other < 0.999
    assert found.recovery.shape == (2,)
    energy = np.mean([np.sum(first[:3] ** 2) / 3, np.sum(second[3:] ** 2) / 3])
    assert found.energy == pytest.approx(energy / (np.sum(first**2 + second**2) + np.sum(rest**2)) * 112)
    beside = [np.concatenate([second, rest]), np.concatenate([first, rest])]
    ratios = [
        np.mean((made @ own.T) ** 2) / np.mean((made @ others.T) ** 2)
        for made, own, others in zip((first[:3], second[3:]), (first, second), beside, strict=True)
    ]
    assert found.memorisation == pytest.approx(np.mean(ratios))
    with pytest.raises(ValueError, match="first must be finite"):
        pair(first * np.nan, second, (first, second), known)
    with pytest.raises(ValueError, match="images of a training set must be"):
        pair(first, second, (first, second), order_parameters.reference(first, 2))


def test_onsets_are_interpolated_and_averaged_in_log_n():
    ladder = [1, 10, 100]
    once = onset(ladder, np.array([[0.0, 0.25, 0.75]]), 0.5)
    assert once.samples == pytest.approx(10**1.5)
    assert np.isnan(once.factor)
    twice = onset(ladder, np.array([[0.0, 0.25, 0.75], [0.0, 0.5, 0.9]]), 0.5)
    assert twice.samples == pytest.approx(10**1.25)
    assert twice.factor == pytest.approx(10**0.25)  # two values a half decade apart: error a quarter
    never = onset(ladder, np.array([[0.0, 0.1, 0.2], [0.6, 0.7, 0.8]]), 0.5)
    assert np.isnan(never.samples)
    assert np.isnan(never.each).all()
    back = onset(ladder, np.array([[0.6, 0.2, 0.8]]), 0.5)
    assert 10 < back.samples < 100  # for good
