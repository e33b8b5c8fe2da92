"""Claims of section N: the linear denoiser trained on n samples behaves as if the noise were larger."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import PAPER, SMOOTH
from lingen.models import population
from lingen.sims import denoising as sim
from lingen.theory import denoising

__all__ = ["CLAIMS"]

TWO_ATOMS = population.atoms([1.0, 10.0])
NOISE = 0.3
DIMS = (64, 128, 256)
LOADS = (0.5, 1.0, 2.0)


def _claim(name, title, statement, field, predict, rivals, label) -> Claim:
    return Claim(
        name=name,
        title=title,
        section="N",
        statement=statement,
        reference="deterministic equivalents; " + PAPER,
        **SMOOTH,
        grid={"load": LOADS},
        predict=predict,
        sampler=lambda dim, load: sim.sampler(TWO_ATOMS, dim, load, noise=NOISE),
        measure=lambda draws: getattr(draws, field),
        dims=DIMS,
        rivals=rivals,
        label=label,
    )


def _shrinkage(noise):
    return np.asarray(TWO_ATOMS.eigenvalues / (TWO_ATOMS.eigenvalues + noise))


EFFECTIVE_NOISE = _claim(
    "denoising-effective-noise",
    "Finite data act as more noise",
    r"$E[S(S+s)^{-1}]\asymp\Sigma(\Sigma+\kappa(s))^{-1}$ with $\kappa\,(1-\frac1\gamma\tau(\Sigma(\Sigma+\kappa)^{-1}))=s$: the trained "
    r"denoiser shrinks as the true one would at the larger noise $\kappa$; half the eigenvalues at 1 and half at 10, $s=0.3$.",
    "response",
    lambda load: _shrinkage(denoising.effective_noise(TWO_ATOMS, load, NOISE)),
    {
        "κ = s": lambda load: _shrinkage(NOISE),
        "κ = s + τ(Σ)/γ": lambda load: _shrinkage(NOISE + 5.5 / load),
    },
    "response",
)
TEST_RISK = _claim(
    "denoising-test-risk",
    "The test risk of the trained denoiser",
    r"Per dimension, with $R=(S+s)^{-1}$: $s^2\tau(\Sigma R^2)+s(1-2s\tau(R)+s^2\tau(R^2))$.",
    "test_risk",
    lambda load: denoising.test_risk(TWO_ATOMS, load, NOISE),
    {
        "the risk of the best denoiser": lambda load: denoising.optimal_risk(TWO_ATOMS, NOISE),
        "the training risk": lambda load: denoising.train_risk(TWO_ATOMS, load, NOISE),
    },
    "risk per dimension",
)
TRAIN_RISK = _claim(
    "denoising-train-risk",
    "The training risk of the trained denoiser",
    r"Per dimension: $s^2(\tau(R)-s\tau(R^2))+s(1-2s\tau(R)+s^2\tau(R^2))$; it lies below the best risk, the test risk above.",
    "train_risk",
    lambda load: denoising.train_risk(TWO_ATOMS, load, NOISE),
    {
        "the risk of the best denoiser": lambda load: denoising.optimal_risk(TWO_ATOMS, NOISE),
        "the test risk": lambda load: denoising.test_risk(TWO_ATOMS, load, NOISE),
    },
    "risk per dimension",
)

CLAIMS: tuple[Claim, ...] = (EFFECTIVE_NOISE, TEST_RISK, TRAIN_RISK)
