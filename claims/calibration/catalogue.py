"""All families that are planted: means, other estimates, and whole laws."""

from __future__ import annotations

from lingen.claims.calibration.estimates import ESTIMATES
from lingen.claims.calibration.families import BOUNDED, INFINITE, LIGHT_TAILED, UNKNOWN, Family
from lingen.claims.calibration.orders import ORDERS, UNTRUE
from lingen.claims.calibration.whole_laws import LAWS, LawFamily

__all__ = ["FAMILIES", "MEANS"]

MEANS: tuple[Family, ...] = (*BOUNDED, *LIGHT_TAILED, *UNKNOWN, *ORDERS, *INFINITE, *UNTRUE)
FAMILIES: tuple[Family | LawFamily, ...] = (*MEANS, *ESTIMATES, *LAWS)
