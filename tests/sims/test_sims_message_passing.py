"""A matrix revealed from both sides, and messages that multiply by it, against dense NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models.latents import priors
from lingen.sims import message_passing as sim
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.lanczos import both_sides

SIGNS = priors.rademacher()


def asked(key, rows, columns, rounds):
    """Vectors and what Z makes of them, each the image of the last with something added."""
    known = both_sides.nothing(rounds, rows, columns)
    vector = jnp.arange(1.0, columns + 1)
    sent, back = [], []
    for place, k in enumerate(jr.split(key, rounds)):
        one, two = jr.split(k)
        known, image = both_sides.times(known, jnp.asarray(place), jr.normal(one, (rows,)), vector)
        sent.append((vector, image))
        other = image + place
        known, vector = both_sides.times_transposed(
            known, jnp.asarray(place), jr.normal(two, (columns,)), other
        )
        back.append((other, vector))
    return sent, back


@pytest.mark.parametrize(("rows", "columns"), [(7, 9), (2, 3), (1, 1)])
def test_all_products_are_of_one_matrix(rows, columns):
    """Also where more is asked than there are dimensions."""
    sent, back = asked(jr.key(1), rows, columns, 4)
    for v, image in sent:
        for u, other in back:
            np.testing.assert_allclose(u @ image, other @ v, rtol=1e-9, atol=1e-9)


def test_its_entries_are_independent_and_normal():
    """Moments of Zᵀ(Z v + 0) of a unit vector: E‖Zv‖² = n, E‖ZᵀZv‖² = n(n+d+1), E‖Zv‖⁴ = n(n+2)."""
    rows, columns, draws = 3, 4, 1 << 15

    def moments(key):
        one, two = jr.split(key)
        known = both_sides.nothing(1, rows, columns)
        unit = jnp.full(columns, 0.5)
        known, image = both_sides.times(known, jnp.asarray(0), jr.normal(one, (rows,)), unit)
        _, back = both_sides.times_transposed(known, jnp.asarray(0), jr.normal(two, (columns,)), image)
        return jnp.stack([image @ image, (image @ image) ** 2, back @ back, image[0], image[0] * image[1]])

    found = np.asarray(jax.jit(jax.vmap(moments))(jr.split(jr.key(0), draws)))
    expected = [rows, rows * (rows + 2), rows * (rows + columns + 1), 0.0, 0.0]
    error = found.std(axis=0) / np.sqrt(draws)
    assert (np.abs(found.mean(axis=0) - expected) < 4.5 * error).all()


def dense_messages(rng, n, d, theta, hint, steps):
    """The same algorithm on a whole matrix: v of signs, w normal."""
    v, w = rng.choice([-1.0, 1.0], d), rng.normal(size=n)
    x = np.sqrt(theta / d) * np.outer(w, v) + rng.normal(size=(n, d))
    found = np.tanh(hint * v + np.sqrt(hint) * rng.normal(size=d))
    before, path = np.zeros(n), []
    for _ in range(steps):
        a = theta * np.mean(found**2)
        b = np.sqrt(theta / d) * x @ found - theta * np.mean(1 - found**2) * before
        before = b / (1 + a)
        found = np.tanh(np.sqrt(theta / d) * x.T @ before - theta * n / d / (1 + a) * found)
        path.append((found @ v) ** 2 / (found @ found * d))
    return path


def test_messages_are_those_of_a_whole_matrix():
    rng = np.random.default_rng(0)
    dense = np.array([dense_messages(rng, 160, 80, 1.5, 0.5, 4) for _ in range(600)])
    own = np.asarray(
        ensemble(sim.sampler(2.0, 1.5, hint=0.5, steps=4, dim=80, latent=SIGNS), jr.key(0), 600).path
    )
    error = np.sqrt((dense.var(axis=0) + own.var(axis=0)) / 600)
    assert (np.abs(dense.mean(axis=0) - own.mean(axis=0)) < 4.5 * error).all()
    np.testing.assert_allclose(own.std(axis=0), dense.std(axis=0), rtol=0.2)


def test_without_a_hint_nothing_is_found():
    found = sim.draw(jr.key(0), 1.0, 1.0, hint=0.0, steps=2, dim=8, latent=SIGNS)
    np.testing.assert_array_equal(found.path, [0.0, 0.0])
    np.testing.assert_allclose(found.error, 1.0)
    learnt = sim.information_sampler(
        2.0, 0.5, 1.5, hint=0.0, steps=1, dim=8, latent=SIGNS, weights=SIGNS, nodes=2
    )(jr.key(0))
    np.testing.assert_allclose(learnt.information, 1.0, rtol=1e-12)  # ½γ(θ₂ − θ₁)


def test_entries_have_the_law_of_their_prior():
    even, normal = jr.uniform(jr.key(0), (1 << 16,)), jr.normal(jr.key(1), (1 << 16,))
    for prior, fourth in ((priors.gauss(), 3.0), (SIGNS, 1.0), (priors.sparse(0.25), 12.0)):
        x = np.asarray(prior.entries(even, normal))
        for power, expected in ((1, 0.0), (2, 1.0), (4, fourth)):
            error = (x**power).std() / 256
            assert abs((x**power).mean() - expected) <= 4.5 * error + 1e-12


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"load": 0.01}, "load must give at least one sample"),
        ({"strength": 0.0}, "strength must be"),
        ({"hint": -1.0}, "hint must be"),
        ({"steps": 0}, "steps must be"),
        ({"latent": 1.0}, "latent must be a Prior"),
    ],
)
def test_what_cannot_be_is_one_line(changed, words):
    good = {"load": 1.0, "strength": 1.0, "hint": 0.5, "steps": 2, "dim": 8}
    with pytest.raises(ValueError, match=words):
        sim.sampler(**good | changed)
