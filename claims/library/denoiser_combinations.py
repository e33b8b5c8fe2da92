"""Claims of section N: what extrapolating and averaging denoisers of disjoint training sets gain."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, SMOOTH
from lingen.models import population
from lingen.sims import denoiser_combinations as sim
from lingen.theory import denoiser_combinations, denoising

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
DIMS = (32, 64)
FAR = {"load": 2.0, "other": 0.2}


def _weight(load, other, noise):
    return denoiser_combinations.best_weight(ISOTROPIC, load, other, noise)


WEIGHT = Claim(
    name="denoiser-extrapolation",
    title="Extrapolating from a weaker denoiser rarely helps",
    section="N",
    statement=r"Of $(1+w)D_1-wD_2$, trained on disjoint data, the best on fresh data has "
    r"$w=\frac{(\bar D_1-\bar D_2)(1-(1+s)\bar D_1)-(1+s)V_1}{(1+s)[(\bar D_1-\bar D_2)^2+V_1+V_2]}$ ($\Sigma=I$, $\bar D=1/(1+\kappa)$, $V$ the "
    r"variance over datasets): positive at loads 2 and 0.2 for $s=0.3$, negative for $s=1$ and at loads 4 and 1.",
    reference=DERIVED,
    **SMOOTH,
    thorough=True,
    points=({**FAR, "noise": 0.3}, {**FAR, "noise": 1.0}, {"load": 4.0, "other": 1.0, "noise": 0.3}),
    predict=_weight,
    sampler=lambda dim, load, other, noise: sim.sampler(
        ISOTROPIC, dim, load, other=other, noise=noise, models=1
    ),
    measure=lambda draws: draws.weight,
    settle=lambda dim, load, other, noise: {
        "load": round(load * dim) / dim,
        "other": round(other * dim) / dim,
    },
    dims=(40, 80, 160),
    scale=0.1,
    rivals={
        "always positive": lambda load, other, noise: abs(_weight(load, other, noise)),
        "the means alone, V = 0": lambda load, other, noise: _without_variance(load, other, noise),
    },
    label="w",
)


def _without_variance(load, other, noise):
    one, two = (1.0 / (1.0 + float(denoising.effective_noise(ISOTROPIC, x, noise))) for x in (load, other))
    return (1.0 - (1.0 + noise) * one) / ((1.0 + noise) * (one - two))


NOISE = 0.5


def _averaged(models, load=0.5):
    return denoiser_combinations.averaged_risk(ISOTROPIC, load, NOISE, models)


AVERAGED = Claim(
    name="denoiser-averaging",
    title="Averaging denoisers ends at a floor",
    section="N",
    statement=r"The mean of $k$ denoisers of disjoint data has the risk $(1-\bar D)^2+s\bar D^2+(1+s)V/k$ on fresh data ($\Sigma=I$): the floor is "
    r"set by $\kappa(n)$, the shrinkage of each, and lies above the risk of one denoiser of all $kn$ samples; load $\frac12$, $s=\frac12$.",
    reference=DERIVED,
    **SMOOTH,
    grid={"models": (2, 8)},
    predict=_averaged,
    sampler=lambda dim, models: sim.sampler(ISOTROPIC, dim, 0.5, other=0.5, noise=NOISE, models=models),
    measure=lambda draws: draws.averaged,
    dims=DIMS,
    rivals={
        "one denoiser of all kn samples": lambda models: denoising.test_risk(ISOTROPIC, 0.5 * models, NOISE),
        "no floor: the excess over the best risk falls as 1/k": lambda models: (
            denoising.optimal_risk(ISOTROPIC, NOISE) + denoising.excess_risk(ISOTROPIC, 0.5, NOISE) / models
        ),
    },
    label="risk per dimension",
)

CLAIMS: tuple[Claim, ...] = (WEIGHT, AVERAGED)
