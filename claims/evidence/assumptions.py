"""What a verdict rests on beside its draws: what was known, what was tested, what was assumed."""

from __future__ import annotations

from typing import NamedTuple

from lingen.boundary import checked
from lingen.claims.claim import Claim
from lingen.claims.evidence.draws import Known
from lingen.claims.evidence.tails import REACH

__all__ = ["Assumption", "assumptions_of", "known_of"]


class Assumption(NamedTuple):
    """One thing that a verdict rests on.

    Attributes:
        about: `draws`, `tails` or `size`.
        method: what was done.
        kind: `proved` (with a source), `tested` by the draws, or `assumed`.
        source: where it is proved, if it is.
    """

    about: str
    method: str
    kind: str
    source: str = ""


@checked
def known_of(claim: Claim) -> Known:
    """What is known of the claim's observable."""
    if claim.deterministic:
        return Known.DETERMINISTIC
    if claim.concentration:
        return Known.CONCENTRATED
    return Known.NOTHING if claim.bounds is None else Known.BOUNDED


@checked
def assumptions_of(claim: Claim) -> tuple[Assumption, ...]:
    """Of a claim whose evidence is draws."""
    draws = Assumption("draws", "draws are independent copies, by their keys", "tested")
    return (draws, _tails(claim), *_sizes(claim))


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


def _sizes(claim: Claim) -> tuple[Assumption, ...]:
    if claim.exact:
        return ()
    if len(claim.dims) == 1:
        return (Assumption("size", f"d = {claim.dims[0]} is as good as the limit", "assumed"),)
    powers = ", ".join(f"{p:g}" for p in claim.order)
    if claim.order_source:
        words = f"the finite-size term is of order {powers} in 1/d"
        return (Assumption("size", words, "proved", claim.order_source),)
    words = "the finite-size term is one of the shapes that the draws do not refute"
    kind = "tested" if len(claim.dims) > 2 else "assumed"
    return (Assumption("size", words, kind),)
