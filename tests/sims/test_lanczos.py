"""The matrix-free sampler against the dense one, on the same data and in law."""

from __future__ import annotations

import os
import sys

import children
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.sims import convergence, recovery
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.engine.layout import equations as equations_of
from lingen.sims.lanczos import draws as lanczos
from lingen.sims.lanczos import plan as lanczos_plan
from lingen.sims.lanczos import process as lanczos_process
from lingen.sims.lanczos import products as matrix_free
from lingen.sims.lanczos import steps as lanczos_steps
from lingen.sims.lanczos.revealed import Revealed

DIM = 128
POPULATIONS = {
    "isotropic": population.isotropic(),
    "two atoms": population.atoms([1.0, 3.0]),
    "power law": population.power_law(1.5, DIM),
}
FILTERS = {
    "gaussian": filters.gaussian(),
    "ridge": filters.ridge(0.1),
    "denoiser": filters.denoiser(0.3),
    "early_stopped": filters.early_stopped(1.0, 0.3),
}


def dense(source, filter, key, probes):
    """q of the same data and the same seeds by eigendecomposition."""
    one, two = jr.split(key)
    z = lanczos.seeds(jr.fold_in(key, 2), probes, source.spectrum.size)
    return lanczos.overlap(*(wishart.apply(source.model(k), filter, z) for k in (one, two)))


dense_jit = jax.jit(dense, static_argnums=3)
run = jax.jit(lambda draw, key: draw(key))


@pytest.mark.parametrize("law", POPULATIONS)
@pytest.mark.parametrize("filter", FILTERS)
@pytest.mark.parametrize("load", [0.25, 1.0, 2.0])
def test_same_data_as_dense(law, filter, load):
    source = wishart.source(POPULATIONS[law], DIM, load)
    key = jr.key(1)
    reference = dense_jit(source, FILTERS[filter], key, 2)
    draw = lanczos.convergence_sampler(
        POPULATIONS[law], DIM, load, FILTERS[filter], 64, probes=2, storage="stored"
    )
    # the hard edge: √λ on a spectrum that touches 0 converges like 1/k², and so does a power law's tail
    hard = filter == "gaussian" and (load == 1.0 or law == "power law")
    rtol = 3e-4 if hard else 1e-8
    np.testing.assert_allclose(run(draw, key).convergence, reference, rtol=rtol)


@pytest.mark.parametrize("load", [0.25, 2.0])
def test_float32_data(load):
    source, key = wishart.source(population.isotropic(), DIM, load), jr.key(1)
    draw = lanczos.convergence_sampler(
        population.isotropic(), DIM, load, None, 64, probes=2, storage="stored", data_dtype=jnp.float32
    )
    found = run(draw, key).convergence
    assert found.dtype == jnp.float64
    np.testing.assert_allclose(found, dense_jit(source, filters.gaussian(), key, 2), rtol=3e-6)


def test_more_steps_than_samples_break_down_without_nan():
    source, key = wishart.source(population.isotropic(), DIM, 0.05), jr.key(2)
    expected = dense_jit(source, filters.gaussian(), key, 2)
    draw = lanczos.convergence_sampler(
        population.isotropic(), DIM, 0.05, steps=32, probes=2, storage="stored"
    )
    np.testing.assert_allclose(run(draw, key).convergence, expected, rtol=1e-8)


def test_full_steps_are_exact():
    source, key = wishart.source(population.isotropic(), 40, 1.0), jr.key(3)
    draw = lanczos.convergence_sampler(population.isotropic(), 40, 1.0, steps=40, probes=2, storage="stored")
    expected = dense_jit(source, filters.gaussian(), key, 2)
    np.testing.assert_allclose(run(draw, key).convergence, expected, rtol=1e-8)


def test_basis_is_orthonormal_where_plain_lanczos_loses_it():
    source = wishart.source(POPULATIONS["power law"], DIM, 2.0)
    data = lanczos_plan.plan(source, 64, 2, "stored", "float64", None, None).model(source, jr.key(0))
    space = jax.jit(lambda z: lanczos_process.decompose(data, z, 64))(lanczos.seeds(jr.key(1), 2, DIM))
    gram = jnp.einsum("pkd,pld->pkl", space.basis, space.basis)
    np.testing.assert_allclose(gram, np.broadcast_to(np.eye(64), gram.shape), atol=1e-13)


@pytest.mark.parametrize("load", [0.3, 1.5])
def test_revealed_data_complete_to_a_whole_matrix(load):
    """What was revealed, completed by fresh rows outside the directions asked for, is a G with the same T."""
    source = wishart.source(POPULATIONS["two atoms"], 64, load)
    data, z = Revealed(jr.key(0), source.spectrum, source.samples), lanczos.seeds(jr.key(1), 1, 64)
    state, vectors, asked = data.start(12), z / 8.0, []
    product = jax.jit(data.apply)
    for _ in range(12):
        asked.append((vectors, state))
        state, image = product(state, vectors)
        vectors = image / jnp.linalg.norm(image)
    rest = jr.normal(jr.key(2), (int(source.samples) - 12, 64))
    whole = jnp.concatenate([state.rows, rest - rest @ state.asked.T @ state.asked])
    x = whole * jnp.sqrt(source.spectrum)
    for vectors, before in asked:
        np.testing.assert_allclose(
            vectors @ x.T @ x / source.samples, product(before, vectors)[1], atol=1e-12
        )
    np.testing.assert_allclose(state.asked @ state.asked.T, np.eye(12), atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("law", ["two atoms", "power law"])
@pytest.mark.parametrize("load", [0.25, 2.0])
def test_revealed_data_have_the_law_of_dense_data(law, load):
    """Two-sample z-test of mean and of mean square at 5 standard errors."""
    source, draws = wishart.source(POPULATIONS[law], DIM, load), 200
    ridge = filters.ridge(0.1)
    sampler = lanczos.convergence_sampler(POPULATIONS[law], DIM, load, ridge, 32, probes=1)
    matrix_free = ensemble(sampler, jr.key(0), draws).convergence
    reference = ensemble(jax.tree_util.Partial(_dense_one, source, ridge), jr.key(1), draws)
    for moment in (lambda q: q, lambda q: (q - reference.mean()) ** 2):
        one, two = moment(matrix_free), moment(reference)
        error = np.sqrt(one.var(ddof=1) / draws + two.var(ddof=1) / draws)
        assert abs(one.mean() - two.mean()) < 5 * error


def _dense_one(source, filter, key):
    return dense(source, filter, key, 1)


def test_probe_average_is_the_trace_ratio():
    """Over many seeds the estimate is the q of the dense sampler for the same data."""
    law, key = POPULATIONS["power law"], jr.key(5)
    expected = jax.jit(convergence.sampler(law, DIM, 1.0, FILTERS["ridge"]))(key).convergence
    source = wishart.source(law, DIM, 1.0)

    @jax.jit
    def sampled(data, z):
        return jax.lax.map(lambda some: lanczos_process.apply(data, FILTERS["ridge"], some, 48), z)

    z = lanczos.seeds(jr.key(6), 128, DIM).reshape(32, 4, DIM)
    found = lanczos.overlap(*(sampled(matrix_free.stored(source, k), z) for k in jr.split(key)))
    # off-diagonal noise of 128 sign seeds in dimension 128: below 1/128 of q
    assert abs(found / expected - 1) < 5 / DIM


def test_scaling_the_population_changes_nothing():
    one = lanczos.convergence_sampler(population.isotropic(), DIM, 2.0, steps=24, probes=2)
    two = lanczos.convergence_sampler(population.isotropic(7.0), DIM, 2.0, steps=24, probes=2)
    key = jr.key(0)
    np.testing.assert_allclose(run(one, key), run(two, key), rtol=1e-11)


def test_order_of_rows_changes_nothing():
    source = wishart.source(POPULATIONS["power law"], DIM, 1.0)
    data = lanczos_plan.plan(source, 16, 2, "stored", "float64", None, None).model(source, jr.key(0))
    shuffled = data.replace(rows=jr.permutation(jr.key(1), data.rows))
    z = lanczos.seeds(jr.key(2), 2, DIM)
    samples = jax.jit(lambda data: lanczos_process.apply(data, FILTERS["ridge"], z, 16))
    np.testing.assert_allclose(samples(data), samples(shuffled), atol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_regenerated_data_equal_stored_blocks(dtype):
    source, z = wishart.source(POPULATIONS["two atoms"], DIM, 1.4), jr.normal(jr.key(1), (2, DIM))
    data = matrix_free.blocked(source, jr.key(0), 50, dtype)
    product = jax.jit(lambda data: data.apply((), z)[1])
    kept = data.store()
    exact = z @ kept.rows.T.astype(float) @ kept.rows.astype(float) / source.samples
    rtol = 1e-12 if dtype == "float64" else 1e-5
    for found in (product(data), product(kept)):
        assert found.dtype == jnp.float64
        np.testing.assert_allclose(found, exact, rtol=rtol, atol=rtol)


def test_no_row_depends_on_the_blocks():
    source = wishart.source(POPULATIONS["two atoms"], DIM, 1.4)
    one, two = (matrix_free.blocked(source, jr.key(0), block).store().rows for block in (50, 33))
    samples = int(source.samples)
    np.testing.assert_array_equal(one[:samples], two[:samples])
    assert not one[samples:].any()
    assert not two[samples:].any()


@pytest.mark.parametrize("probes", [1, 3])
def test_stretches_of_rows_give_the_whole_product(probes, monkeypatch):
    """More rows than fit one stretch, and a rest."""
    monkeypatch.setattr(matrix_free, "STRETCH_BYTES", 20 * 8 * DIM)
    rows, vectors = jr.normal(jr.key(0), (70, DIM)), jr.normal(jr.key(1), (probes, DIM))
    found = jax.jit(matrix_free._by_stretches)(rows, vectors)
    np.testing.assert_allclose(found, vectors @ rows.T @ rows, rtol=1e-12, atol=1e-10)


SHARDED = """
import jax, jax.random as jr
from lingen.models import population
from lingen.sims.lanczos import draws as lanczos
from lingen.sims.lanczos import products as matrix_free
law, key = population.power_law(1.5, 96), jr.key(0)
for storage, devices in (("stored", None), ("stored", 4), ("regenerated", 2)):
    mesh = devices and matrix_free.row_mesh(devices)
    options = {'storage': storage, 'block': 8, 'mesh': mesh, 'steps': 20, 'probes': 2}
    draw = lanczos.convergence_sampler(law, 96, 1.0, **options)
    print(repr(float(jax.jit(draw)(key).convergence)))
three = matrix_free.row_mesh(3)
whole = matrix_free.Stored(jr.normal(key, (10, 4)), 10)
for refused in (
    lambda: lanczos.convergence_sampler(law, 96, 1.0, **options | {'block': 50, 'mesh': three}),
    lambda: matrix_free.sharded(whole, matrix_free.row_mesh(4)),
    lambda: matrix_free.sharded(whole, jax.make_mesh((2,), ("draws",))),
    lambda: matrix_free.row_mesh(5),
):
    try:
        print(refused())
    except ValueError as error:
        print(error)
"""


def test_rows_shared_by_devices_give_the_same_numbers():
    environment = {
        **os.environ,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
        "JAX_PLATFORMS": "cpu",
    }
    done = children.run([sys.executable, "-c", SHARDED], env=environment)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    values = [float(line) for line in lines[:3]]
    np.testing.assert_allclose(values, values[0], rtol=1e-12)
    assert lines[3:] == [
        "mesh must divide the 4 blocks of rows, got 3 devices",
        "mesh must divide the 10 rows, got 4 devices",
        "mesh must have one axis 'rows', got ('draws',)",
        "devices must be a whole number of at least 1 and at most 4, got 5",
    ]


@pytest.mark.parametrize("storage", lanczos.STORAGES)
def test_no_square_array(storage):
    """No array of a draw is d × d; without stored data none is n × d either."""
    draw = lanczos.convergence_sampler(
        population.isotropic(), 100, 1.6, steps=10, probes=2, storage=storage, block=None
    )
    equations = equations_of(jax.make_jaxpr(draw)(jr.key(0)).jaxpr)
    shapes = {tuple(v.aval.shape) for e in equations for v in e.outvars}
    assert (100, 100) not in shapes
    largest = max(np.prod(s) for s in shapes)
    assert largest == (draw.args[1].rows * 100 if storage != "revealed" else 2 * 10 * 100)


@pytest.mark.slow
def test_pilot_reaches_the_accuracy():
    """The accuracy is that of a typical draw: the root mean square of the truncation errors."""
    draw = lanczos.convergence_sampler(population.isotropic(), DIM, 2.0, accuracy=1e-6)
    long = lanczos.convergence_sampler(population.isotropic(), DIM, 2.0, steps=64)
    assert draw.args[0].steps < 64
    short, reference = (ensemble(d, jr.key(11), 32).convergence for d in (draw, long))
    assert np.sqrt(np.mean((short / reference - 1) ** 2)) < 1e-6


def test_pilot_says_when_an_accuracy_is_out_of_reach(monkeypatch):
    monkeypatch.setattr(lanczos_steps, "LONGEST", (64,))
    with pytest.raises(ValueError, match="accuracy must be at least"):
        lanczos.convergence_sampler(population.isotropic(), 600, 1.0, accuracy=1e-13)


@pytest.mark.parametrize(
    ("error", "at"),
    [
        (lambda k: 5.0 / k**2, 200.0),
        (lambda k: -(k**-1.5), 300.0),
        (lambda k: np.exp(-k / 30.0), 200.0),
        (lambda k: 0.05 / k, 400.0),
    ],
)
def test_steps_beyond_the_longest_pilot_follow_from_its_doublings(monkeypatch, error, at):
    """Curves of a known limit: the true error of the steps taken is within half the accuracy."""
    asked = []

    def pilot(source, arguments, *, measure, ladder):
        asked.append(ladder[-1])
        return np.array([0.7 * (1 + error(k)) for k in ladder])

    monkeypatch.setattr(lanczos_steps, "_pilot", pilot)
    source = wishart.source(population.isotropic(), 50_000, 1.0, laid_out=False)
    accuracy = 2.2 * abs(error(at))
    steps = lanczos_steps.needed(source, lambda *_: 0.0, (), accuracy)
    assert 192 <= steps <= 512
    assert abs(error(steps)) <= accuracy / 2
    assert max(asked) == 256


def test_longer_pilots_are_smaller_where_they_err_alike(monkeypatch):
    """Full size once, then smaller where the errors agree, times what the full one errs more."""
    asked, at_full_size = [], []

    def pilot(source, arguments, *, measure, ladder):
        asked.append((source.spectrum.size, arguments[0].shape[1], ladder[-1]))
        more = at_full_size[-1] if source.spectrum.size == 50_000 else 1.0
        return np.array([0.7 * (1 + more * 5.0 / k**2) for k in ladder])

    monkeypatch.setattr(lanczos_steps, "_pilot", pilot)
    source = wishart.source(population.isotropic(), 50_000, 1.0, laid_out=False)
    found, accuracy = [], 2.5e-3
    for more in (1.0, 1.9, 3.0):
        at_full_size.append(more)
        found.append(lanczos.steps_for(source, filters.gaussian(), accuracy))
    full, small = (50_000, 50_000), (4096, 4096)
    assert asked[:2] == [(*full, 64), (*small, 128)]
    assert asked[2:5] == [(*full, 64), (*small, 128), (*small, 256)]
    assert asked[5:] == [(*full, 64), (*small, 128), (*full, 128), (*full, 256)]
    assert all(more * 5.0 / steps**2 <= accuracy for steps, more in zip(found, at_full_size, strict=True))


@pytest.mark.parametrize("strengths", [[3.0], [3.0, 3.0, 1.5]])
def test_recovery_of_the_same_data_as_dense(strengths):
    law, key = population.spiked(strengths), jr.key(1)
    expected = jax.jit(recovery.sampler(law, DIM, 1.0))(key)
    found = jax.jit(lanczos.recovery_sampler(law, DIM, 1.0, steps=48, storage="stored"))(key)
    np.testing.assert_allclose(found.outlier, expected.outlier, rtol=1e-8)
    np.testing.assert_allclose(found.recovery, expected.recovery, atol=1e-6)
    np.testing.assert_allclose(found.agreement, expected.agreement, atol=1e-6)


def test_leading_eigenvectors_of_a_power_law():
    law, key = POPULATIONS["power law"], jr.key(1)
    found = jax.jit(lanczos.recovery_sampler(law, DIM, 2.0, 4, steps=48, storage="stored"))(key)
    one, two = (wishart.source(law, DIM, 2.0).model(k).vectors[:, ::-1][:, :4] for k in jr.split(key))
    expected = (jnp.diag(one[:4]) ** 2 + jnp.diag(two[:4]) ** 2) / 2
    np.testing.assert_allclose(found.recovery, expected, atol=1e-8)
    np.testing.assert_allclose(found.agreement, jnp.diag(one.T @ two) ** 2, atol=1e-8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": filters.pca(3)}, "filter must be"),
        ({"steps": 0}, "steps must be"),
        ({"steps": DIM + 1}, "steps must be"),
        ({"probes": 0}, "probes must be"),
        ({"accuracy": 0.0}, "accuracy must be"),
        ({"storage": "tape"}, "storage must be"),
        ({"storage": "stored", "data_dtype": "int8"}, "data_dtype must be"),
        ({"block": 8}, "block and mesh must be absent"),
        ({"storage": "regenerated", "block": 0}, "block must be"),
        ({"entries": "student"}, "entries must be gaussian"),
        ({"load": 0.0}, "load must be"),
    ],
)
def test_bad_input_is_one_line(options, message):
    arguments = {"population": population.isotropic(), "dim": DIM, "load": 1.0, **options}
    with pytest.raises(ValueError, match=message) as caught:
        lanczos.convergence_sampler(**arguments)
    assert "\n" not in str(caught.value)


def test_recovery_needs_a_direction():
    with pytest.raises(ValueError, match="at least one spike"):
        lanczos.recovery_sampler(population.isotropic(), DIM, 1.0)
    with pytest.raises(ValueError, match="leading must be"):
        lanczos.recovery_sampler(population.isotropic(), DIM, 1.0, leading=0)


def test_draws_without_rows_are_one_program_at_all_loads():
    law = population.spiked([3.0])
    kinds = {jax.tree.structure(lanczos.recovery_sampler(law, 24, load, steps=4)) for load in (0.5, 2.0, 8.0)}
    assert len(kinds) == 1
