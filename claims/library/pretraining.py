"""Claims of section A: what unlabelled points are worth to a regression."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, OUTLIERS
from lingen.experiments.library.pretraining import EXPERIMENT
from lingen.theory import pretraining

__all__ = ["CLAIMS"]


def _bare(strength, load, labels, signal, noise):
    """The risk with 1 − Q of the latent's variance lost, as if v̂·x had the variance 1 + θ."""
    lost = 1.0 - pretraining.predict(strength, load, labels).recovery
    return (noise + signal * (1.0 + strength) * lost) * (1.0 + 1.0 / (labels - 2.0))


PRETRAINING = Claim(
    name="pretraining-pca",
    title="Unlabelled points help a regression only once they reveal the latent",
    section="A",
    statement=r"$x\sim N(0,I+\theta vv^\top)$, $y=b\,v\cdot x+\sigma e$; PCA of $m=\gamma d$ unlabelled points gives $\hat v$, and $y$ is "
    r"regressed on $\hat v\cdot x$ with $n$ labels: $\mathrm{risk}=\big[\sigma^2+b^2(1+\theta)\frac{1-Q}{1+\theta Q}\big]\frac{n-1}{n-2}$ "
    r"with $Q$ of statement R1, so nothing is gained at $\gamma\le1/\theta^2$; here $\theta=2$, $b=1$, $\sigma^2=\frac12$, $n=20$.",
    reference=DERIVED,
    **OUTLIERS,
    of=EXPERIMENT,
    observable="risk",
    sizes={"dim": (4096, 16384)},
    grid={
        "strength": (2.0,),
        "load": (0.05, 0.5, 1.0, 3.0),
        "labels": (20,),
        "signal": (1.0,),
        "noise": (0.5,),
    },
    rivals={
        "the latent is known": lambda strength, labels, signal, noise: pretraining.risk(
            1.0, strength, labels, signal=signal, noise=noise
        ),
        "1 − Q of the latent's variance is lost": _bare,
        "labels alone count": lambda strength, labels, signal, noise: pretraining.risk(
            0.0, strength, labels, signal=signal, noise=noise
        ),
    },
    label="risk",
)

CLAIMS: tuple[Claim, ...] = (PRETRAINING,)
