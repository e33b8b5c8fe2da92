"""Claims of section K: the nonparametric memoriser, and the two times of an exact-score diffusion."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import BETWEEN, CONCENTRATED, UNIT, Fields
from lingen.sims import kernel_density as sim
from lingen.sims import speciation as paths
from lingen.theory import kernel_density, speciation

__all__ = ["CLAIMS"]

BIROLI = "Biroli & Mézard, arXiv 2408.05807; derived in docs/derivations"
LARGE = (65536,)
LOAD = 0.3


def _at(part):
    """The width whose squared share of h_G² is `part`."""
    return float(kernel_density.condensation_width(LOAD)) * part**0.5


def _typical(observable: str) -> Fields:
    """An observable at a typical x: prediction, draw and the size at which they are compared."""
    return {
        "reference": BIROLI,
        "predict": lambda part: getattr(kernel_density.predict(LOAD, _at(part)), observable),
        "sampler": lambda dim, part: sim.sampler(dim, LOAD, _at(part)),
        "measure": lambda draws: getattr(draws, observable),
        "dims": LARGE,
        "thorough": True,
    }


CONDENSED = Claim(
    name="kernel-condensation",
    title="Below a width a few points are the whole kernel density",
    section="K",
    statement=r"With $n=e^{\alpha d}$ points of $N(0,I)$ and a Gaussian kernel of width $h$, the weights of the points at a typical "
    r"$x$ condense below $h_G$, $\alpha=I(1/h_G^2)$, $I(b)=\frac12\log(1+b)-\frac{b}{2(1+b)^2}$: "
    r"$E\sum_iw_i^2=1-h^2/h_G^2$. Here $\alpha=0.3$ and $d=65{,}536$.",
    **_typical("participation"),
    **UNIT,
    grid={"part": (0.25, 0.5)},
    rivals={
        "linear in the width, 1 − h/h_G": lambda part: 1.0 - part**0.5,
        "the load where one point has the volume, ½ log(1+1/h²)": lambda part: (
            1.0 - _at(part) ** 2 * np.expm1(2.0 * LOAD)
        ),
        "no condensation": lambda part: 0.0,
    },
    label="Σw²",
)
CLT = Claim(
    name="kernel-clt",
    title="Below √2 times that width the central limit theorem fails",
    section="K",
    statement=r"The squared terms of the kernel density condense below $h_{CLT}=\sqrt2\,h_G$, $\alpha=I(2/h^2)$: "
    r"$E\sum w_i^4/(\sum w_i^2)^2=1-h^2/2h_G^2$, also between $h_G$ and $h_{CLT}$, where the terms themselves are many. "
    r"Here $\alpha=0.3$ and $d=65{,}536$.",
    **_typical("participation_squares"),
    **UNIT,
    grid={"part": (0.5, 1.2)},
    rivals={
        "it fails with condensation, at h_G": lambda part: max(0.0, 1.0 - part),
        "it fails at 2 h_G": lambda part: 1.0 - part / 4.0,
    },
    label="Σw⁴/(Σw²)²",
)
DENSITY = Claim(
    name="kernel-density",
    title="The kernel density freezes",
    section="K",
    statement=r"$\frac1d\log\frac1n\sum_ie^{-\|x-x_i\|^2/2h^2}\to\zeta(1/h^2)=-\frac12\log(1+h^{-2})-\frac{1}{2(1+h^2)}$ above "
    r"$h_G$, and $(\alpha+\zeta(1/h_G^2))h_G^2/h^2-\alpha$ below. Here $\alpha=0.3$ and $d=65{,}536$.",
    **_typical("log_density"),
    **CONCENTRATED,
    grid={"part": (0.25, 0.5, 2.0)},
    rivals={
        "no freezing, ζ(1/h²)": lambda part: kernel_density.predict(1e3, _at(part)).log_density,
        "the nearest point at √d": lambda part: -0.5 / _at(part) ** 2 - LOAD,
    },
    label="log density / d",
)


def _samples(dim):
    return round(np.exp(LOAD * dim))


def _annealed(part, dim):
    """E y²/n(E y)² of the terms y, over x and the points."""
    b = _at(part) ** -2
    return min(1.0, ((1 + 2 * b) ** 2 / (1 + 4 * b)) ** (dim / 2) / _samples(dim))


FINITE = Claim(
    name="kernel-condensation-small",
    title="Condensation in few dimensions",
    section="K",
    statement=r"At every $n$ and $d$, given $x$ and with $y=e^{-\|x-x_i\|^2/2h^2}$, "
    r"$E\sum_iw_i^2=n\int_0^\infty t\,E[y^2e^{-ty}]\,(E\,e^{-ty})^{n-1}\,dt$; here all $n=e^{\alpha d}$ points are drawn in full, "
    r"$\alpha=0.3$, $d=12$ and $d=20$ ($n=37$ and 403).",
    reference="derived (docs/derivations)",
    **UNIT,
    grid={"part": (0.25, 0.5)},
    predict=lambda part, dim: kernel_density.participation(dim, _samples(dim), _at(part)),
    sampler=lambda dim, part: sim.direct_sampler(dim, _samples(dim), _at(part)),
    measure=lambda draws: draws.participation,
    dims=(12, 20),
    exact=True,
    rivals={
        "the limit d → ∞, 1 − h²/h_G²": lambda part, dim: 1.0 - part,
        "the averages taken apart, E y²/n(E y)²": _annealed,
    },
    thorough=True,
    label="Σw²",
)


def _collapse_load(dim, scaled):
    """The load at u = √(d(1+h²)) (½ log(1+1/h²) − α), h = 1."""
    return float(kernel_density.collapse_load(1.0)) - scaled / (2.0 * dim) ** 0.5


COLLAPSE = Claim(
    name="kernel-collapse",
    title="An exact-score diffusion collapses on a training point at the capacity of its noise",
    section="K",
    statement=r"At $x_1+hz$ the weight of $x_1$ in the exact empirical score passes from 0 to 1 at $\alpha=\frac12\log(1+1/h^2)$, "
    r"within $1/\sqrt d$: $E\,w=\Phi(u)$, $u=\sqrt{d(1+h^2)}\,(\frac12\log(1+1/h^2)-\alpha)$; so the collapse time is "
    r"$-\frac12\log(1-e^{-2\alpha})$. Here $h=1$ and $d=10^6$.",
    reference="Biroli et al., arXiv 2402.18491; derived in docs/derivations",
    **UNIT,
    grid={"scaled": (0.0, 1.0)},
    predict=lambda scaled: kernel_density.collapse(scaled).own_weight,
    sampler=lambda dim, scaled: sim.collapse_sampler(dim, _collapse_load(dim, scaled), 1.0),
    measure=lambda draws: draws.own_weight,
    dims=(1_000_000,),
    rivals={
        "the load of condensation at typical points, I(1/h²)": lambda scaled: 0.0,
        "fluctuations without the noise's own, √d (…)": lambda scaled: (
            kernel_density.collapse(scaled / 2**0.5).own_weight
        ),
    },
    thorough=True,
    label="weight of the training point",
)
SPECIATION = Claim(
    name="speciation",
    title="Classes are chosen half a logarithm of the leading eigenvalue before the end",
    section="K",
    statement=r"Two backward paths cloned at $t=\frac12\log\Lambda+s$, $\Lambda$ the leading eigenvalue of data $\pm\mu+N(0,I)$, end in "
    r"one class with chance $\frac12(1+E\tanh^2(\kappa+\sqrt\kappa g))$, $\kappa=e^{-2s}$: a function of $s$ alone.",
    reference="Biroli et al., arXiv 2402.18491; derived in docs/derivations",
    **BETWEEN,
    order_source="derived: one Gaussian projection decides, and its signal d/(d+1) and noise expand in 1/d",
    grid={"offset": (-0.5, 0.5)},
    predict=lambda offset: speciation.predict(offset).agreement,
    sampler=lambda dim, offset: paths.sampler(dim, float(speciation.speciation_time(dim + 1.0)) + offset),
    measure=lambda draws: draws.agreement,
    dims=(32, 64, 128),
    rivals={
        "at log Λ, twice the time": lambda offset: 1.0,
        "a jump: one class or a coin": lambda offset: 1.0 if offset < 0 else 0.5,
    },
    label="agreement",
)

CLAIMS: tuple[Claim, ...] = (CONDENSED, CLT, DENSITY, FINITE, COLLAPSE, SPECIATION)
