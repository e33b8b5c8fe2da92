"""Claims of section G: how much gradients of single examples agree."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED
from lingen.models import population
from lingen.sims import gradient_coherence as sim
from lingen.theory import gradient_coherence

__all__ = ["CLAIMS"]

LAWS = {"identity": population.isotropic(), "two": population.atoms([1.0, 4.0])}
NOISES = {"identity": 0.0, "two": 2.0}


def _share(draws):
    return draws.shared.mean() / draws.single.mean()


COHERENCE = Claim(
    name="gradient-coherence",
    title="Gradients of single examples agree by 1/d at least",
    section="G",
    statement=r"Gradients $g$ of a linear denoiser at $W=0$ on $n$ single examples have, at every $n$ and $d$, "
    r"$E\|\frac1n\sum g_i\|^2/E\|g\|^2=\frac1n+\big(1-\frac1n\big)\frac{\mathrm{tr}\,\Sigma^2}{(\mathrm{tr}\,\Sigma)^2+2\mathrm{tr}\,\Sigma^2+sd\,\mathrm{tr}\,\Sigma}$, "
    r"for $\Sigma=I$, $s=0$: $\frac{n+d+1}{n(d+2)}$. Besides, half the eigenvalues at 1 and half at 4, $s=2$.",
    reference=DERIVED,
    **CONCENTRATED,
    grid={"law": tuple(LAWS), "samples": (10, 40)},
    predict=lambda law, samples, dim: gradient_coherence.coherence(LAWS[law], samples, dim, NOISES[law]),
    sampler=lambda dim, law, samples: sim.sampler(LAWS[law], samples, dim, noise=NOISES[law]),
    estimate=_share,
    dims=(6, 12),
    exact=True,
    rivals={
        "independent gradients, 1/n": lambda law, samples, dim: 1.0 / samples,
        "1/n + 1/d": lambda law, samples, dim: 1.0 / samples + 1.0 / dim,
        "no noise on the data": lambda law, samples, dim: gradient_coherence.coherence(
            LAWS[law], samples, dim
        ),
    },
    label="‖mean gradient‖²/mean ‖gradient‖²",
)

CLAIMS: tuple[Claim, ...] = (COHERENCE,)
