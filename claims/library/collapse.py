"""Claims of section G: which latents of a linear variational autoencoder are active, and with what weight."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, OUTLIERS
from lingen.models import population
from lingen.sims import collapse as sim
from lingen.theory import collapse, recovery

__all__ = ["CLAIMS"]

SPECTRUM = np.array([4.0, 3.0, 2.0, 1.0, 0.5, 0.25])


def _collapse(variance, threshold=None):
    exact = collapse.predict(SPECTRUM, variance if threshold is None else threshold, SPECTRUM.size)
    return np.append(np.asarray(exact.weight), exact.information)


def _no_threshold(variance):
    return np.append(SPECTRUM, 0.5 * np.log1p(SPECTRUM / variance).sum())


COLLAPSE = Claim(
    name="learning-collapse",
    thorough=True,
    title="Latents below the decoder's variance collapse",
    section="G",
    statement=r"A linear VAE of decoder variance $\beta$ ends with squared weights $(\lambda_k-\beta)_+$ along the eigenvectors and carries "
    r"$\sum_k\frac12\log(\lambda_k/\beta)_+$ nats: latent $k$ is active iff $\lambda_k>\beta$. Eigenvalues 4, 3, 2, 1, 0.5, 0.25; six latents.",
    reference="Tipping & Bishop 1999; Lucas, Tucker, Grosse & Norouzi, NeurIPS 2019",
    **CONCENTRATED,
    grid={"variance": (0.75, 1.5, 2.5)},
    predict=_collapse,
    sampler=lambda dim, variance: sim.sampler(SPECTRUM, variance, SPECTRUM.size),
    measure=lambda draws: np.column_stack([draws.weight, draws.information]),
    dims=(SPECTRUM.size,),
    scale=1.0,
    rivals={
        "a threshold at β²": lambda variance: _collapse(variance, variance**2),
        "no threshold": _no_threshold,
    },
    label="weights, nats",
)

SPIKED, LOAD = population.spiked([3.0]), 0.5
CONTROL = 0.8
"""Of the sample's own variance along the spike, known in the mean, this much is taken off: any number will do."""


def _sampled(variance):
    return float(collapse.sampled_weight(SPIKED, LOAD, variance)[0])


SAMPLES = Claim(
    name="learning-collapse-samples",
    thorough=True,
    title="Few data wake a latent that the population leaves asleep",
    section="G",
    statement=r"Trained on $n=\gamma d$ samples of $\Sigma=I+\theta vv^\top$, one latent ends with the squared weight $(\lambda-\beta)_+$, "
    r"$\lambda=(1+\theta)(1+\frac{1}{\gamma\theta})$ the outlier and not $1+\theta$: at $\beta=4.25$ it is active, though $\beta>1+\theta=4$. "
    r"$\theta=3$, $\gamma=\frac12$.",
    reference="Lucas, Tucker, Grosse & Norouzi, NeurIPS 2019; R1; derived (docs/derivations)",
    **OUTLIERS,
    grid={"variance": (2.5, 4.25)},
    predict=_sampled,
    sampler=lambda dim, variance: sim.sampled_sampler(SPIKED, dim, LOAD, variance, steps=600, rate=0.4),
    measure=lambda draws: draws.weight - CONTROL * (draws.along - SPIKED.spikes[0]),
    dims=(32, 64),
    rivals={
        "the population's eigenvalue": lambda variance: max(float(SPIKED.spikes[0]) - variance, 0.0),
        "no collapse": lambda variance: float(recovery.outlier(SPIKED, LOAD)[0]),
    },
    label="weight",
    resolution=0.02,
)

CLAIMS: tuple[Claim, ...] = (COLLAPSE, SAMPLES)
