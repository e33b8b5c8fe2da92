"""Claims of section F: gradient flows of Gaussian laws, mode by mode, and the generators they make."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, SMOOTH
from lingen.models import population
from lingen.sims import flows as sim
from lingen.theory import convergence, flows

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TIME = 1.0

CLOUD = Claim(
    name="flow-cloud",
    title="A cloud flows along the Sinkhorn divergence as its variance foretells",
    section="F",
    statement=r"A cloud of points that flows down the Sinkhorn divergence to $N(0,b)$ keeps Gaussian, with the variance "
    r"$\dot a=\sqrt{\varepsilon^2+4ab}-\sqrt{\varepsilon^2+4a^2}$, $a(0)=1$; $t=1$. Plans by Sinkhorn's iterations on weighted points; to $10^{-5}$.",
    reference=DERIVED,
    points=(
        {"target": 0.3, "epsilon": 1.0},
        {"target": 2.0, "epsilon": 1.0},
        {"target": 0.6, "epsilon": 0.5},
    ),
    predict=lambda dim, target, epsilon: flows.variance(target, TIME, "sinkhorn", epsilon),
    sampler=lambda dim, target, epsilon: sim.cloud_sampler(target, time=TIME, epsilon=epsilon, points=dim),
    measure=lambda draws: draws.variance,
    dims=(64,),
    exact=True,
    deterministic=True,
    rivals={
        "ε/2 in place of ε": lambda dim, target, epsilon: flows.variance(
            target, TIME, "sinkhorn", epsilon / 2.0
        ),
        "the flow of W2": lambda dim, target, epsilon: flows.variance(target, TIME, "wasserstein2"),
        "the flow of KL": lambda dim, target, epsilon: flows.variance(target, TIME, "kl"),
    },
    label="variance",
    resolution=1e-5,
)

LATE = 24.0
BIAS = Claim(
    name="flow-bias",
    title="Without debiasing modes below ε are lost",
    section="F",
    statement=r"A cloud that flows down $OT_\varepsilon$ itself ends with the variance $(b-\varepsilon)_+$: modes weaker than $\varepsilon$ are lost, as in "
    r"posterior collapse with $\beta=\varepsilon$; $t=24$, to $10^{-4}$ of the variance at the start.",
    reference=DERIVED,
    points=({"target": 1.5, "epsilon": 0.5}, {"target": 0.6, "epsilon": 1.0}),
    predict=lambda dim, target, epsilon: max(target - epsilon, 0.0),
    sampler=lambda dim, target, epsilon: sim.cloud_sampler(
        target, time=LATE, flow="entropic", epsilon=epsilon, points=dim, steps=48
    ),
    measure=lambda draws: draws.variance,
    dims=(64,),
    exact=True,
    deterministic=True,
    scale=1.0,
    rivals={
        "the target's variance b": lambda dim, target, epsilon: target,
        "a threshold at 2ε": lambda dim, target, epsilon: max(target - 2.0 * epsilon, 0.0),
    },
    label="variance",
    resolution=1e-4,
)

LOAD = 2.0


def _overlap(flow):
    return flows.overlap(ISOTROPIC, LOAD, TIME, flow, 1.0)


GENERATORS = Claim(
    name="flow-generators",
    title="Two generators agree more on the way than at the end",
    section="F",
    statement=r"A generator that flows from $G=1$ towards $N(0,S)$ is a spectral filter of $S$ at any time, so that two of them on disjoint data have "
    r"$q_t=\tau(g_t)^2/\tau(g_t^2)$; for $W_2$, $E=e^{-t}$ and $F=\tau\sqrt S$ it is $(E+(1-E)F)^2/(E^2+2E(1-E)F+(1-E)^2)$. $\Sigma=I$, "
    r"$\gamma=2$, $t=1$, $\varepsilon=1$; flows of matrices.",
    reference=DERIVED,
    **SMOOTH,
    grid={"flow": ("kl", "wasserstein2", "sinkhorn")},
    predict=_overlap,
    sampler=lambda dim, flow: sim.sampler(
        ISOTROPIC, dim, LOAD, time=TIME, flow=flow, steps=8 if flow != "kl" else 48
    ),
    measure=lambda draws: draws.convergence,
    dims=(8, 16, 24),
    rivals={
        "the end of the flow, q of the Gaussian": lambda flow: convergence.overlap(ISOTROPIC, LOAD),
        "as far as the flow of W2, whatever flows": lambda flow: _overlap("wasserstein2"),
    },
    label="convergence q",
)

CLAIMS: tuple[Claim, ...] = (CLOUD, BIAS, GENERATORS)
