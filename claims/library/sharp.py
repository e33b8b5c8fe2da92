"""Claims of sections C and R made sharp: 1e-5 at dimensions 10⁶ and 10⁹, by draws that need no matrix.

The finite-size terms are O(1/d), below the resolution, so that the limit itself is compared at both dimensions.
"""

from __future__ import annotations

from functools import lru_cache, partial

import jax
import jax.random as jr
import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, PAPER
from lingen.models import filters, population
from lingen.sims.krylov import draws as krylov
from lingen.theory import convergence, recovery
from lingen.theory.spectrum import closed_forms

__all__ = ["CLAIMS"]

DIMS = (10**6, 10**9)
RESOLUTION = 1e-5
TRUNCATION = 5e-7
FEWER = 2e-4
"""The subtle rival: one sample in five thousand goes missing."""
TOGETHER = 16
"""Independent draws averaged into one, so that a claim's draws stay below its limit."""
ISOTROPIC = population.isotropic()
SPIKE = population.spiked([2.0])
WEAK = population.spiked([0.5])


def _averaged(draw):
    """The mean of several independent draws, as one draw."""
    return jax.tree_util.Partial(_mean(TOGETHER), draw)


@lru_cache
def _mean(count):
    return partial(_mean_of, count)


def _mean_of(count, draw, key):
    draws = jax.vmap(draw)(jr.split(key, count))
    return jax.tree.map(lambda leaf: leaf.mean(axis=0), draws)


def _q(load, filter=None):
    return convergence.overlap(ISOTROPIC, load, filter)


def _claim(name, title, statement, source, filter, loads, predict, rivals) -> Claim:
    """A claim on q along loads, compared at each dimension."""
    return Claim(
        name=f"sharp-{name}",
        title=title,
        section="C",
        statement=statement,
        reference=PAPER,
        **CONCENTRATED,
        grid={"load": loads},
        predict=lambda dim, load: predict(load),
        sampler=lambda dim, load: _averaged(
            krylov.convergence_sampler(source, dim, load, filter, accuracy=TRUNCATION)
        ),
        measure=lambda draws: draws.convergence,
        dims=DIMS,
        exact=True,
        rivals={
            "one sample in five thousand is lost": lambda dim, load: predict((1.0 - FEWER) * load),
            **rivals,
        },
        label="q",
        thorough=True,
        resolution=RESOLUTION,
    )


CONVERGENCE = _claim(
    "convergence",
    "Convergence to one part in 100,000",
    r"For $\Sigma=I$ and the Gaussian filter $q(\gamma)={}_2F_1(-\tfrac12,\tfrac12;2;1/\gamma)^2$ for $\gamma\ge 1$ and "
    r"$\gamma\,{}_2F_1(-\tfrac12,\tfrac12;2;\gamma)^2$ below, at $d=10^6$ and $d=10^9$.",
    ISOTROPIC,
    None,
    (0.5, 1.0, 2.0, 4.0),
    closed_forms.overlap,
    {"its expansion in 1/γ to second order": lambda dim, load: 1 - 1 / (4 * load) - 1 / (64 * load**2)},
)


def _filtered(name: str, filter: filters.Filter, formula: str) -> Claim:
    return _claim(
        name,
        f"Convergence is free, to one part in 100,000: {name}",
        rf"For $\Sigma=I$, $q=\tau(g)^2/\tau(g^2)$ with ${formula}$, at $d=10^6$ and $d=10^9$.",
        ISOTROPIC,
        filter,
        (1.0, 2.0),
        lambda load: _q(load, filter),
        {"the Gaussian filter's q": lambda dim, load: _q(load)},
    )


def _leak(load):
    """q if the latent weighed as much as one dimension in ten thousand."""
    found = recovery.recovery(WEAK, load)[0]
    return _q(load) + 1e-4 * (found - _q(load))


SPIKED = _claim(
    "spiked",
    "Convergence is blind to a latent, to one part in 100,000",
    r"A spike of strength $\theta=0.5$ does not move $q$, below ($\gamma=2$) and above ($\gamma=8$) its recovery "
    r"threshold $\gamma_c=4$, at $d=10^6$ and $d=10^9$.",
    WEAK,
    None,
    (2.0, 8.0),
    _q,
    {"the latent weighs as much as d/10,000 dimensions": lambda dim, load: _leak(load)},
)


def _recovered(load, lost=0.0):
    found = recovery.predict(SPIKE, (1.0 - lost) * load)
    return np.array([found.recovery[0], found.outlier[0], found.agreement[0]])


RECOVERY = Claim(
    name="sharp-recovery",
    title="Recovery and agreement to one part in 100,000",
    section="R",
    statement=r"For $\Sigma=I+\theta vv^\top$, $\theta=2$: $Q=\frac{1-1/(\gamma\theta^2)}{1+1/(\gamma\theta)}$, the outlier "
    r"$(1+\theta)(1+\frac1{\gamma\theta})$ and the overlap $(\hat v_1\cdot\hat v_2)^2=Q^2$ of two models, at $d=10^6$ and $d=10^9$.",
    reference="Baik, Ben Arous & Péché 2005; Paul 2007; " + PAPER,
    **CONCENTRATED,
    grid={"load": (3.0, 8.0)},
    predict=lambda dim, load: _recovered(load),
    sampler=lambda dim, load: _averaged(krylov.recovery_sampler(SPIKE, dim, load, rows=32)),
    measure=lambda draws: np.stack(
        [draws.recovery[:, 0], draws.outlier[:, 0], draws.agreement[:, 0]], axis=-1
    ),
    dims=DIMS,
    exact=True,
    rivals={
        "one sample in five thousand is lost": lambda dim, load: _recovered(load, FEWER),
        "two models overlap as Q": lambda dim, load: _recovered(load)[[0, 1, 0]],
    },
    label="Q, outlier, (v̂₁·v̂₂)²",
    thorough=True,
    resolution=RESOLUTION,
)

CLAIMS: tuple[Claim, ...] = (
    CONVERGENCE,
    _filtered("ridge", filters.ridge(0.3), r"g=\sqrt{\lambda+0.3}"),
    _filtered(
        "ode", filters.ode_sampler(0.2, 3.0), r"g=\sigma_1\sqrt{(\lambda+\sigma_0^2)/(\lambda+\sigma_1^2)}"
    ),
    SPIKED,
    RECOVERY,
)
