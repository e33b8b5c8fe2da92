"""Known numbers stay known inside somebody's own traced function."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.checks import is_traced
from lingen.models import filters, population, schedules
from lingen.models.descent import descent
from lingen.sims import convergence, recovery
from lingen.sims.engine.ensemble import ensemble

KEY = jax.random.key(3)
MAKERS = {
    "isotropic": population.isotropic,
    "spiked": lambda: population.spiked([2.0]),
    "power_law": lambda: population.power_law(1.5, 64),
    "atoms": lambda: population.atoms([1.0, 2.0], [0.25, 0.75]),
    "from_covariance": lambda: population.from_covariance([[1.0, 0.5], [0.5, 2.0]]),
    "from_samples": lambda: population.from_samples([[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]]),
    "with_spikes": lambda: population.isotropic().with_spikes([3.0]),
    "gaussian": filters.gaussian,
    "ridge": lambda: filters.ridge(0.1),
    "denoiser": lambda: filters.denoiser(0.1),
    "ode_sampler": lambda: filters.ode_sampler(0.1, 3.0),
    "early_stopped": lambda: filters.early_stopped(0.5, 0.2),
    "pca": lambda: filters.pca(4),
    "parse": lambda: filters.parse("ridge:0.1"),
    "descent": lambda: descent(10, 0.01, 0.5),
    "ddpm": lambda: filters.ddpm(schedules.linear(8)),
    "ddim": lambda: filters.ddim(schedules.cosine(8)),
    "euler": lambda: filters.euler(schedules.karras(8)),
    "heun": lambda: filters.heun(schedules.geometric(8)),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_constructor_given_known_numbers_gives_known_numbers(name):
    made = []

    @jax.jit
    def traced(x):
        made.append(MAKERS[name]())
        return x

    traced(1.0)
    assert not is_traced(made[0])
    for inside, outside in zip(jax.tree.leaves(made[0]), jax.tree.leaves(MAKERS[name]()), strict=True):
        np.testing.assert_array_equal(inside, outside)


def test_a_constructor_given_traced_numbers_is_differentiable():
    slope = jax.grad(lambda rho: filters.ridge(rho)(jnp.asarray(2.0)))(0.25)
    assert slope == pytest.approx(0.5 / np.sqrt(2.25))
    assert jax.jit(lambda v: population.isotropic(v).moment(1.0))(3.0) == 3.0


@pytest.mark.parametrize(
    ("method", "dim"),
    [("krylov", 10**9), ("lanczos", 100), ("dense", 16)],
    ids=["krylov", "lanczos", "dense"],
)
def test_a_draw_may_be_written_with_its_population_inside(method, dim):
    def inside(key):
        return convergence.draw(key, population=population.spiked([2.0]), dim=dim, load=1.0, method=method)

    sampler = convergence.sampler(population.spiked([2.0]), dim, 1.0, method=method)
    found, expected = (ensemble(draw, KEY, 4).convergence for draw in (inside, sampler))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_so_may_a_draw_of_latents():
    def inside(key):
        return recovery.draw(key, population.spiked([2.0]), 10**6, 1.0, method="krylov").recovery

    assert 0.4 < ensemble(inside, KEY, 4).mean() < 0.7
