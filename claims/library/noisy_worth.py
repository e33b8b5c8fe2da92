"""Claims of section W: what samples with noise are worth."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED
from lingen.sims import noisy_worth as sim
from lingen.theory import noisy_worth

__all__ = ["CLAIMS"]

POOLS = {"noisy": np.array([[3.0], [1.0]]), "mixed": np.array([[0.0, 1.0], [0.5, 0.5]])}


def _inverse(rule):
    """One over the worth of a pool by another rule for one sample."""

    def predict(pool):
        noises, shares = POOLS[pool]
        return 1.0 / sum(share * rule(noise) for noise, share in zip(noises, shares, strict=True))

    return predict


WORTH = Claim(
    name="noisy-worth",
    thorough=True,
    title="A noisy sample is worth the square of its signal fraction",
    section="W",
    statement=r"To learn the eigenvalue $\lambda$, a sample with noise of variance $s$ is worth $(\lambda/(\lambda+s))^2$ clean ones, "
    r"and worths add up: $E(\hat\lambda-\lambda)^2=2\lambda^2/\sum_i w_i$. Here $\lambda=1$: all samples at $s=3$, or half clean and "
    r"half at $s=1$.",
    reference="derived (docs/derivations)",
    **CONCENTRATED,
    grid={"pool": tuple(POOLS)},
    predict=lambda pool: noisy_worth.predict(1.0, *POOLS[pool]).inverse_worth,
    sampler=lambda dim, pool: sim.sampler(dim, 1.0, *POOLS[pool]),
    measure=lambda draws: draws.inverse_worth,
    dims=(4096,),
    rivals={
        "the signal fraction λ/(λ+s) itself": _inverse(lambda s: 1 / (1 + s)),
        "known noise costs nothing": _inverse(lambda s: 1.0),
        "noisy samples are worth nothing": _inverse(lambda s: 1.0 if s == 0 else 1e-3),
    },
    label="n E(λ̂−λ)²/2λ²",
)

CLAIMS: tuple[Claim, ...] = (WORTH,)
