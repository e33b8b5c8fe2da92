"""Populations by name, and the one behind a sample: what `lingen.population` offers.

The constructors are those of `lingen.models.population`; `estimate` and `from_spectrum` invert the
Marchenko–Pastur map, and so belong to `lingen.theory`.
"""

from lingen.models.population import (
    Population,
    atoms,
    from_covariance,
    from_samples,
    isotropic,
    power_law,
    spiked,
    stationary,
)
from lingen.theory.inversion.estimates import EstimatedPopulation, estimate, from_spectrum

__all__ = [
    "EstimatedPopulation",
    "Population",
    "atoms",
    "estimate",
    "from_covariance",
    "from_samples",
    "from_spectrum",
    "isotropic",
    "power_law",
    "spiked",
    "stationary",
]
