"""Claims of section N: denoisers as scores, how they vary with the data, and what information they carry."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, SMOOTH
from lingen.models import population
from lingen.sims import denoiser_variance as sim_variance
from lingen.sims import information as sim_information
from lingen.sims import score as sim_score
from lingen.theory import denoiser_variance, denoising, distances, information

__all__ = ["CLAIMS"]

TWO_ATOMS = population.atoms([1.0, 10.0])
DIMS = (16, 32, 64)
NOISE = 0.3


def _variances(load):
    value = denoiser_variance.predict(TWO_ATOMS, load, noise=NOISE)
    return np.concatenate([value.variance, np.ravel(value.entries)[[0, 1, 3]]])


def _classical(load):
    """The first order in 1/n at fixed d: κ = s and no renormalisation."""
    sigma = np.asarray(TWO_ATOMS.eigenvalues)
    shape = NOISE * sigma / (sigma + NOISE) ** 2
    entries = np.outer(shape, shape)
    return np.concatenate([shape * shape.mean() / load, entries.ravel()[[0, 1, 3]]])


VARIANCE = Claim(
    name="denoiser-variance",
    thorough=True,
    title="How a denoiser varies with its training set",
    section="N",
    statement=r"$E\|(D-ED)u_k\|^2=\frac{\sigma_k}{(\sigma_k+\kappa)^2}\,\frac{\kappa^2\,\tau(\Sigma(\Sigma+\kappa)^{-2})}{\gamma\,t'(\kappa)}$ and "
    r"$n\,\mathrm{Var}\,D_{jl}=\frac{\kappa^2\sigma_j\sigma_l}{t'(\kappa)(\sigma_j+\kappa)^2(\sigma_l+\kappa)^2}$, $j\ne l$, for "
    r"$D=S(S+s)^{-1}$, $s=0.3$; half the eigenvalues at 1 and half at 10.",
    reference=DERIVED,
    **SMOOTH,
    grid={"load": (0.5, 2.0)},
    predict=_variances,
    sampler=lambda dim, load: sim_variance.sampler(TWO_ATOMS, dim, load, noise=NOISE),
    measure=lambda draws: np.concatenate(
        [draws.variance, np.asarray(draws.entries).reshape(len(draws.entries), -1)[:, [0, 1, 3]]], axis=1
    ),
    dims=(32, 64, 128),
    rivals={"κ = s, the first order in 1/n": _classical},
    label="variance",
)


def _slope(load, factor=None):
    ridge = denoising.effective_noise(TWO_ATOMS, load, NOISE)
    scale = ridge / NOISE if factor is None else factor
    return -scale / (TWO_ATOMS.eigenvalues + ridge)


SCORE = Claim(
    name="denoiser-score",
    thorough=True,
    title="A denoising autoencoder is the score",
    section="N",
    statement=r"The linear map of least denoising risk, found by descent, is the score: $(r(x)-x)/s=-(S+s)^{-1}x$, so on average "
    r"$-\frac{\kappa}{s}(\Sigma+\kappa)^{-1}$ with $\kappa=\kappa(s)$; $s=0.3$, half the eigenvalues at 1 and half at 10.",
    reference="Vincent 2011; Alain & Bengio 2014; deterministic equivalents",
    **SMOOTH,
    grid={"load": (0.5, 2.0)},
    predict=_slope,
    sampler=lambda dim, load: sim_score.sampler(TWO_ATOMS, dim, load, noise=NOISE),
    measure=lambda draws: draws.slope,
    dims=DIMS,
    rivals={
        "the true score": lambda load: -1.0 / (TWO_ATOMS.eigenvalues + NOISE),
        "the true score at noise κ": lambda load: _slope(load, 1.0),
    },
    label="slope of the score",
)

KL = Claim(
    name="diffusion-kl",
    title="The divergence is what the scores miss",
    section="N",
    statement=r"$KL(p\|q)=\frac12\int_0^\infty E_{p_s}\|\nabla\log p_s-\nabla\log q_s\|^2\,ds$: the scores of truth and model, compared on "
    r"noisy points at every noise variance $s$, give $\frac12[\frac{nd}{n-d-1}-d+L]$ at every size; half the eigenvalues at 1 and "
    r"half at 10.",
    reference="Lyu 2009; Song et al. 2021",
    **CONCENTRATED,
    grid={"load": (4.0,)},
    predict=lambda dim, load: distances.kl_forward(dim, round(load * dim)),
    sampler=lambda dim, load: sim_information.sampler(TWO_ATOMS, dim, load, noise=0.5, points=32),
    measure=lambda draws: draws.kl,
    dims=(32,),
    exact=True,
    rivals={
        "the other divergence, KL(q‖p)": lambda dim, load: distances.kl_reverse(dim, round(load * dim)),
        "without the half": lambda dim, load: 2.0 * distances.kl_forward(dim, round(load * dim)),
    },
    label="KL / nats",
    resolution=0.02,
)


def _mutual(dim, noise):
    return information.mutual_information(TWO_ATOMS.spectrum(dim), noise)


MUTUAL = Claim(
    name="diffusion-information",
    title="Mutual information is what denoisers gain",
    section="N",
    statement=r"$I(x;y)=\frac12\int_0^\infty[\mathrm{mmse}(x;s)-\mathrm{mmse}(x|y;s)]\,ds/s^2$, $s$ the noise variance, for "
    r"$y=x+\sqrt\nu\,w$: $\frac12\sum_i\log(1+\sigma_i/\nu)$ at every size; half the eigenvalues at 1 and half at 10.",
    reference="Guo, Shamai & Verdú 2005",
    **CONCENTRATED,
    grid={"noise": (0.5, 5.0)},
    predict=_mutual,
    sampler=lambda dim, noise: sim_information.sampler(TWO_ATOMS, dim, 4.0, noise=noise, points=32),
    measure=lambda draws: draws.mutual,
    dims=(32,),
    exact=True,
    rivals={"without the half": lambda dim, noise: 2.0 * _mutual(dim, noise)},
    label="I / nats",
)

CLAIMS: tuple[Claim, ...] = (VARIANCE, SCORE, KL, MUTUAL)
