"""Claims of section F: the Monge gap of Cholesky's generator."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, SMOOTH
from lingen.models import population
from lingen.sims import monge_gap as sim
from lingen.theory import convergence, monge_gap

__all__ = ["CLAIMS"]


def _gauge(load):
    """q of symmetric roots less that of Cholesky's: how much more the one agrees with itself."""
    return convergence.overlap(population.isotropic(), load) - (1.0 - 0.5 / load)


CHOLESKY = Claim(
    name="monge-gap",
    title="How far Cholesky's generator is from an optimal map",
    section="F",
    statement=r"For $\Sigma=I$ and $\gamma\ge1$ the generator $\hat x=Lz$, $LL^\top=S$, has the Monge gap $\tau(\sqrt S)-\tau(L)="
    r"F(c)-\frac2{3c}(1-(1-c)^{3/2})$ per dimension, $F(c)={}_2F_1(-\frac12,\frac12;2;c)$ and $c=1/\gamma$.",
    reference=DERIVED,
    **SMOOTH,
    grid={"load": (1.0, 2.0, 4.0)},
    predict=lambda load: monge_gap.cholesky(load),
    sampler=lambda dim, load: sim.sampler(dim, load),
    measure=lambda draws: draws.gap,
    dims=(32, 64, 128),
    rivals={
        "the difference of the two q": _gauge,
        "its large-load form c/8": lambda load: 0.125 / load,
    },
    label="gap per dimension",
)

CLAIMS: tuple[Claim, ...] = (CHOLESKY,)
