"""Claims of section N: the optimal critic's estimate of mutual information fluctuates like e^{2I}."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED
from lingen.sims import critics as sim
from lingen.theory import critics

__all__ = ["CLAIMS"]

CORRELATION = 0.15


def _both(dim, growth=2.0, joint=1.0):
    """n Var of the partition function and of the estimate, if the first were e^{growth·I} − 1."""
    partition = float(np.expm1(growth * critics.information(CORRELATION, dim)))
    return np.array([partition, partition + joint * dim * CORRELATION**2])


VARIANCE = Claim(
    name="information-critic",
    title="The best critic's estimate of information has variance e^2I/n",
    section="N",
    statement=r"For $d$ pairs of coordinates of correlation $\rho$ and the optimal critic $f$, the mean of $e^f$ over $n$ independent pairs has "
    r"$n\,\mathrm{Var}=(1-\rho^2)^{-d}-1=e^{2I}-1$ at every $n$, and the estimate of $I$ with the mean of $f$ over $n$ joint pairs $d\rho^2$ "
    r"more; $\rho=0.15$, $n=512$.",
    reference=DERIVED,
    grid={"pairs": (512,)},
    predict=lambda dim, pairs: np.stack(critics.predict(CORRELATION, dim)),
    sampler=lambda dim, pairs: sim.sampler(CORRELATION, dim, pairs=pairs),
    measure=lambda draws: np.column_stack([draws.partition, draws.estimate]),
    dims=(8,),
    exact=True,
    rivals={
        "e^I − 1": lambda dim, pairs: _both(dim, growth=1.0),
        "the critic's own part is left out": lambda dim, pairs: _both(dim, joint=0.0),
    },
    label="n Var",
)

CLAIMS: tuple[Claim, ...] = (VARIANCE,)
