"""Is it so? One claim = statement + prediction + simulation + rivals -> verdict."""

from lingen.claims.checking import Budget, check
from lingen.claims.claim import Claim
from lingen.claims.evidence.point import Outcome, PointEvidence
from lingen.claims.library import registry
from lingen.claims.verdict import Verdict

__all__ = ["Budget", "Claim", "Outcome", "PointEvidence", "Verdict", "check", "registry"]
