"""Claims of section N: which seeds two models of disjoint training sets disagree on."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.along_loads import along_loads
from lingen.claims.library.sources import CONCENTRATED, DERIVED
from lingen.models import population
from lingen.sims import disagreement as sim
from lingen.theory import convergence, disagreement

__all__ = ["CLAIMS"]

TWO_ATOMS = population.atoms([1.0, 10.0])
MODES = along_loads(
    "disagreement-modes",
    "Two models disagree most on weak modes",
    r"For a seed along an eigenvector of $\Sigma$ two Gaussian samplers of disjoint data disagree by "
    r"$E\|\hat x_1-\hat x_2\|^2/2E\|\hat x\|^2=1-\bar g_k^2/\sigma_k$, $\bar g=E\sqrt S$; half the eigenvalues at 1 and half at 10.",
    (0.5, 2.0),
    "modes",
    section="N",
    reference=DERIVED,
    dims=(32, 96),
    predict=lambda load: disagreement.modes(TWO_ATOMS, load),
    sampler=lambda dim, load: sim.sampler(TWO_ATOMS, dim, load),
    rivals={
        "1−q for all modes": lambda load: jnp.full(2, 1.0 - convergence.overlap(TWO_ATOMS, load)),
        "the isotropic 1−q at each mode's own variance": lambda load: jnp.full(
            2, 1.0 - convergence.overlap(population.isotropic(), load)
        ),
    },
    label="relative disagreement",
)

DIM = 64
LAW = population.power_law(1.0, DIM)
SIGMA = np.arange(1.0, DIM + 1.0) ** -1.0
SEEDS = np.random.default_rng(11).normal(size=(6, DIM))


def _expected(samples):
    return disagreement.distances(LAW, samples / DIM, jnp.asarray(SEEDS))


def _isotropic(samples):
    """The same total, as if every mode disagreed by 1−q of its variance."""
    total = _expected_of(np.ones((1, DIM)), samples)[0]
    return total * (SEEDS**2 @ SIGMA) / SIGMA.sum()


def _expected_of(seeds, samples):
    return np.asarray(disagreement.distances(LAW, samples / DIM, jnp.asarray(seeds)))


WHICH = Claim(
    name="disagreement-seeds",
    thorough=True,
    title="Which seeds two models disagree on",
    section="N",
    statement=r"For a given seed $z$, in the eigenbasis of $\Sigma$, $E[\|\hat x_1-\hat x_2\|^2\,|\,z]=2\sum_kz_k^2(\sigma_k-\bar g_k^2)$ with "
    r"$\bar g=E\sqrt S$, and with $\frac1{4n}\sum_kz_k^2\sigma_k$ beside the deterministic equivalent of $\bar g$; six random seeds, "
    r"$\sigma_k=1/k$, $d=64$.",
    reference=DERIVED,
    **CONCENTRATED,
    grid={"samples": (256,)},
    predict=lambda samples, dim: _expected(samples),
    sampler=lambda dim, samples: sim.seed_sampler(LAW, samples / dim, jnp.asarray(SEEDS)),
    measure=lambda draws: draws.distances,
    dims=(DIM,),
    exact=True,
    rivals={
        "1−q of the variance, for all modes": lambda samples, dim: _isotropic(samples),
        "∝ ‖z‖²": lambda samples, dim: _expected_of(np.ones((1, DIM)), samples)[0] * (SEEDS**2).mean(axis=1),
        "the equivalent without 1/4n": lambda samples, dim: (
            _expected(samples) - SEEDS**2 @ SIGMA / DIM / (4.0 * samples)
        ),
    },
    label="‖x̂₁−x̂₂‖²/2d",
    resolution=0.015,
)

CLAIMS: tuple[Claim, ...] = (MODES, WHICH)
