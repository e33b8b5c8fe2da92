"""Claims of section G: which classes a network under weight decay forgets."""

from __future__ import annotations

from scipy.optimize import brentq

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED
from lingen.experiments.library.class_collapse import EXPERIMENT
from lingen.theory import class_collapse

__all__ = ["CLAIMS"]


def _two_layers(majority, minority, classes, decay):
    """What two layers would do, whatever the depth."""
    return class_collapse.predict(majority, minority, classes, decay, 2).minority_length


def _lasting(majority, minority, classes, decay, depth):
    """The upper minimum wherever there is one, not only where it is the lower of the two."""
    label, penalty, power = minority**0.5, classes * (majority + minority) * decay, 2.0 / depth
    turn = 1e-12 + (penalty * max(1.0 - power, 0.0)) ** (1.0 / (2.0 - power))

    def slope(z: float) -> float:
        return z - label + penalty * z ** (power - 1.0)

    # the slope is least where the curvature turns
    return brentq(slope, turn, label) if slope(turn) < 0.0 else 0.0


COLLAPSE = Claim(
    name="class-collapse",
    title="Weight decay makes deep networks forget small classes at once",
    section="G",
    statement=r"At the global minimum of $\frac1{2N}\|W_M\cdots W_1-Y\|^2+\frac\lambda2\sum\|W_i\|^2$, $Y$ the 0/1 labels of classes of $n_k$ samples, "
    r"the vector of class $k$ has the length $(\sqrt{n_k}-N\lambda)_+$ for $M=2$; for $M\ge3$ the upper root of $z-\sqrt{n_k}+N\lambda z^{2/M-1}=0$ if "
    r"$\sqrt{n_k}>\frac{M-1}{M-2}(N\lambda(M-2))^{M/(2M-2)}$, else 0. Two classes of 16 and two of 4 samples; here the latter.",
    reference=DERIVED,
    of=EXPERIMENT,
    observable="minority_length",
    points=tuple(
        {"majority": 16, "minority": 4, "classes": 2, "decay": decay, "depth": depth}
        for decay, depth in ((0.0375, 2), (0.02, 3), (0.0275, 3), (0.0125, 4))
    ),
    scale=1.0,
    deterministic=True,
    rivals={
        "the rule of two layers at every depth": _two_layers,
        "no collapse: √n_k": lambda minority: minority**0.5,
        "the upper minimum wherever there is one": _lasting,
    },
    label="length of a small class",
)

CLAIMS: tuple[Claim, ...] = (COLLAPSE,)
