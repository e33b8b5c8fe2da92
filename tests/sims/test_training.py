"""Training ensembles of tiny networks: they learn, go on where they stopped, and fail one by one."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import filters
from lingen.models.images import data as images
from lingen.models.networks.denoiser import as_images
from lingen.models.networks.unet import UNetArchitecture
from lingen.sims.networks import generation, training
from lingen.sims.networks.checkpoints import Checkpoints
from lingen.sims.networks.members import mesh
from lingen.sims.networks.training import Settings

FORM = UNetArchitecture(channels=1, kernels=2, predicts="image", blocks=1)
SETTINGS = Settings(steps=40, batch=8, rate=3e-3)
KEY = jr.key(2)
CHUNK = 20


@pytest.fixture(scope="module")
def digits():
    data = images.load("digits", limit=64)
    return as_images(data.vectors + data.mean, data.shape)


@pytest.fixture(scope="module")
def rows():
    return training.halves(64, 1, jr.key(0))


@pytest.fixture(scope="module")
def untrained():
    return training.begin(FORM, SETTINGS, 2, jr.key(1))


@pytest.fixture(scope="module")
def states(digits, rows, untrained):
    """The state after 20 steps and after 40."""
    return list(training.train(untrained, digits, rows, 4, FORM, SETTINGS, KEY, CHUNK, one_device()))


def one_device():
    return mesh(2, jax.local_devices()[:1])


def same(one, two) -> bool:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_halves_are_disjoint_nested_and_new_for_each_seed():
    rows = training.halves(101, 3, jr.key(0))
    assert rows.shape == (6, 50)
    for seed in range(3):
        assert len(set(rows[2 * seed : 2 * seed + 2].ravel())) == 100
    assert not np.array_equal(rows[0], rows[2])
    with pytest.raises(ValueError, match="images must be"):
        training.halves(1, 1, jr.key(0))


def test_the_loss_falls_and_numbers_stay_single_precision(states):
    first, last = states
    assert int(last.step) == SETTINGS.steps
    assert np.all(last.loss < 0.7 * first.loss)
    assert {leaf.dtype for leaf in jax.tree.leaves(last.numbers)} == {np.dtype("float32")}
    assert {leaf.dtype for leaf in jax.tree.leaves(last.optimiser)} <= {
        np.dtype("float32"),
        np.dtype("int32"),
    }
    one = jax.tree.leaves(last.numbers)[0]
    assert not np.array_equal(one[0], one[1])  # two members, two networks
    assert training.failures(last, SETTINGS) == []


def test_an_interrupted_training_ends_the_same(states, digits, rows, untrained, tmp_path):
    facts = {"architecture": {"kernels": 2}, "n": 4}
    store = Checkpoints(tmp_path / "run", facts)
    assert store.restore(untrained) is untrained
    store.save(states[0])
    store.close()
    again = Checkpoints(tmp_path / "run", facts)
    assert again.step == CHUNK
    found = again.restore(untrained)
    assert same(found, states[0])
    (end,) = training.train(found, digits, rows, 4, FORM, SETTINGS, KEY, CHUNK, one_device())
    assert same(end, states[1])
    again.close()
    other = {"architecture": {"kernels": 64}, "n": 4}
    with pytest.raises(ValueError, match=r"checkpoint with architecture kernels 2, this run has kernels 64"):
        Checkpoints(tmp_path / "run", other)


def damaged(folder, rng):
    """One file of a checkpoint, cut short, emptied, removed, or with a bit turned."""
    files = sorted(f for f in folder.rglob("*") if f.is_file() and f.stat().st_size)
    file = files[rng.integers(len(files))]
    held = bytearray(file.read_bytes())
    match rng.integers(4):
        case 0:
            file.write_bytes(held[: len(held) // 2])
        case 1:
            file.write_bytes(b"")
        case 2:
            file.unlink()
        case _:
            held[rng.integers(len(held))] ^= 1 << rng.integers(8)
            file.write_bytes(held)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of reads that orbax gave up
@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_checkpoint_gives_way_to_the_one_before(states, untrained, tmp_path, seed):
    facts = {"n": 4}
    store = Checkpoints(tmp_path / "run", facts)
    for state in states:
        store.save(state)
    store.close()
    damaged(tmp_path / "run" / str(2 * CHUNK), np.random.default_rng(seed))
    again = Checkpoints(tmp_path / "run", facts)
    found = again.restore(untrained)
    assert same(found, states[1]) or same(found, states[0])
    again.save(states[1])
    again.close()
    last = Checkpoints(tmp_path / "run", facts)
    assert same(last.restore(untrained), states[1])
    last.close()


def test_a_folder_without_a_whole_checkpoint_is_named(states, untrained, tmp_path):
    store = Checkpoints(tmp_path / "run", {"n": 4})
    store.save(states[0])
    store.close()
    for file in (tmp_path / "run" / str(CHUNK)).rglob("*"):
        if file.is_file():
            file.write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"run: no checkpoint there is whole: step 20 \(.*remove the folder"
    ) as error:
        Checkpoints(tmp_path / "run", {"n": 4}).restore(untrained)
    assert "\n" not in str(error.value)


def test_a_member_without_numbers_is_left_behind_alone(states, digits, rows, untrained):
    broken = jax.tree.map(lambda leaf: leaf.at[1].set(jnp.nan), untrained.numbers)
    state = untrained._replace(numbers=broken)
    ended = list(training.train(state, digits, rows, 4, FORM, SETTINGS, KEY, CHUNK, one_device()))
    assert ended[-1].failed.tolist() == [-1, 0]
    healthy = [jax.tree.map(lambda leaf: leaf[0], s.numbers) for s in (ended[-1], states[-1])]
    assert same(*healthy)
    (line,) = training.failures(ended[-1], SETTINGS)
    assert line == "seed 0, half 2: loss is NaN at step 0, learning rate 0"


def test_training_stops_when_nobody_is_left(digits, rows, untrained):
    broken = jax.tree.map(lambda leaf: leaf * jnp.nan, untrained.numbers)
    state = untrained._replace(numbers=broken)
    (ended,) = training.train(state, digits, rows, 4, FORM, SETTINGS, KEY, CHUNK, one_device())
    assert int(ended.step) == CHUNK
    words = training.failures(ended._replace(failed=np.array([2, 17])), SETTINGS)
    assert "step 2, learning rate 0.003" in words[0]  # the rate is at its highest after 5 % of the steps
    assert "step 17, learning rate 0.00" in words[1]


def test_too_few_images_and_bad_settings_are_refused(digits, rows, untrained):
    with pytest.raises(ValueError, match="n must be a whole number of at least 1 and at most 32, got 33"):
        next(training.train(untrained, digits, rows, 33, FORM, SETTINGS, KEY))
    with pytest.raises(ValueError, match="rate must be positive"):
        replace(SETTINGS, rate=-1.0)
    with pytest.raises(ValueError, match="steps must be"):
        replace(SETTINGS, steps=0)


def test_all_members_are_given_the_same_seeds(states, digits):
    twice = jax.tree.map(lambda leaf: jnp.stack([leaf[0], leaf[0], leaf[1]]), states[1].numbers)
    options = {"sigma_max": 1.0, "sigma_min": 0.1, "steps": 3}
    made = generation.generate(FORM, twice, KEY, 5, digits.mean(axis=0), options=options, batch=4)
    assert made.shape == (3, 5, 8, 8, 1)
    assert np.array_equal(made[0], made[1])
    assert not np.allclose(made[0], made[2])
    assert not np.allclose(made[0, 0], made[0, 1])
    with pytest.raises(ValueError, match="sampler must be one of probability flow, stochastic"):
        generation.generate(FORM, twice, KEY, 5, digits[0], "ddpm", options)


def test_the_linear_model_is_its_filter():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(5, 9)), rng.normal(size=(3, 9))
    g = filters.ode_sampler(0.3, 2.0)
    values, vectors = np.linalg.eigh(x.T @ x / 5)
    known = z @ (vectors * np.asarray(g(np.maximum(values, 0.0)))) @ vectors.T
    assert np.allclose(generation.linear(x, z, g), known, atol=1e-12)
