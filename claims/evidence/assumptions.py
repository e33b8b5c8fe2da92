"""What a verdict rests on beside its draws: what was known, what was tested, what was assumed, what was contradicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from lingen.boundary import checked
from lingen.claims.evidence.draws import Known
from lingen.claims.evidence.extrapolation.shapes import in_words
from lingen.claims.evidence.means.tails import REACH
from lingen.claims.evidence.point import PointEvidence

if TYPE_CHECKING:
    from lingen.claims.claim import Claim

__all__ = ["DRAWS", "Assumption", "assumptions_of", "known_of", "sizes"]


class Assumption(NamedTuple):
    """One thing that a verdict rests on.

    Attributes:
        about: `draws`, `tails` or `size`.
        method: what was done.
        kind: `proved` (with a source), `tested` by the draws, `assumed`, or `contradicted` by the draws, which is why
            something else was done than what was declared allows.
        source: where it is proved, if it is.
    """

    about: str
    method: str
    kind: str
    source: str = ""


DRAWS = Assumption("draws", "draws are independent copies, by their keys", "tested")


@checked
def known_of(claim: Claim) -> Known:
    """What is known of the claim's observable."""
    if claim.deterministic:
        return Known.DETERMINISTIC
    if claim.concentration:
        return Known.CONCENTRATED
    return Known.NOTHING if claim.bounds is None else Known.BOUNDED


@checked
def assumptions_of(claim: Claim, points: Sequence[PointEvidence] = ()) -> tuple[Assumption, ...]:
    """Of a claim whose evidence is draws, with what these draws contradict."""
    wrong = [point for point in points if point.contradicted]
    tails = claim.estimate.assumption if claim.estimate is not None else None
    return (DRAWS, tails or (_contradicted(claim, wrong) if wrong else _tails(claim)), *_sizes(claim))


def _tails(claim: Claim) -> Assumption:
    match known_of(claim):
        case Known.DETERMINISTIC:
            return Assumption("tails", "all draws are one number", "tested")
        case Known.CONCENTRATED:
            words = "Student intervals with Hall's term for skewness; the observable concentrates"
            return Assumption("tails", words, "proved", claim.concentration)
        case Known.BOUNDED:
            words = "a confidence sequence by betting, for draws within the declared bounds"
            return Assumption("tails", words, "tested")
    words = (
        "Student intervals with Hall's term for skewness; finite variance, tested by Hill's index; no outcome that "
        f"stayed unseen lies farther away than those seen, or than {REACH:g} times the scale"
    )
    return Assumption("tails", words, "assumed")


def _contradicted(claim: Claim, points: Sequence[PointEvidence]) -> Assumption:
    """A concentration that was declared, and is not what the draws show."""
    index = min(point.tail for point in points)
    instead = "no interval was used" if claim.bounds is None else "the declared bounds were used"
    words = (
        f"the observable was declared to concentrate, but its draws have a tail of index {index:.2g}: where that shows, "
        f"{instead}"
    )
    return Assumption("tails", words, "contradicted", claim.concentration)


def _sizes(claim: Claim) -> tuple[Assumption, ...]:
    if claim.exact or len(claim.dims) == 1:
        return sizes(claim)
    if claim.orders:
        told = ", or ".join(in_words(order) for order in claim.orders)
        words = f"the finite-size term is of order {told} in 1/{claim.size.symbol}: of these the draws refute what they can"
        if claim.order_source:
            return (Assumption("size", words, "proved", claim.order_source),)
        tested = len(claim.dims) > 1 + max(map(len, claim.orders))
        return (Assumption("size", words, "tested" if tested else "assumed"),)
    powers = ", ".join(f"{p:g}" for p in claim.order)
    if claim.order_source:
        words = f"the finite-size term is of order {powers} in 1/{claim.size.symbol}"
        return (Assumption("size", words, "proved", claim.order_source),)
    words = "the finite-size term is one of the shapes that the draws do not refute"
    kind = "tested" if len(claim.dims) > 2 else "assumed"
    return (Assumption("size", words, kind),)


@checked
def sizes(claim: Claim) -> tuple[Assumption, ...]:
    """Of what is compared at each size as it stands."""
    if claim.exact:
        return ()
    told = f"{claim.size.symbol} = {', '.join(map(str, claim.dims))}"
    return (Assumption("size", f"{told} is as good as the limit", "assumed"),)
