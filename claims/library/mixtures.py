"""Claims of section S: when a component of a mixture of low-rank Gaussians is learnt."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import OUTLIERS, UNIT
from lingen.models import population
from lingen.sims import mixtures as sim
from lingen.sims.krylov import extremes
from lingen.theory import mixtures

__all__ = ["CLAIMS"]

RANK = 8

STEP = Claim(
    name="mixtures-step",
    title="A component is learnt whole from as many samples as its intrinsic dimension",
    section="S",
    statement=r"A component $N(0,\Pi)$ of rank $r$, labels known and no noise, is recovered iff $N\ge r$, with overlap "
    r"$\mathrm{tr}(\hat\Pi\Pi)/r=\min(1,N/r)$, whatever $d$; here $r=8$.",
    reference="Wang et al., arXiv 2409.02426; derived (docs/derivations)",
    **UNIT,
    grid={"samples": (4, 7, 8, 16)},
    predict=lambda samples, dim: list(mixtures.predict(samples, RANK)),
    sampler=lambda dim, samples: sim.sampler(dim, RANK, samples),
    measure=lambda draws: np.stack([draws.overlap, draws.recovered], axis=1),
    dims=(16, 48),
    exact=True,
    scale=1.0,
    rivals={
        "the dimension counts, N/d": lambda samples, dim: [min(1.0, samples / dim), float(samples >= dim)],
        "a smooth onset, N/(N+r)": lambda samples, dim: [samples / (samples + RANK), float(samples >= RANK)],
        "learnt one sample later, N > r": lambda samples, dim: [
            min(1.0, samples / RANK),
            float(samples > RANK),
        ],
    },
    label="overlap and recovery",
)
NOISE = Claim(
    name="mixtures-noise",
    title="With noise the dimension counts again",
    section="S",
    statement=r"With noise of variance $s$ in every direction a component of fixed rank is recovered from $N=s^2d$ samples on, with "
    r"overlap $(1-s^2d/N)/(1+sd/N)$; here $s=1/2$.",
    reference="statement R1 (arXiv 2605.21402) with θ = 1/s",
    **OUTLIERS,
    **UNIT,
    grid={"load": (1.0, 3.0)},
    predict=lambda load: mixtures.noisy_overlap(load, 0.5),
    sampler=lambda dim, load: extremes.sampler(population.isotropic(0.5).with_spikes([1.5]), dim, load),
    measure=lambda draws: draws.recovery,
    dims=(1024, 4096),
    rivals={
        "no dependence on d, 1 for N >= r": lambda load: 1.0,
        "the noise counts once, 1/(1+s)": lambda load: 1.0 / 1.5,
    },
    label="overlap",
)

CLAIMS: tuple[Claim, ...] = (STEP, NOISE)
