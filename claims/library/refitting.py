"""Claims of section L: models trained on samples of themselves."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, SMOOTH, UNIT
from lingen.models import population
from lingen.sims import refitting as sim
from lingen.theory import refitting

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 3.0])


def _stacked(draws):
    return np.stack([draws.mean, draws.variance], axis=1)


MOMENT = Claim(
    name="refitting-moment",
    title="A model refitted to its own samples spreads over ever fewer directions",
    section="L",
    statement=r"After $t$ generations of $n=\gamma d$ samples the covariance has $\tau(\Sigma_t^2)=1+t/\gamma$ ($\Sigma_0=I$), at finite "
    r"size $a_{t+1}=(1+\frac1n)a_t+\frac dn b_t$, $b_{t+1}=b_t+\frac{2}{nd}a_t$; here $\gamma=4$.",
    reference=DERIVED,
    **CONCENTRATED,
    grid={"generations": (1, 3)},
    predict=lambda generations, dim: refitting.second_moment_exact(dim, 4 * dim, generations),
    sampler=lambda dim, generations: sim.sampler(ISOTROPIC, dim, 4.0, generations=generations, volume=False),
    measure=lambda draws: draws.second_moment,
    dims=(64,),
    exact=True,
    rivals={
        "one generation is all, 1 + 1/γ": lambda generations, dim: 1.25,
        "growth by a factor, (1 + 1/γ)^t": lambda generations, dim: 1.25**generations,
    },
    label="τ(Σ²)",
)
VOLUME = Claim(
    name="refitting-volume",
    title="A model refitted to its own samples loses volume at a constant rate",
    section="L",
    statement=r"$E\log\det\Sigma_t=t(\sum_{j<d}\psi(\frac{n-j}2)+d\log\frac2n)$ at every $n\ge d$, for $n,d\to\infty$ "
    r"$t\,d\,(-1+(1-\gamma)\log(1-1/\gamma))$ ($\Sigma_0=I$), so the divergence from the truth "
    r"grows linearly, $KL(\mathrm{model}_t\|\mathrm{truth})=-\frac12E\log\det\Sigma_t$.",
    reference=DERIVED,
    **CONCENTRATED,
    points=({"load": 1.5, "generations": 1}, {"load": 2.0, "generations": 4}),
    predict=lambda load, generations, dim: refitting.log_volume_exact(dim, round(load * dim), generations),
    sampler=lambda dim, load, generations: sim.sampler(ISOTROPIC, dim, load, generations=generations),
    measure=lambda draws: draws.log_volume,
    dims=(32, 64),
    exact=True,
    rivals={
        "the first order at large load, −t/2γ": lambda load, generations, dim: -generations / (2.0 * load),
        "growth of the divergence as t²": lambda load, generations, dim: (
            generations**2 * refitting.log_volume(load, 1)
        ),
    },
    label="log det Σ / d",
)
MIXED = Claim(
    name="refitting-mixed",
    title="Fresh data keep a self-consuming model from collapse",
    section="L",
    statement=r"With a fraction $p$ of synthetic samples the excess $\tau(\Sigma_t^2)-\tau(\Sigma^2)$ tends to "
    r"$\tau(\Sigma)^2/(\gamma(1-p^2))$, by $e_{t+1}=p^2e_t+\tau(\Sigma)^2/\gamma$; here $\gamma=4$, 6 generations "
    r"(and the finite-size recursion of the second moments), half the eigenvalues at 1 and half at 3.",
    reference=DERIVED,
    **CONCENTRATED,
    grid={"synthetic": (0.5, 0.75)},
    predict=lambda synthetic, dim: refitting.second_moment_exact(
        dim, 4 * dim, 6, round(synthetic * 4 * dim), TWO_ATOMS
    ),
    sampler=lambda dim, synthetic: sim.sampler(
        TWO_ATOMS, dim, 4.0, generations=6, synthetic=synthetic, volume=False
    ),
    measure=lambda draws: draws.second_moment,
    dims=(64,),
    exact=True,
    rivals={
        "real data alone": lambda synthetic, dim: refitting.second_moment(4.0, 6, 0.0, TWO_ATOMS),
        "synthetic data alone": lambda synthetic, dim: refitting.second_moment(4.0, 6, 1.0, TWO_ATOMS),
        "an excess of 1/(γ(1−p))": lambda synthetic, dim: 5.0 + 1.0 / (1.0 - synthetic),
    },
    label="τ(Σ²)",
)
LINES = Claim(
    name="refitting-lines",
    thorough=True,
    title="Two lines of self-consuming models grow apart",
    section="L",
    statement=r"The $t$-th generations of two lines, sampled with the same seed, overlap by $q_t=\tau(\sqrt{\Sigma_t})^2$, "
    r"$\tau(\sqrt{\Sigma_t})={}_2F_1(-\frac t2,\frac12;2;\frac1\gamma)$ for $\gamma\ge1$ ($\Sigma_0=I$).",
    reference=DERIVED,
    **SMOOTH,
    **UNIT,
    points=({"load": 2.0, "generations": 3}, {"load": 1.0, "generations": 2}),
    predict=lambda load, generations: refitting.lines(load, generations).convergence,
    sampler=lambda dim, load, generations: sim.lines_sampler(ISOTROPIC, dim, load, generations=generations),
    measure=lambda draws: draws.convergence,
    dims=(24, 48, 96),
    rivals={
        "a factor a generation, q^t": lambda load, generations: (
            refitting.lines(load, 1).convergence ** generations
        ),
        "no memory, q of one generation": lambda load, generations: refitting.lines(load, 1).convergence,
        "the load of t generations together, q(γ/t)": lambda load, generations: (
            refitting.lines(load / generations, 1).convergence
        ),
    },
    label="q",
)
CURATION = Claim(
    name="refitting-curation",
    title="Curation sharpens a self-consuming model linearly",
    section="L",
    statement=r"If users keep samples with chance $\propto e^{r}$ then $p_{t+1}\propto p_te^{r}$: for $r=x-x^2/2$ the precision of "
    r"$N(0,1)$ is $1+t$ and its mean $t/(1+t)$ after $t$ generations of many samples.",
    reference="Ferbach et al., arXiv 2407.09499; " + DERIVED,
    **SMOOTH,
    grid={"generations": (1, 4)},
    predict=lambda generations: list(refitting.curated(generations, 1.0, 1.0)),
    sampler=lambda dim, generations: sim.curation_sampler(
        dim, generations=generations, curvature=1.0, slope=1.0
    ),
    measure=_stacked,
    dims=(1024, 2048, 4096),
    rivals={
        "a precision that doubles": lambda generations: [1.0 - 2.0**-generations, 2.0**-generations],
        "users change the mean alone": lambda generations: [float(generations), 1.0],
    },
    label="mean and variance",
)


CLAIMS: tuple[Claim, ...] = (MOMENT, VOLUME, MIXED, LINES, CURATION)
