"""Recovery against the isotropic closed forms, its invariants and the spectral edge."""

from __future__ import annotations

import sys
from pathlib import Path

import children
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingen.models import population
from lingen.theory import recovery
from lingen.theory.spectrum import separation

SPIKE = population.spiked([2.0])
PAIR = population.spiked([3.0, 0.5])
TWO_ATOMS = population.atoms([1.0, 3.0]).with_spikes([9.0])
LOADS = np.array([0.05, 0.3, 1.0, 5.0])


def test_isotropic_closed_forms():
    theta = np.array([3.0, 0.5])
    load = LOADS[:, None]
    above = load > 1 / theta**2
    np.testing.assert_allclose(recovery.threshold(PAIR), 1 / theta**2)
    expected = (1 - 1 / (load * theta**2)) / (1 + 1 / (load * theta))
    np.testing.assert_allclose(recovery.recovery(PAIR, LOADS), np.where(above, expected, 0.0), rtol=1e-13)
    emerged = (1 + theta) * (1 + 1 / (load * theta))
    edge = (1 + load**-0.5) ** 2
    np.testing.assert_allclose(recovery.outlier(PAIR, LOADS), np.where(above, emerged, edge), rtol=1e-13)


def test_any_bulk_value():
    result = recovery.predict(TWO_ATOMS, 2.0)
    assert result.outlier[0] == pytest.approx(10.40625, rel=1e-14)
    assert result.recovery[0] == pytest.approx(0.80743, abs=5e-6)
    assert result.agreement[0] == pytest.approx(float(result.recovery[0]) ** 2)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0.1, 5.0), min_size=1, max_size=3),
    st.floats(0.1, 20.0),
    st.floats(0.02, 20.0),
    st.floats(1.01, 3.0),
)
def test_recovery_lies_in_the_unit_interval_and_grows_with_the_load(values, above, load, more):
    source = population.atoms(values).with_spikes([max(values) + above])
    q = recovery.recovery(source, np.array([load, load * more]))[:, 0]
    assert 0 <= q[0] <= q[1] <= 1
    assert (q[0] > 0) == (load > recovery.threshold(source)[0])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.1, 5.0), min_size=1, max_size=4), st.floats(0.02, 50.0))
def test_upper_edge_is_the_minimum_of_the_outlier_map(values, load):
    source = population.atoms(values)
    ell = max(values) + np.geomspace(1e-4, 100.0, 20_001) * max(values) * (1 + load**-0.5)
    psi = ell * (1 + np.mean(np.array(values) / (ell[:, None] - values), axis=1) / load)
    assert recovery.upper_edge(source, load) == pytest.approx(psi.min(), rel=1e-6)
    assert recovery.upper_edge(source, load) <= psi.min() * (1 + 1e-14)


def test_upper_edge_of_many_eigenvalues():
    source = population.power_law(1.5, 600)
    edge = recovery.upper_edge(source, LOADS)
    ell = 1 + np.geomspace(1e-3, 1e3, 100_001)
    ratio = np.mean(np.asarray(source.eigenvalues) / (ell[:, None] - source.eigenvalues), axis=1)
    expected = [np.min(ell * (1 + ratio / load)) for load in LOADS]
    np.testing.assert_allclose(edge, expected, rtol=1e-7)


def test_outlier_is_continuous_at_the_threshold():
    load = recovery.threshold(TWO_ATOMS)[0]
    below, above = recovery.outlier(TWO_ATOMS, load * np.array([1 - 1e-9, 1 + 1e-9]))[:, 0]
    assert above == pytest.approx(float(below), rel=1e-8)


@pytest.mark.parametrize("theta", [-0.9, -0.4])
def test_isotropic_closed_forms_below_the_bulk(theta):
    """The forms of θ > 0 hold at −1 < θ < 0, from γ = 1/θ² > 1; hidden spikes stay at (1−√c)², or at 0."""
    source, load = population.spiked([theta]), np.array([0.3, 1.0, 1.1, 2.0, 9.0, 40.0])
    above = load > 1 / theta**2
    np.testing.assert_allclose(recovery.threshold(source), 1 / theta**2)
    expected = np.where(above, (1 - 1 / (load * theta**2)) / (1 + 1 / (load * theta)), 0.0)
    np.testing.assert_allclose(recovery.recovery(source, load)[:, 0], expected, rtol=1e-12)
    edge = np.where(load > 1, (1 - load**-0.5) ** 2, 0.0)
    place = np.where(above, (1 + theta) * (1 + 1 / (load * theta)), edge)
    np.testing.assert_allclose(recovery.outlier(source, load)[:, 0], place, rtol=1e-10, atol=1e-14)


def test_spikes_on_every_side_at_once():
    """Atoms 1 and 10 at γ = 8: windows from the zeros of ψ', a polynomial of degree 4."""
    bulk, c = population.atoms([1.0, 10.0]), 1 / 8
    one, ten = np.poly1d([1, -1]), np.poly1d([1, -10])
    zeros = (one**2 * ten**2 - c / 2 * (ten**2 + 100 * one**2)).roots
    windows = separation.windows(bulk, 8.0)
    expected = np.r_[0.0, np.sort(zeros.real), np.inf].reshape(3, 2)
    np.testing.assert_allclose(windows, expected, rtol=1e-10)

    def psi(ell):
        return ell * (1 + c / 2 * (1 / (ell - 1) + 10 / (ell - 10)))

    spikes = np.array([40.0, 11.0, 9.0, 7.6, 4.0, 1.2, 0.9, 0.2])
    found = recovery.predict(bulk.with_spikes(spikes), 8.0)
    place = [psi(40.0), psi(zeros.max()), psi(windows[1, 1]), psi(windows[1, 1]), psi(4.0)]
    place += [psi(windows[1, 0]), psi(windows[0, 1]), psi(0.2)]
    np.testing.assert_allclose(found.outlier, place, rtol=1e-10)
    slope = 1 - c / 2 * (1 / (spikes - 1) ** 2 + 100 / (spikes - 10) ** 2)
    np.testing.assert_allclose(found.recovery, np.maximum(slope, 0) * spikes / psi(spikes), rtol=1e-12)
    assert (np.asarray(found.recovery) > 0).tolist() == [True, False, False, False, True, False, False, True]


@pytest.mark.parametrize("load", [0.3, 0.8, 1.5])
def test_a_spike_in_a_closed_gap_is_lost_at_its_rank(load):
    """d = 400 matrices: the eigenvalue of the spike's rank, half way down, averaged over draws."""
    source, dim = population.atoms([1.0, 4.0]).with_spikes([2.0]), 401
    spectrum, rng = np.asarray(source.spectrum(dim)), np.random.default_rng(1)
    drawn = []
    for _ in range(8):
        x = rng.standard_normal((round(load * dim), dim)) * np.sqrt(spectrum)
        drawn.append(np.linalg.eigvalsh(x.T @ x / len(x))[200])
    found = recovery.predict(source, load)
    assert found.recovery[0] == 0.0
    assert found.outlier[0] == pytest.approx(np.mean(drawn), rel=0.02, abs=1e-9)


def test_traced_spikes_go_the_same_way():
    source, step = population.atoms([1.0, 10.0]), 1e-6

    def place(value, load=8.0):
        return recovery.outlier(source.replace(spikes=jnp.reshape(value, (1,))), load)[0]

    for value in (40.0, 11.0, 4.0, 1.2, 0.2):
        np.testing.assert_allclose(jax.jit(place)(value), place(jnp.asarray(value)), rtol=1e-12)
        difference = (place(jnp.asarray(value), 8 + step) - place(jnp.asarray(value), 8 - step)) / (2 * step)
        assert jax.jit(jax.grad(place, 1))(value, 8.0) == pytest.approx(float(difference), rel=1e-6, abs=1e-8)


def test_noise_moves_the_threshold():
    source = recovery.noisy(SPIKE, 1.0)
    assert recovery.threshold(source)[0] == pytest.approx(1.0)
    assert recovery.recovery(source, 0.9)[0] == 0 < recovery.recovery(SPIKE, 0.9)[0]


def test_a_curve_of_a_thousand_loads_is_one_call():
    load = np.geomspace(0.01, 100.0, 1000)
    curve = recovery.predict(TWO_ATOMS, load)
    assert [leaf.shape for leaf in curve] == [(1000, 1)] * 3
    assert np.all(np.isfinite(curve))
    single = recovery.predict(TWO_ATOMS, load[700])
    np.testing.assert_allclose(single, [leaf[700] for leaf in curve], rtol=1e-12)


@pytest.mark.parametrize("load", [0.05, 0.5])
@pytest.mark.parametrize("function", [recovery.recovery, recovery.outlier])
def test_gradient_agrees_with_differences_on_both_sides(function, load):
    slope = jax.jit(jax.grad(lambda x: function(TWO_ATOMS, x)[0]))(load)
    step = 1e-6 * load
    difference = (function(TWO_ATOMS, load + step) - function(TWO_ATOMS, load - step))[0] / (2 * step)
    assert slope == pytest.approx(float(difference), rel=1e-6, abs=1e-9)


def test_gradient_with_respect_to_the_spectrum():
    def edge(value):
        return recovery.upper_edge(TWO_ATOMS.replace(eigenvalues=jnp.stack([value, jnp.ones(())])), 0.7)

    difference = (edge(jnp.asarray(3.00001)) - edge(jnp.asarray(2.99999))) / 2e-5
    assert jax.jit(jax.grad(edge))(3.0) == pytest.approx(float(difference), rel=1e-6)


def test_transformations_agree_with_the_eager_call():
    eager = recovery.predict(TWO_ATOMS, LOADS)
    jitted = jax.jit(recovery.predict)(TWO_ATOMS, LOADS)
    mapped = jax.jit(jax.vmap(lambda load: recovery.predict(TWO_ATOMS, load)))(jnp.asarray(LOADS))
    for leaf, one, two in zip(eager, jitted, mapped, strict=True):
        np.testing.assert_allclose(one, leaf, rtol=1e-12)
        np.testing.assert_allclose(two, leaf, rtol=1e-12)


def test_latents_of_a_full_spectrum_are_spikes_over_the_rest():
    source = population.power_law(1.5, 50)
    result = recovery.latents(source, LOADS)
    sigma = np.asarray(source.eigenvalues)
    rest = population.atoms(sigma[1:]).with_spikes(sigma[:1])
    # n = γd samples stand for the load n/(d−1) of the d−1 other directions
    load = LOADS * 50 / 49
    np.testing.assert_allclose(result.samples[0] / 49, recovery.threshold(rest)[0], rtol=1e-12)
    np.testing.assert_allclose(result.overlap[:, 0], recovery.recovery(rest, load)[:, 0], rtol=1e-12)
    assert np.all((result.overlap >= 0) & (result.overlap <= 1))


def test_equal_eigenvalues_are_never_found():
    result = recovery.latents(population.atoms([4.0, 1.0], [0.1, 0.9]), 1e6, dim=10)
    assert result.samples[0] == pytest.approx(9 * (1 / 3) ** 2)
    assert result.overlap[0] > 0.99
    assert np.all(np.isinf(result.samples[1:]))
    assert np.all(result.overlap[1:] == 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recovery.recovery(SPIKE, -1.0), "load must be positive and finite, got -1"),
        (
            lambda: recovery.threshold(population.atoms([0.5, 1.0]).with_spikes([3.0, 0.5])),
            "spikes must differ from the bulk's eigenvalues, got 0.5",
        ),
        (lambda: recovery.noisy(SPIKE, -0.1), "noise must be at least 0"),
        (lambda: recovery.latents(SPIKE, 1.0), "dim must be given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_latents_are_the_sums_over_all_pairs():
    p = population.atoms([3.0, 1.0, 0.5, 0.0], [1, 2, 1, 4]).with_spikes([7.0, 2.0])
    sigma = np.sort(np.array([7.0, 2.0, 3.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0]))[::-1]
    found = recovery.latents(p, np.array([0.5, 40.0]), dim=10)
    assert np.array_equal(found.eigenvalues, sigma)
    for k, own in enumerate(sigma):
        rest = np.delete(sigma, k)
        if own in rest:
            assert np.isinf(found.samples[k])
            assert np.all(found.overlap[:, k] == 0)
            continue
        needed, shift = np.sum((rest / (own - rest)) ** 2), np.sum(rest / (own - rest))
        assert found.samples[k] == pytest.approx(needed, rel=1e-14)
        for n, value in zip((5.0, 400.0), found.overlap[:, k], strict=True):
            known = (1 - needed / n) / (1 + shift / n) if n > needed else 0.0
            assert value == pytest.approx(known, rel=1e-13)


MEMORY = """
from pathlib import Path
import numpy as np
from lingen.models import population
from lingen.theory import convergence, memorisation, recovery
few = population.from_samples(np.random.default_rng(0).normal(size=(140, 49152)))
assert few.eigenvalues.size == 140
load = np.array([100.0, 1000.0]) / 49152
print(convergence.overlap(few, load), memorisation.ratio(few, load))
assert recovery.latents(few, load).overlap.shape == (2, 49152)
recovery.latents(population.power_law(1.0, dim=16384), 1.0)
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells its peak memory")
def test_memory_does_not_grow_with_the_square_of_the_dimension():
    run = children.run([sys.executable, "-c", MEMORY])
    assert run.returncode == 0, run.stderr
    # one matrix of 16,384² numbers has 2 GiB; JAX alone takes a third of one
    assert float(run.stdout.split()[-1]) < 2**20  # KiB


@pytest.mark.parametrize("unit", [1e-300, 1e-100, 1e100, 1e300])
def test_hidden_spikes_and_windows_have_the_units_of_the_bulk(unit):
    def found(unit):
        truth = population.atoms([unit, unit / 3]).with_spikes([1.5 * unit, 0.6 * unit])
        return separation.hidden(truth, [2.0, 30.0]) / unit, separation.windows(truth, 30.0) / unit

    for seen, known in zip(found(unit), found(1.0), strict=True):
        np.testing.assert_allclose(seen, known, rtol=1e-12)
