"""All families that are planted: means, other estimates, and whole laws."""

from __future__ import annotations

from lingen.claims.calibration.estimates import ESTIMATES
from lingen.claims.calibration.families import MEANS, Family
from lingen.claims.calibration.whole_laws import LAWS, LawFamily

__all__ = ["FAMILIES"]

FAMILIES: tuple[Family | LawFamily, ...] = (*MEANS, *ESTIMATES, *LAWS)
