"""Legal arguments at the ends of the doubles: an answer, or one line that says there is none.

Every public function is called with one argument at a time at 1e-300, 1e-30, 1e30 and 1e300, and with
populations whose eigenvalues are. Infinities that a docstring states are listed. Limits known in closed form
follow.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen import theory
from lingen.models import filters, population
from lingen.theory import (
    convergence,
    denoising,
    distances,
    dynamics,
    information,
    memorisation,
    random_features,
    recovery,
    refitting,
    spectral_entropy,
)
from lingen.theory.moments import functional, roots
from lingen.theory.moments.functional import filter_moments
from lingen.theory.spectrum import closed_forms, equivalents, spectral_law

ENDS = (1e-300, 1e-30, 1e30, 1e300)
SPIKED, TWO, POWER = population.spiked([2.0]), population.atoms([1.0, 10.0]), population.power_law(1.5, 8)
MODULES = (
    "attacks", "bayesian", "bures", "closed_forms", "collapse", "convergence", "critical", "databases",
    "denoiser_variance", "denoising", "determinants", "diffusion", "diffusion_steps", "distances", "dynamics",
    "edges", "eigenvectors", "equivalents", "feature_width", "functional", "guidance", "hard_edge",
    "information", "kernel_density", "leakage", "linear_statistics", "memorisation", "mixtures",
    "mode_curves", "noisy_worth", "operator_norm", "power_laws", "random_features", "recovery", "refitting",
    "resolvent", "ridge_distance", "roots", "separation", "shrinkage", "soft_edge", "speciation",
    "spectral_entropy", "spectral_law", "tracy_widom", "worth",
)  # fmt: skip
HOMES = {
    name.rpartition(".")[2]: name for _, name, _ in pkgutil.walk_packages(theory.__path__, "lingen.theory.")
}
INFINITE = {
    "closed_forms.moment": "orders beyond the doubles",
    "distances.predict": "divergences of singular models",
    "dynamics.optimal_time": "never stopping is best",
    "edges.hidden": "at and above the threshold",
    "guidance.tilted_variance": "no law",
    "recovery.latents": "equal eigenvalues",
    "refitting.log_volume": "γ < 1",
    "refitting.predict": "γ < 1",
    "separation.windows": "the last window has no end",
}
ORDINARY = {
    "load": 2.0, "t": 0.5, "order": 0.5, "c": 0.5, "x": 1.0, "eigenvalue": 1.0, "variance": 0.5, "dim": 8,
    "eigenvalues": np.array([2.0, 1.0]), "samples": 20, "offset": 0.5, "strength": 1.0, "correlation": 0.5,
    "users": 10.0, "noise": 0.5, "angle": 0.5, "time": 1.0, "scale": 0.5, "ratio": 0.5, "released": 10.0,
    "regularisation": 0.3, "rank": 3.0, "start": 0.01, "noises": np.array([0.5, 1.0]), "kappa": 0.5,
    "shares": np.array([0.5, 0.5]), "other": 0.5, "exponent": 1.5, "generations": 2, "curvature": 1.0,
    "slope": 0.5, "mean": 0.5, "width": 1.0, "scaled": 0.5, "unconditional": 2.0, "conditional": 1.0,
    "weight": 0.5, "s": 0.5, "tail": 0.1, "level": 0.5, "spectrum": np.array([2.0, 1.0]), "models": 2,
    "latents": 1, "count": 2, "sampler": filters.parse("ddim:8"), "a": 2.0, "b": 3.0, "n": 30.0, "d": 8.0,
    "m": 40.0, "first": np.array([[2.0, 0.5], [0.5, 1.0]]), "second": np.eye(2), "rate": 0.01, "steps": 4,
    "batch": 4, "activation": jnp.tanh, "grid": np.array([0.5, 1.0, 5.0]), "u": 0.5, "rho": 0.5,
    "ell": 3.0 + 1.0j, "z": 1.0 + 1.0j, "f": jnp.sqrt, "g": jnp.square, "singularity": 0.1,
}  # fmt: skip
OWN = {
    "hard_edge.scale": {"samples": 9},
    "random_features.modes": {"constants": random_features.constants(jnp.tanh, 1.0, 0.5)},
    "random_features.times": {"constants": random_features.constants(jnp.tanh, 1.0, 0.5)},
    "soft_edge.lower": {"samples": 20.0, "dim": 8.0},
    "soft_edge.upper": {"samples": 20.0, "dim": 8.0},
    "worth.worth": {"samples": np.arange(24.0).reshape(6, 4) % 7 - 3.0},
}
"""What a function needs in place of that."""
STATIC = {
    "sampler", "latents", "count", "models", "generations", "steps", "batch", "activation", "f", "g",
    "constants",
}  # fmt: skip


def functions():
    """The public functions that ordinary numbers suffice to call."""
    for name in MODULES:
        module = importlib.import_module(HOMES[name])
        for called in module.__all__:
            function = getattr(module, called)
            if not inspect.isfunction(function) or inspect.unwrap(function).__module__ != module.__name__:
                continue
            needed = [
                p.name for p in inspect.signature(function).parameters.values()
                if p.name == "population" or p.name in ORDINARY or p.default is p.empty
            ]  # fmt: skip
            own = {"population": TWO} | ORDINARY | OWN.get(f"{name}.{called}", {})
            if needed and all(n in own for n in needed):
                yield pytest.param(f"{name}.{called}", function, needed, id=f"{name}.{called}")


def populations(name):
    """Populations at the ends, such as the topic takes."""
    if name != "bayesian":
        yield from (population.isotropic(v) for v in (*ENDS, 1e-200, 1e200))
        for v in (1e-300, 1e300):
            yield population.atoms([v, v / 3])
            yield population.atoms([v, v / 3]).with_spikes([8 * v, 0.6 * v])
    yield from (population.spiked([v]) for v in ENDS)


def changed(argument, topic, usual):
    """The argument at the ends."""
    if argument == "population":
        yield from populations(topic)
    elif argument == "dim":
        yield 1
    elif argument not in STATIC:
        for value in ENDS:
            if isinstance(usual, int):
                if value > 1:
                    yield int(value)
            else:
                yield usual * value if isinstance(usual, np.ndarray | complex) else value


def answer_or_line(function, arguments):
    """What the function answers, or the one line in which it refuses."""
    try:
        return function(**arguments)
    except (ValueError, NotImplementedError) as error:
        line = str(error)
    assert "\n" not in line
    return line


@pytest.mark.slow
@pytest.mark.parametrize(("name", "function", "needed"), list(functions()))
def test_no_answer_is_nan_or_infinite_in_silence(name, function, needed):
    topic = name.split(".")[0]
    usual = {"power_laws": POWER, "bayesian": SPIKED, "edges": SPIKED}.get(topic, TWO.with_spikes([20.0]))
    own = {"population": usual} | ORDINARY | OWN.get(name, {})
    base = {n: own[n] for n in needed}
    for argument in needed:
        for value in changed(argument, topic, base[argument]):
            answer = answer_or_line(function, {**base, argument: value})
            for leaf in [] if isinstance(answer, str) else jax.tree.leaves(answer):
                number = np.asarray(leaf)
                assert not np.isnan(number).any(), (argument, value, number)
                assert name in INFINITE or np.isfinite(number).all(), (argument, value, number)


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1e200, 1e300])
def test_units_do_not_matter(size):
    plain, scaled = population.atoms([1.0, 0.1]), population.atoms([size, size / 10])
    root = np.sqrt(size)
    pairs = [
        (filters.gaussian(), filters.gaussian()),
        (filters.ridge(0.3), filters.ridge(0.3 * size)),
        (filters.denoiser(0.3), filters.denoiser(0.3 * size)),
        (filters.ode_sampler(0.1, 3.0), filters.ode_sampler(0.1 * root, 3.0 * root)),
        (filters.pca(fraction=0.3), filters.pca(fraction=0.3)),
    ]
    for one, other in pairs:
        expected = convergence.overlap(plain, 0.5, one)
        np.testing.assert_allclose(convergence.overlap(scaled, 0.5, other), expected, rtol=1e-10)
        np.testing.assert_allclose(
            memorisation.ratio(scaled, 0.5, other), memorisation.ratio(plain, 0.5, one), rtol=1e-10
        )
    for function in (spectral_entropy.deficit, lambda p, y: distances.wasserstein2(p, y) / p.eigenvalues[0]):
        np.testing.assert_allclose(function(scaled, 0.5), function(plain, 0.5), rtol=1e-10)
    for function in (distances.operator_norm, recovery.upper_edge):
        np.testing.assert_allclose(function(scaled, 0.5) / size, function(plain, 0.5), rtol=1e-10)
    risk = denoising.test_risk(scaled, 0.5, 0.3 * size) / size
    np.testing.assert_allclose(risk, denoising.test_risk(plain, 0.5, 0.3), rtol=1e-10)


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1e200, 1e300])
def test_units_do_not_matter_to_spectra_roots_and_training(size):
    plain, scaled = population.atoms([1.0, 0.1]), population.atoms([size, size / 10])
    grid = np.array([0.02, 0.5, 2.0])
    pairs = [
        (lambda p, u: roots.root_trace(p, [0.3, 2.0]) / np.sqrt(u)),
        (lambda p, u: roots.root_mean(p, 0.5, 0.2 * u) / np.sqrt(u)),
        (lambda p, u: functional.root_trace(p, 0.5) / np.sqrt(u)),
        (lambda p, u: spectral_law.support(p, 2.0) / u),
        (lambda p, u: spectral_law.density(p, 0.5, grid * u) * u),
        (lambda p, u: spectral_law.density(p, [0.5, 2.0], grid * u) * u),
        (lambda p, u: spectral_law.cdf(p, 2.0, grid * u)),
        (lambda p, u: spectral_law.quantile(p, 2.0, [0.1, 0.7]) / u),
        (lambda p, u: dynamics.curve(p, 0.5, 1.0 / u, 0.3 * u).test_risk / u),
        (lambda p, u: dynamics.descent_curve(p, 0.5, 4, 0.05 / u, 0.3 * u).train_risk / u),
    ]
    for function in pairs:
        np.testing.assert_allclose(function(scaled, size), function(plain, 1.0), rtol=1e-9)
    # the place of a minimum is known to the root of round-off
    times = [dynamics.optimal_time(p, 0.1, 0.3 * u) * u for p, u in ((scaled, size), (plain, 1.0))]
    np.testing.assert_allclose(*times, rtol=1e-7)


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1.0, 1e30, 1e300])
def test_divergences_of_multiples(size):
    first = np.array([[2.0, 0.5], [0.5, 1.0]])
    exact = size - 1.0 - np.log(size)  # ½ [d size − d − d log size]
    np.testing.assert_allclose(information.kl(size * first, first), exact, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(information.kl(size * first, size * first), 0.0, atol=1e-15)


def test_excess_risk_keeps_its_limit_without_samples():
    bulk = population.atoms([1.0, 0.1])
    best = np.mean([1.0 / 2.0, 0.1 / 1.1])  # σs/(σ+s) at s = 1; without data the risk is τ(Σ)
    for load in (1e-300, 1e-20):
        np.testing.assert_allclose(denoising.excess_risk(bulk, load, 1.0), 0.55 - best, rtol=1e-12)


@pytest.mark.parametrize("load", [1e-300, 1e-100, 1e-20])
def test_few_samples_have_their_limits(load):
    bulk = population.atoms([1.0, 0.1])
    mean, square = 0.55, 0.505
    # n eigenvalues near τ(Σ)/γ in directions of law Σ: E√S_k = √(γ/τ(Σ)) σ_k
    np.testing.assert_allclose(convergence.overlap(bulk, load) / load, square / mean**2, rtol=1e-9)
    np.testing.assert_allclose(spectral_entropy.deficit(bulk, load), -np.log(load), rtol=1e-9)
    np.testing.assert_allclose(distances.wasserstein2(bulk, load), 2 * mean, rtol=1e-9)
    np.testing.assert_allclose(roots.root_trace(bulk, load), np.sqrt(load * mean), rtol=1e-9)
    np.testing.assert_allclose(functional.root_mean(bulk, load)[1], 0.1 * np.sqrt(load / mean), rtol=1e-9)
    np.testing.assert_allclose(recovery.outlier(population.spiked([1.0]), load)[0] * load, 1.0, rtol=1e-9)
    np.testing.assert_allclose(memorisation.cosine_variance(bulk, load) * load, 1.0, rtol=1e-9)
    np.testing.assert_allclose(refitting.root_moment(load, 1.0) ** 2 / load, 1.0, rtol=1e-9)
    np.testing.assert_allclose(denoising.test_risk(bulk, load, 1.0), mean, rtol=1e-9)
    unshrunk = convergence.overlap(bulk, load, filters.denoiser(1.0)) / load
    np.testing.assert_allclose(unshrunk, square / mean**2, rtol=1e-9)


@pytest.mark.parametrize("load", [1e20, 1e300])
def test_many_samples_have_their_limits(load):
    bulk = population.atoms([1.0, 0.1])
    shares = np.array([1.0, 0.1]) / 0.55
    assert 1 - 1e-15 <= convergence.overlap(bulk, load) <= 1.0
    assert 0 <= distances.wasserstein2(bulk, load) < 1e-15
    np.testing.assert_allclose(spectral_entropy.deficit(bulk, load), np.mean(shares * np.log(shares)))
    np.testing.assert_allclose(refitting.log_volume(load, 1.0) * load, -0.5)
    np.testing.assert_allclose(recovery.upper_edge(bulk, load), 1.0)
    np.testing.assert_allclose(denoising.test_risk(bulk, load, 1.0), (0.5 + 0.1 / 1.1) / 2)


@pytest.mark.parametrize("load", [1e10, 1e14, 1e17, 1e300])
def test_random_features_of_many_samples_follow_the_truth(load):
    time, noise = 1.0, 0.5
    numbers = random_features.constants(jnp.tanh, 5.5, noise)
    sigma = np.array([1.0, 10.0])
    # S → Σ and the memory of single points goes with 1/γ: b = σ/(σ+s) (1 − e^{−2μ₁²(σ+s)θ})
    fresh = sigma / (sigma + noise) * -np.expm1(-2.0 * float(numbers.slope) ** 2 * (sigma + noise) * time)
    found = random_features.predict(TWO, load, time, noise, jnp.tanh)
    np.testing.assert_allclose(found.generalisation, fresh @ sigma / 11.0, rtol=1e-9)
    np.testing.assert_allclose(found.memorisation, 0.0, atol=1.0 / load + 1e-13)


def test_much_noise_leaves_the_data_unknown():
    bulk = population.atoms([1.0, 0.1])
    for load in (0.5, 2.0, 1e300):
        np.testing.assert_allclose(denoising.test_risk(bulk, load, 1e300), 0.55)
    # κ = s + τ(Σ)/γ up to round-off where both are of one size
    s, extra = 1e300, 0.55e300
    expected = 0.55 * s / (s + extra) + 0.55 * (1 - (s / (s + extra)) ** 2)
    np.testing.assert_allclose(denoising.test_risk(bulk, 1e-300, s), expected, rtol=1e-12)


@pytest.mark.parametrize("gap", [1e-4, 1e-8, 1e-12])
def test_the_least_ridge_keeps_its_digits_near_its_threshold(gap):
    from fractions import Fraction

    load = 1.0 - gap
    exact = float(1 / Fraction(load) - 1)
    np.testing.assert_allclose(equivalents.kappa(population.isotropic(), load, 0.0), exact, rtol=1e-14)
    np.testing.assert_allclose(closed_forms.kappa(load, 0.0), exact, rtol=1e-14)
    lower = closed_forms.mp_edges(load)[0]
    np.testing.assert_allclose(lower, (exact / (1 + load**-0.5)) ** 2, rtol=1e-13)
    quarter, alive = 0.25 * load, population.atoms([0.0, 1.0], [0.75, 0.25])
    exact = float(Fraction(1, 4) / Fraction(quarter) - 1)
    np.testing.assert_allclose(equivalents.kappa(alive, quarter, 0.0), exact, rtol=1e-14)


@pytest.mark.parametrize("ridge", [1e-300, 1e-30, 1e-10, 1.0, 1e30, 1e300])
def test_the_ridge_of_the_identity_at_all_scales(ridge):
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 700
        for load in (1e-300, 1e-30, 0.5, 1.0, 1 + 1e-10, 2.0, 1e30, 1e300):
            t, b = Decimal(ridge), 1 - 1 / Decimal(load) - Decimal(ridge)  # κ² + bκ = t
            exact = float(((b * b + 4 * t).sqrt() - b) / 2)
            for found in (
                equivalents.kappa(population.isotropic(), load, ridge),
                closed_forms.kappa(load, ridge),
            ):
                np.testing.assert_allclose(found, exact, rtol=1e-11)


@pytest.mark.parametrize("bulk", [population.isotropic(), TWO, population.power_law(1.0, 10)])
def test_principal_components_of_narrow_bands(bulk):
    # 1 − q is of order 1/γ where the cut falls between atoms or keeps all
    for load in (1e6, 1e8, 1e10):
        found = filter_moments(bulk, load, filters.pca(fraction=1.0))
        kept = filter_moments(bulk, load, filters.gaussian())
        np.testing.assert_allclose(found.mean, kept.mean, rtol=1e-11)
        np.testing.assert_allclose(found.square, kept.square, rtol=1e-11)
        for fraction in (0.1, 0.3, 0.5, 0.9):
            assert convergence.overlap(bulk, load, filters.pca(fraction=fraction)) <= 1.0
    half = filter_moments(TWO, 1e10, filters.pca(fraction=0.5))
    np.testing.assert_allclose(half.mean, [np.sqrt(10.0), 0.0], atol=1e-9)


@pytest.mark.parametrize("samples", [1e6, 1e9, 1e12, 1e300])
def test_divergences_at_large_numbers_of_samples(samples):
    # both are d(d+1)/4n (1 + O(d/n)): Stirling's series of ψ
    for divergence in (distances.kl_forward, distances.kl_reverse):
        np.testing.assert_allclose(divergence(5, samples) * (samples / 7.5), 1.0, rtol=1e-12 + 20 / samples)
    volume = refitting.log_volume_exact(5, samples, 1.0) * samples
    np.testing.assert_allclose(volume, -3.0, rtol=1e-12 + 20 / samples)


@pytest.mark.parametrize("change", [{"eigenvalues": -1.0}, {"eigenvalues": np.nan}, {"spikes": -2.0}])
def test_a_population_refuses_eigenvalues_that_no_covariance_has(change):
    import dataclasses

    changes = {name: jnp.asarray([value]) for name, value in change.items()}
    (name,) = changes
    for make in (SPIKED.replace, lambda **fields: dataclasses.replace(SPIKED, **fields)):
        with pytest.raises(ValueError, match=name):
            make(**changes)


def test_derivatives_by_a_population_have_signs_of_their_own():
    slope = jax.jit(jax.grad(lambda p: convergence.overlap(p, 0.5)))(TWO)
    assert isinstance(slope, population.Population)
    assert np.min(slope.eigenvalues) < 0 < np.max(slope.eigenvalues)
    assert jax.tree.structure(slope) == jax.tree.structure(TWO)
