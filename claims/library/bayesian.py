"""Claims of section B: what the posterior of a factor model knows of a planted latent."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, UNIT
from lingen.models import population
from lingen.sims import bayesian as sim
from lingen.theory import bayesian

__all__ = ["CLAIMS"]

SPIKE = population.spiked([2.0])
DIM = 32


def _limits(load):
    """Q² of a sample, Q² of two samples, Q of the posterior mean."""
    found = bayesian.predict(SPIKE, load)
    return np.array([found.sample_overlap, found.replica_overlap, found.mean_overlap])


def _measured(draws):
    return np.stack([draws.sample_overlap, draws.replica_overlap, draws.mean_overlap], axis=-1)


def _squared(load, powers):
    return float(bayesian.predict(SPIKE, load).mean_overlap) ** np.array(powers, float)


def _claim(name, title, words, sampler) -> Claim:
    return Claim(
        name=name,
        title=title,
        section="B",
        statement=r"A factor model $x\sim N(0,WW^\top+sI)$ is fitted to data with a latent $v$ of strength $\theta=2$. With $u=W/\|W\|$ "
        r"a posterior sample overlaps as $E(u\cdot v)^2=Q^2$, two samples of one posterior as $E(u\cdot u')^2=Q^2$, and the "
        rf"leading axis of the posterior mean as $Q$, the maximum-likelihood value; {words}, $d={DIM}$.",
        reference="derived (docs/derivations): the Nishimori identity",
        **CONCENTRATED,
        **UNIT,
        points=({"load": 4.0},),
        predict=_limits,
        sampler=lambda dim, load: sampler(dim, load),
        measure=_measured,
        dims=(DIM,),
        scale=1.0,
        resolution=0.05,
        rivals={
            "a sample is as good as the mean": lambda load: _squared(load, (1, 1, 1)),
            "the mean is no better than a sample": lambda load: _squared(load, (2, 2, 2)),
            "samples agree through the latent alone": lambda load: _squared(load, (2, 4, 1)),
        },
        label="overlaps",
        thorough=True,
    )


NUTS = _claim(
    "bayesian-recovery",
    "The posterior of a latent factor, by NUTS",
    "sampled by NUTS",
    lambda dim, load: sim.sampler(SPIKE, dim, load, warmup=200, draws=100),
)
VARIATIONAL = _claim(
    "bayesian-variational",
    "The posterior of a latent factor, by variational inference",
    "approximated by a Gaussian with independent entries (SVI)",
    lambda dim, load: sim.variational_sampler(SPIKE, dim, load, steps=1000),
)

CLAIMS: tuple[Claim, ...] = (NUTS, VARIATIONAL)
