"""Claims of section G: the tangent kernel at finite width."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED
from lingen.experiments.library.tangent_kernels import EXPERIMENT
from lingen.sims import tangent_kernels as sim
from lingen.theory import tangent_kernels

__all__ = ["CLAIMS"]

REPEATS = 64


def _moments(activation, angle, dim):
    """Mean and variance at width m = dim."""
    mean, fluctuation = map(float, tangent_kernels.moments(activation, angle))
    return np.asarray([mean, fluctuation / dim])


def _angled(activation, angle, dim):
    """A rival: the relative variance of angle 0."""
    mean, top = _moments(activation, angle, dim)[0], _moments(activation, 0.0, dim)
    return [mean, top[1] * (mean / top[0]) ** 2]


FLUCTUATIONS = Claim(
    name="tangent-kernel-fluctuations",
    title="The tangent kernel at width m",
    section="G",
    statement=r"$K(x,x')=\nabla f(x)\cdot\nabla f(x')$ of $f=\sqrt{2/m}\,a\cdot\mathrm{relu}(Wx)$, standard normal weights, unit inputs at the angle "
    r"$\vartheta$, has at every $m$ the mean $[\sin\vartheta+2(\pi-\vartheta)\cos\vartheta]/\pi$, at $\vartheta=0$ with the variance $12/m$; "
    r"of $f=a\cdot Wx/\sqrt m$ it has the mean $2\cos\vartheta$ and the variance $(1+3\cos^2\vartheta)/m$. Here mean and variance.",
    reference="Cho & Saul, NeurIPS 2009 (moments of a pair); " + DERIVED,
    **CONCENTRATED,
    points=tuple({"activation": name, "angle": angle} for name in ("linear", "relu") for angle in (0.0, 1.0)),
    predict=_moments,
    sampler=lambda dim, activation, angle: sim.kernel_sampler(activation, dim, angle, repeats=REPEATS),
    estimate=lambda draws: np.asarray([draws.mean(), draws.var()]),
    dims=(10,),
    exact=True,
    rivals={
        "variance 4/m for relu too": lambda activation, angle, dim: [
            _moments(activation, angle, dim)[0],
            _moments("linear", angle, dim)[1],
        ],
        "a constant kernel": lambda activation, angle, dim: [_moments(activation, angle, dim)[0], 0.0],
        "one relative variance at all angles": _angled,
    },
    components={"moment": (1, 2)},
    label="mean and variance of K",
    thorough=True,
)

DRIFT = Claim(
    name="tangent-kernel-drift",
    title="Training moves the tangent kernel by 1/m",
    section="G",
    statement=r"A linear network $f=a\cdot Wx/\sqrt m$, trained by gradient flow on one unit input to the label $y$, conserves $K^2-4f^2/m$: "
    r"$K_\infty=\sqrt{K_0^2+4(y^2-f_0^2)/m}$. With $U,V\sim\chi^2_m$ the mean growth is $E[2\sqrt{UV/m^2+y^2/m}-(U+V)/m]$ at every $m$, "
    r"near $(y^2-1)/m$ for large $m$.",
    reference=DERIVED,
    **CONCENTRATED,
    of=EXPERIMENT,
    observable="drift",
    sizes={"width": (4, 16)},
    exact=True,
    grid={"target": (3.0, 6.0)},
    rivals={
        "a constant kernel": lambda: 0.0,
        "its leading term, (y²−1)/m": lambda width, target: (target**2 - 1.0) / width,
        "the same whatever the start, √(4+4y²/m)−2": lambda width, target: (
            2.0 * (1.0 + target**2 / width) ** 0.5 - 2.0
        ),
    },
    label="growth of the tangent kernel",
)

CLAIMS: tuple[Claim, ...] = (FLUCTUATIONS, DRIFT)
