"""Claims of section M: at small load a linear generative model samples its own training points."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.along_loads import DIMS, along_loads
from lingen.claims.library.sources import PAPER, SMOOTH, THIN, UNIT, Fields
from lingen.models import filters, population
from lingen.sims import memorisation as sim
from lingen.theory import memorisation

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0], [0.5, 0.5])
RIDGE = 0.5
SEEDS = 64
"""Samples of each trained model: training costs more than sampling."""


NEAREST = Claim(
    name="memorisation-nearest",
    title="A sample lies close to one training point",
    section="M",
    statement=r"With $n$ fixed and $d\to\infty$ ($\Sigma=I$) the cosines of a sample with its $n$ training points are "
    r"$g/\|g\|$, $g\sim N(0,I_n)$, so the expected largest absolute cosine is "
    r"$\int_0^\infty 1-\mathrm{erf}(t/\sqrt2)^n\,dt\,/\,(\sqrt2\,\Gamma(\frac{n+1}{2})/\Gamma(\frac n2))$.",
    reference=PAPER,
    **THIN,
    **UNIT,
    grid={"samples": (2, 4, 8)},
    predict=lambda samples: memorisation.nearest_cosine(samples),
    sampler=lambda dim, samples: sim.sampler_thin(ISOTROPIC, dim, samples, seeds=SEEDS),
    measure=lambda draws: draws.nearest_cosine,
    dims=(128, 512, 2048),
    rivals={
        "a sample copies one point, cosine 1": lambda samples: 1.0,
        "all points equally close, cosine 1/√n": lambda samples: samples**-0.5,
    },
    label="largest |cosine|",
)

NEAREST_RIDGE = Claim(
    name="memorisation-nearest-ridge",
    title="Regularisation loosens memorisation",
    section="M",
    statement=r"With a ridge $\rho=1/2$, $n$ fixed and $d\to\infty$ the cosines with the training points are "
    r"$g_i/\sqrt{\|g\|^2+n\rho}$: the ridge fills the directions without data.",
    reference=PAPER,
    **THIN,
    **UNIT,
    grid={"samples": (2, 8)},
    predict=lambda samples: memorisation.nearest_cosine(samples, regularisation=RIDGE),
    sampler=lambda dim, samples: sim.sampler_thin(ISOTROPIC, dim, samples, filters.ridge(RIDGE), seeds=SEEDS),
    measure=lambda draws: draws.nearest_cosine,
    dims=(128, 512, 2048),
    rivals={"no effect of the ridge": lambda samples: memorisation.nearest_cosine(samples)},
    label="largest |cosine|",
)


def _variance(name, title, statement, source, filter=None, loads=(0.5, 1.0, 2.0), **more) -> Claim:
    fields: Fields = {"section": "M", "label": "d × cosine variance", **more}
    return along_loads(
        name, title, statement, loads, "cosine_variance", **fields,
        predict=lambda load: memorisation.cosine_variance(source, load, filter),
        sampler=lambda dim, load: sim.sampler(source, dim, load, filter, seeds=SEEDS),
    )  # fmt: skip


VARIANCE = _variance(
    "memorisation-variance",
    "Memorisation fades as one over the load",
    r"In the proportional regime ($\Sigma=I$) the cosine of a sample with a training point has variance $(1+1/\gamma)/d$, "
    r"against $1/d$ with a fresh point: the excess $1/\gamma$ is what is memorised.",
    ISOTROPIC,
    rivals={
        "no memorisation": lambda load: 1.0,
        "memorisation of 1/γ² only": lambda load: 1.0 + load**-2.0 / 2,
    },
)
VARIANCE_ANY = _variance(
    "memorisation-variance-two-atoms",
    "Memorisation for any spectrum",
    r"For any $\Sigma$ the cosine of a sample with a training point has variance "
    r"$\tau(Sg(S)^2)/(d\,\tau(\Sigma)\,\tau(g(S)^2))$; here half the eigenvalues at 1 and half at 10.",
    TWO_ATOMS,
    rivals={"the isotropic law 1+1/γ": lambda load: 1.0 + 1.0 / load},
)
VARIANCE_RIDGE = _variance(
    "memorisation-variance-ridge",
    "A ridge reduces memorisation",
    r"With ridge $\rho=1/2$ and $\Sigma=I$ the variance ratio to a fresh point is $1+\frac{1/\gamma}{1+\rho}$.",
    ISOTROPIC,
    filters.ridge(RIDGE),
    rivals={"no effect of the ridge": lambda load: 1.0 + 1.0 / load, "no memorisation": lambda load: 1.0},
)
FRESH = Claim(
    name="memorisation-fresh",
    title="Fresh points are not closer than chance",
    section="M",
    statement=r"The cosine of a sample with a fresh point has variance $\tau(\Sigma\,E g^2)/(d\,\tau(\Sigma)\,\tau(g^2))$, "
    r"for $\Sigma=I$ exactly $1/d$ at every load.",
    reference=PAPER,
    **SMOOTH,
    grid={"load": (0.5, 2.0)},
    predict=lambda load: memorisation.fresh_variance(TWO_ATOMS, load),
    sampler=lambda dim, load: sim.sampler(TWO_ATOMS, dim, load, seeds=SEEDS),
    measure=lambda draws: draws.fresh_variance,
    dims=DIMS,
    rivals={"as close as a training point": lambda load: memorisation.cosine_variance(TWO_ATOMS, load)},
    label="d × cosine variance",
)

CLAIMS: tuple[Claim, ...] = (NEAREST, NEAREST_RIDGE, VARIANCE, VARIANCE_ANY, VARIANCE_RIDGE, FRESH)
