"""Claims of section G: which classes a network under weight decay forgets."""

from __future__ import annotations

import jax.random as jr
from jax.tree_util import Partial

from lingen import lazy
from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED
from lingen.sims import class_collapse as sim
from lingen.theory import class_collapse

__all__ = ["CLAIMS"]

optimize = lazy.module("scipy.optimize")


MAJORITY, MINORITY, CLASSES = 16, 4, 2


def _predicted(decay, depth):
    return class_collapse.predict(MAJORITY, MINORITY, CLASSES, decay, depth).minority_length


def _best(draw, key):
    """The best of the same starts in every draw: a minimum is one number."""
    del key
    return draw(jr.key(0)).minority_length


def _lasting(decay, depth):
    """A rival: the upper minimum wherever there is one, not only where it is the lower of the two."""
    label, power = MINORITY**0.5, 2.0 / depth
    penalty = CLASSES * (MAJORITY + MINORITY) * decay
    turn = 1e-12 + (penalty * max(1.0 - power, 0.0)) ** (1.0 / (2.0 - power))

    def slope(z: float) -> float:
        return z - label + penalty * z ** (power - 1.0)

    # the slope is least where the curvature turns
    return optimize.brentq(slope, turn, label) if slope(turn) < 0.0 else 0.0


COLLAPSE = Claim(
    name="class-collapse",
    title="Weight decay makes deep networks forget small classes at once",
    section="G",
    statement=r"At the global minimum of $\frac1{2N}\|W_M\cdots W_1-Y\|^2+\frac\lambda2\sum\|W_i\|^2$, $Y$ the 0/1 labels of classes of $n_k$ samples, "
    r"the vector of class $k$ has the length $(\sqrt{n_k}-N\lambda)_+$ for $M=2$; for $M\ge3$ the upper root of $z-\sqrt{n_k}+N\lambda z^{2/M-1}=0$ if "
    r"$\sqrt{n_k}>\frac{M-1}{M-2}(N\lambda(M-2))^{M/(2M-2)}$, else 0. Two classes of 16 and two of 4 samples; here the latter.",
    reference=DERIVED,
    points=tuple(
        {"decay": decay, "depth": depth}
        for decay, depth in ((0.0375, 2), (0.02, 3), (0.0275, 3), (0.0125, 4))
    ),
    predict=lambda decay, depth, dim: _predicted(decay, depth),
    sampler=lambda dim, decay, depth: Partial(
        _best, sim.sampler(MAJORITY, MINORITY, CLASSES, decay=decay, depth=depth)
    ),
    dims=(1,),
    exact=True,
    scale=1.0,
    deterministic=True,
    rivals={
        "the rule of two layers at every depth": lambda decay, depth, dim: _predicted(decay, 2),
        "no collapse: √n_k": lambda decay, depth, dim: MINORITY**0.5,
        "the upper minimum wherever there is one": lambda decay, depth, dim: _lasting(decay, depth),
    },
    label="length of a small class",
)

CLAIMS: tuple[Claim, ...] = (COLLAPSE,)
