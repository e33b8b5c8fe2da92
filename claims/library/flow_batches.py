"""Claims of section F: one batch in the self term makes points stick to themselves."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import BOUNDED_PARTS, DERIVED
from lingen.experiments.library.flow_batches import EXPERIMENT
from lingen.theory import flow_batches

__all__ = ["CLAIMS"]


def _claim(name: str, dim: int, points: int, epsilons: tuple[float, ...]) -> Claim:
    return Claim(
        name=name,
        title=f"In one batch points stick to themselves, d = {dim}",
        section="F",
        of=EXPERIMENT,
        observable="one_batch",
        sizes={"dim": (dim,)},
        exact=True,
        statement=r"In the entropic plan of a batch of $N$ points with itself a point is sent to itself with the chance $W=k/(N+k)$, "
        r"$k=(1-r^2)^{-d/2}e^{|x|^2r/(1+r)}$, so that the self term is $E[\frac{|x|^2}d(W+(1-W)r)]$ in place of $r$, and the generator shrinks; "
        r"with two batches it has the law of the target term. To 8 %: in the crossover the formula errs by up to 5 %.",
        reference=DERIVED,
        **BOUNDED_PARTS,
        grid={"epsilon": epsilons, "points": (points,)},
        rivals={
            "no bias, r": lambda epsilon: flow_batches.correlation(epsilon),
            "every point sticks": lambda epsilon: 1.0,
        },
        thorough=dim > 8,
        resolution=0.08,
    )


CLAIMS: tuple[Claim, ...] = (
    _claim("flow-batches", 32, 256, (2.0, 8.0)),
    _claim("flow-batches-small", 8, 64, (40.0,)),
)
