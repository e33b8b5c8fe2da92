"""A claim that draws follow a law: the Kolmogorov distance sup|F_n − F| with a bound that holds for every law.

By the Dvoretzky–Kiefer–Wolfowitz inequality with Massart's constant (1990) the distance of n draws from their own law exceeds ε
with probability at most 2e^{−2nε²}, whatever that law, continuous or discrete. So the distance D of the draws' law from the one
that is claimed lies within ε of the distance that is measured, for the claim and for all rivals at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from lingen.claims import fields
from lingen.claims.claim import Claim
from lingen.claims.evidence.answer import Drawn, Evidence
from lingen.claims.evidence.assumptions import DRAWS, Assumption, sizes
from lingen.claims.evidence.law_site import LawSite
from lingen.claims.evidence.point import PointEvidence

__all__ = ["LawClaim"]

MASSART = Assumption(
    "tails", "the Dvoretzky–Kiefer–Wolfowitz inequality, for every law", "proved", "Massart 1990"
)


@fields.spelt
@dataclass(frozen=True, eq=False, repr=False)
class LawClaim(Claim):
    """A claim that a number drawn at each point follows a law.

    It holds where the distance sup|F − G| of the law F of the draws from the law G that is claimed is below `resolution`
    everywhere, and is refuted where it is above; 0.02 takes some 20,000 draws. Draws are compared at every dimension as it
    stands: a law for d → ∞ is one for dimensions at which it is as good as reached. Fields are those of `Claim`, but for
    what is only meaningful for means.

    Attributes:
        law: `law(**point)`, or `law(dim=d, **point)` when `exact`, gives a cumulative distribution function such as
            `scipy.stats.norm(0, 2).cdf`, of one number or of an array; continuous from the right, jumps and all. It needs no
            tolerance of its own: draws that differ by rounding alone are one, and a jump that near is theirs.
        rivals: other laws, by name, with the signature of `law`.

    Raises:
        ValueError: naming the field that cannot be.
    """

    _theory = "law"

    _: KW_ONLY
    law: Callable[..., Callable[[Any], Any]]
    predict: Callable[..., Any] = field(default=lambda **point: 0.0, init=False)
    dims: tuple[int, ...] = (256,)

    @property
    def evidence(self) -> Evidence:
        """How its evidence is shown."""
        shown = "distribution function of the draws as a line with its band, the laws dashed"
        return Drawn(self.dims, self.exact or len(self.dims) > 1, self.size, "law", shown)

    @property
    def advice(self) -> str:
        """Nothing makes it cheaper."""
        return ""

    def site(self, index: int, key: Any) -> LawSite:
        """The cells of one of its points."""
        return LawSite(self, index, key)

    def assumptions(self, points: Sequence[PointEvidence]) -> tuple[Assumption, ...]:
        """What an answer from this evidence rests on."""
        return (DRAWS, MASSART, *sizes(self))

    def _check_functions(self) -> None:
        super()._check_functions()
        fields.function("law", self.law)

    def _check_numbers(self) -> None:
        super()._check_numbers()
        of_means = ("estimate", "orders", "scale", "bounds", "concentration", "order_source")
        fields.absent(self, of_means, "where law is given: it is about means")

    def _check_signatures(self) -> None:
        super()._check_signatures()
        if self.settle is None:
            fields.takes("law", self.law, (), ["dim", *self.points[0]] if self.exact else self.points[0])
