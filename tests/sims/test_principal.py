"""The principal component of a planted matrix, revealed as it is searched, and messages from it on."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy.sparse.linalg import svds

from lingen.models.latents import priors
from lingen.sims import message_passing as sim
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.lanczos import both_sides, principal

SIGNS, GAUSS = priors.rademacher(), priors.gauss()


def found(key, rows, columns, rounds, strength, room=0):
    """The component of √(θ/d) w vᵀ + Z, and what is known of Z by then."""
    one, two, three = jr.split(key, 3)
    left, right = jnp.sqrt(strength / columns) * jr.normal(one, (rows,)), jr.normal(two, (columns,))
    normal = jr.normal(three, (rounds + 1, columns + rows))
    known = both_sides.nothing(rounds + room, rows, columns)
    known, component = principal.component(known, normal[1:], normal[0, :columns], left, right)
    return known, component, left, right


@pytest.mark.parametrize(("rows", "columns"), [(9, 6), (6, 6), (1, 1)])
def test_after_all_rounds_it_is_that_of_the_whole_matrix(rows, columns):
    known, component, left, right = found(jr.key(2), rows, columns, columns, 1.5)
    whole = np.outer(left, right) + np.asarray(known.forth).T @ np.asarray(known.right)
    _, values, vectors = np.linalg.svd(whole)
    np.testing.assert_allclose(component.value, values[0] ** 2, rtol=1e-10)
    np.testing.assert_allclose(abs(vectors[0] @ component.vector), 1.0, rtol=1e-10)
    np.testing.assert_allclose(component.image, whole @ component.vector, atol=1e-10)


@pytest.mark.parametrize("strength", [1.5, 0.3])
def test_its_rounds_suffice(strength):
    """Mᵀ M u = s² u of the same matrix, asked once more; the outlier is at (1+θ)(1+γθ)/θ, or the edge."""
    rows, columns = 300, 150
    rounds = principal.rounds(rows, columns)
    known, component, left, right = found(jr.key(1), rows, columns, rounds, strength, room=1)
    fresh = jr.normal(jr.key(9), (columns,))
    _, back = both_sides.times_transposed(known, jnp.asarray(rounds), fresh, component.image)
    back = back + right * (left @ component.image)
    np.testing.assert_allclose(np.linalg.norm(component.vector), 1.0, rtol=1e-12)
    np.testing.assert_allclose(back, component.value * component.vector, atol=1e-4 * float(component.value))
    limit = (1 + strength) * (1 + 2 * strength) / strength if 2 * strength**2 > 1 else (1 + np.sqrt(2)) ** 2
    np.testing.assert_allclose(component.value / columns, limit, rtol=0.15)


def test_a_wide_matrix_has_fewer_rounds_than_rows():
    assert principal.rounds(3, 10**6) == 3
    assert principal.rounds(2000, 1000) == principal.rounds(1000, 2000) == 80


def dense_messages(rng, n, d, theta, steps):
    """The same algorithm on a whole matrix and its singular vector by SciPy: v of signs, w normal."""
    v, w = rng.choice([-1.0, 1.0], d), rng.normal(size=n)
    x = np.sqrt(theta / d) * np.outer(w, v) + rng.normal(size=(n, d))
    _, value, rows = svds(x, k=1)
    u = rows[0] * np.sign(rows[0] @ v)
    above = value[0] ** 2 / d - 1 - n / d
    shown = max(theta, (above + np.sqrt(max(above**2 - 4 * n / d, 0))) / (2 * n / d))
    known = (n / d - shown**-2) / (n / d + 1 / shown)  # Q
    field = np.sqrt(known) / (1 - known) * np.sqrt(d) * u
    found = np.tanh(field)
    before = x @ field / np.sqrt(theta * d) / (1 + n / d * shown)
    cosines, errors = [(u @ v) ** 2 / (v @ v)], []
    for _ in range(steps):
        b = np.sqrt(theta / d) * x @ found - theta * np.mean(1 - found**2) * before
        before, a = b / (1 + theta * np.mean(found**2)), theta * np.mean(found**2)
        found = np.tanh(np.sqrt(theta / d) * x.T @ before - theta * n / d / (1 + a) * found)
        cosines.append((found @ v) ** 2 / (found @ found * (v @ v)))
        errors.append(np.mean((found - v) ** 2))
    return [*cosines, cosines[-1] - cosines[0], errors[-1]]


def own_messages(n, d, theta, signs, steps, draws):
    prior = SIGNS if signs else GAUSS
    given = sim.sampler(n / d, theta, start="spectral", steps=steps, dim=d, latent=prior)
    drawn = ensemble(given, jr.key(0), draws)
    return np.column_stack([drawn.initial, drawn.path, drawn.gain, drawn.error])


def deviations(dense, own):
    error = np.sqrt(dense.var(axis=0) / len(dense) + own.var(axis=0) / len(own))
    return np.abs(dense.mean(axis=0) - own.mean(axis=0)) / error


def test_messages_from_it_are_those_of_a_whole_matrix():
    rng = np.random.default_rng(0)
    dense = np.array([dense_messages(rng, 160, 80, 1.5, 3) for _ in range(300)])
    own = own_messages(160, 80, 1.5, True, 3, 300)
    assert (deviations(dense, own) < 4.5).all()
    np.testing.assert_allclose(own.std(axis=0), dense.std(axis=0), rtol=0.25)


def test_the_first_step_takes_off_what_the_component_owes_to_the_noise():
    """Gauss and Gauss rest where they start: ŵ has the error 1/(1+θQ) at once, and not without the memory."""
    rows, columns, theta, draws = 200, 1000, 8.0, 32
    rounds = principal.rounds(rows, columns)

    def errors(key):
        one, two, three = jr.split(key, 3)
        v, w = jr.normal(one, (columns,)), jr.normal(two, (rows,))
        normal, strength = jr.normal(three, (rounds + 2, columns + rows)), jnp.asarray(theta)
        known = both_sides.nothing(rounds + 1, rows, columns)
        seen = principal.observation(known, normal[2:], normal[0, :columns], strength, v, w)
        _, sent = both_sides.times(seen.noise, jnp.asarray(rounds), normal[1, columns:], seen.field)
        share = 1 / (1 + seen.precision)
        field = jnp.sqrt(theta / columns) * share * (sent + jnp.sqrt(theta / columns) * w * (v @ seen.field))
        precision = theta * jnp.mean((share * seen.field) ** 2)
        kept = (field - theta * share * seen.memory) / (1 + precision)
        return jnp.stack([jnp.mean((x - w) ** 2) for x in (kept, field / (1 + precision))])

    found = np.asarray(jax.jit(jax.vmap(errors))(jr.split(jr.key(0), draws)))
    known = (0.2 * theta**2 - 1) / (0.2 * theta**2 + theta)
    off = found.mean(axis=0) - 1 / (1 + theta * known)
    error = found.std(axis=0) / np.sqrt(draws)
    assert abs(off[0]) < 4.5 * error[0] + 1 / rows
    assert off[1] > 20 * error[1] + 1 / rows


def test_without_structure_no_step_gains():
    """Gauss and Gauss: v̂ stays along the component, at an error of 1 − Q = 5/12."""
    own = own_messages(400, 200, 1.5, False, 2, 32)
    np.testing.assert_allclose(own[:, 1], own[:, 0], rtol=1e-6)
    np.testing.assert_allclose(own[:, 3], 0.0, atol=1e-6)
    error = own[:, -1].std() / np.sqrt(len(own))
    assert abs(own[:, -1].mean() - 5 / 12) < 4.5 * error + 2 / 200


@pytest.mark.slow
def test_the_gain_is_that_of_whole_matrices_at_dimension_2000():
    """γ = 2, θ = 3/2, v of signs: 0.6845 − 0.5833 in the limit."""
    rng = np.random.default_rng(2)
    dense = np.array([dense_messages(rng, 4000, 2000, 1.5, 6) for _ in range(16)])
    own = own_messages(4000, 2000, 1.5, True, 6, 64)
    assert (deviations(dense, own) < 4.5).all()
    gain = own[:, -2]
    assert abs(gain.mean() - 0.1012) < 4.5 * gain.std() / 8 + 5 / 2000


def test_below_the_threshold_most_starts_find_nothing():
    """γθ² = 1/4: no singular value tells of the latent, and its vector has the overlap of chance."""
    drawn = ensemble(sim.sampler(1.0, 0.5, start="spectral", steps=2, dim=100, latent=SIGNS), jr.key(0), 32)
    silent = drawn.recovery == 0.0
    assert silent.mean() > 0.5
    np.testing.assert_array_equal(drawn.gain[silent], -drawn.initial[silent])
    assert 0.0 < drawn.initial.mean() < 0.1
    assert np.isfinite(np.concatenate([np.ravel(x) for x in drawn])).all()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"start": "best"}, "start must be one of hint, spectral, got 'best'"),
        ({"start": "spectral", "hint": 0.5}, "hint must be left out where start is spectral, got 0.5"),
        ({}, "hint must be given where start is hint, got None"),
    ],
)
def test_a_start_that_cannot_be_is_one_line(changed, words):
    with pytest.raises(ValueError, match=words):
        sim.sampler(1.0, 1.0, steps=2, dim=8, **changed)


def test_one_compilation_serves_all_strengths():
    draw = jax.jit(lambda sampler, key: sampler(key))
    for strength in (0.5, 1.5):
        draw(sim.sampler(2.0, strength, start="spectral", steps=2, dim=16), jr.key(0))
    assert draw._cache_size() == 1
