"""Claims of section H: the entropy of a sample covariance's spectrum, from few samples to many."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, SMOOTH
from lingen.models import population
from lingen.sims import spectral_entropy as sim
from lingen.theory import spectral_entropy

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
DIMS = (32, 64, 128)
LOADS = (0.5, 1.0, 2.0)


def _claim(name, title, statement, source, rivals, reference=DERIVED) -> Claim:
    return Claim(
        name=name,
        title=title,
        section="H",
        statement=statement,
        reference=reference,
        **SMOOTH,
        grid={"load": LOADS},
        predict=lambda load: spectral_entropy.deficit(source, load),
        sampler=lambda dim, load: sim.sampler(source, dim, load),
        measure=lambda draws: draws.deficit,
        dims=DIMS,
        rivals=rivals,
        label="entropy deficit (nat)",
    )


def _page(load):
    return float(spectral_entropy.deficit(ISOTROPIC, load))


def _truth(source):
    return lambda load: float(spectral_entropy.deficit(source, 1e9))


PAGE = _claim(
    "entropy-page",
    "The spectral entropy of samples follows Page's law",
    r"For $\Sigma=I$ the entropy $-\mathrm{tr}\,\rho\log\rho$ of $\rho=S/\mathrm{tr}\,S$ is $\log d-d/2n$ for $n\ge d$ and "
    r"$\log n-n/2d$ below.",
    ISOTROPIC,
    {
        "all directions seen alike: log min(n, d)": lambda load: max(0.01, -np.log(load)),
        "twice the correction: d/n and n/d": lambda load: 1.0 / load if load >= 1 else load - np.log(load),
    },
    reference="Page, Phys. Rev. Lett. 71, 1291 (1993); " + DERIVED,
)
ANY = tuple(
    _claim(
        f"entropy-{name}",
        f"The spectral entropy of {words}",
        r"For any $\Sigma$ the entropy is $\log d-\Delta$, $\Delta=\tau(S\log S)/\tau(S)-\log\tau(S)$, with "
        r"$\tau(S\log S)=\tau(\Sigma\log(\Sigma+\kappa_0))+\frac{1}{2\gamma}(\int_{\kappa_0}^\infty D^2\,d\kappa-\kappa_0D(\kappa_0)^2)$, "
        r"$D(\kappa)=\tau(\Sigma(\Sigma+\kappa)^{-1})$; here "
        f"{words}.",
        source,
        {
            "Page's law, whatever the spectrum": _page,
            "the entropy of the truth": _truth(source),
            "the two losses added": lambda load, source=source: _page(load) + _truth(source)(load),
        },
    )
    for name, words, source in (("two-atoms", "half the eigenvalues at 1 and half at 10", TWO_ATOMS),)
)

CLAIMS: tuple[Claim, ...] = (PAGE, *ANY)
