"""Claims of section F: entropic transport between Gaussians in closed form."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.sims import entropic_transport as sim
from lingen.theory import entropic_transport

__all__ = ["CLAIMS"]


def _both(first, second, epsilon):
    return np.stack(entropic_transport.predict(first, second, epsilon))


PLAN = Claim(
    name="entropic-plan",
    title="Entropic transport between Gaussians, in closed form",
    section="F",
    statement=r"For the cost $\frac12|x-y|^2$ the optimal plan of $N(0,a)$ and $N(0,b)$ has $E\,xy=c=\frac12(\sqrt{\varepsilon^2+4ab}-\varepsilon)$ and "
    r"$OT_\varepsilon=\frac12(a+b)-c-\frac\varepsilon2\log\frac{\varepsilon c}{ab}$; the Sinkhorn divergence follows. Sinkhorn's iterations on a "
    r"line of points, to $10^{-6}$.",
    reference="Janati, Muzellec, Peyré & Cuturi 2020",
    points=(
        {"first": 1.5, "second": 0.6, "epsilon": 0.5},
        {"first": 0.3, "second": 2.0, "epsilon": 3.0},
        {"first": 1.0, "second": 2.0, "epsilon": 0.2},
    ),
    predict=lambda dim, first, second, epsilon: _both(first, second, epsilon),
    sampler=lambda dim, first, second, epsilon: sim.sampler(first, second, epsilon, points=dim),
    measure=np.column_stack,
    dims=(160,),
    exact=True,
    deterministic=True,
    rivals={
        "ε/2 in place of ε, as for the cost |x−y|²": lambda dim, first, second, epsilon: _both(
            first, second, epsilon / 2.0
        ),
        "no entropy": lambda dim, first, second, epsilon: _both(first, second, 0.0),
    },
    label="E xy, OT_ε, divergence",
    resolution=1e-6,
)

CLAIMS: tuple[Claim, ...] = (PLAN,)
