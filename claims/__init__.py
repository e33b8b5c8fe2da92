"""Is it so? One claim = statement + prediction + simulation + rivals -> verdict."""

from lingen.claims.checking import Budget, check
from lingen.claims.claim import Claim
from lingen.claims.evidence.point import Outcome, PointEvidence
from lingen.claims.law_claim import LawClaim
from lingen.claims.library import registry
from lingen.claims.verdict import Verdict

__all__ = ["Budget", "Claim", "LawClaim", "Outcome", "PointEvidence", "Verdict", "check", "registry"]
