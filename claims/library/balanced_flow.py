"""Claims of section G: two layers between rich and lazy learning."""

from __future__ import annotations

import jax.random as jr
import numpy as np
from jax.tree_util import Partial

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, SMOOTH
from lingen.experiments.library.balanced_flow import EXPERIMENT
from lingen.models import population
from lingen.models.filters import early_stopped
from lingen.sims import balanced_flow as sim
from lingen.theory import balanced_flow, convergence

__all__ = ["CLAIMS"]

REFERENCE = "Dominé et al., arXiv 2409.14623; " + DERIVED
TARGETS = np.array([0.5, 1.0, 2.0, 3.0])
TIME = 0.7


def _one(draw, key):
    """The same target in every draw: its strengths do not hang on its directions."""
    del key
    return draw(jr.key(0))


def _sigmoid(balance):
    """The rich limit from the size that the balance stands for, a(0) = b/4."""
    return TARGETS / (1.0 + (4.0 * TARGETS / balance - 1.0) * np.exp(-2.0 * TARGETS * TIME))


CURVES = Claim(
    name="balanced-curves",
    title="Two layers from a balanced start, exactly",
    section="G",
    statement=r"From $W_1=0$, $W_2=\sqrt b\times$ orthogonal, $W_2W_1$ learns a target of singular values $s$, whatever its vectors, along "
    r"$a(t)=\frac b4(y-\frac1y)$, $y-1=\frac{(e^u-1)(1-E)}{1+e^u\tanh(u/2)E}$, $u=\mathrm{asinh}\frac{2s}b$, $E=e^{-\sqrt{b^2+4s^2}t}$. "
    r"Here $s=\frac12,1,2,3$ at $t=0.7$.",
    reference=REFERENCE,
    grid={"balance": (0.1, 1.0, 10.0)},
    predict=lambda balance, dim: np.asarray(balanced_flow.strength(TARGETS, TIME, balance)),
    sampler=lambda dim, balance: Partial(_one, sim.mode_sampler(TARGETS, TIME, balance)),
    dims=(4,),
    exact=True,
    deterministic=True,
    rivals={
        "lazy layers, s(1−e^{−bt})": lambda balance, dim: TARGETS * -np.expm1(-balance * TIME),
        "rich layers, a sigmoid from b/4": lambda balance, dim: _sigmoid(balance),
    },
    components={"target": tuple(TARGETS)},
    label="strength of modes",
)


def _lazy(load, time, balance, noise):
    """A denoiser of one layer at the time bt/2: dW/dt is −2 times its slope there."""
    return convergence.overlap(population.isotropic(), load, early_stopped(balance * time / 2.0, noise))


AGREEMENT = Claim(
    name="balanced-agreement",
    title="Agreement of two-layer denoisers between rich and lazy",
    section="G",
    statement=r"Trained from a balanced start for the time $t$, a two-layer denoiser of $S$ at noise $s$ is the filter $g_t(\lambda)$: $a$ of the "
    r"target $\lambda/(\lambda+s)$ at $(\lambda+s)t$; two of them, of disjoint data with $\Sigma=I$, agree by $q=\tau(g)^2/\tau(g^2)$. Here $\gamma=2$, $s=\frac12$.",
    reference=REFERENCE,
    **SMOOTH,
    of=EXPERIMENT,
    observable="convergence",
    sizes={"dim": (16, 32)},
    points=tuple(
        {"load": 2.0, "time": time, "balance": balance, "noise": 0.5}
        for time, balance in ((1.5, 0.1), (0.5, 1.0))
    ),
    rivals={
        "lazy layers": _lazy,
        "trained to the end": lambda load, noise: convergence.overlap(
            population.isotropic(), load, early_stopped(1e3, noise)
        ),
    },
    label="convergence q",
    thorough=True,
)

CLAIMS: tuple[Claim, ...] = (CURVES, AGREEMENT)
