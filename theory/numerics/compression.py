"""Spectra of many eigenvalues, compressed: a quadrature of some 15 nodes a decade for the bulk law H.

Every prediction without a cut in the spectrum is an integral over H of functions such as σ/(σ+κ), κ > 0,
which are analytic in log σ on a strip: |Im log σ| < π, or less where κ runs along a contour. The range of
log σ is cut into panels, and in each the function is interpolated at Chebyshev points, exactly to
(b+√(1+b²))^{−44} with b the strip over half the panel: round-off for three decades and |Im log σ| < π
(derived). The adjoint gives the nodes weights, some of them negative, which integrate like H. A panel
takes what w√σ it holds, so that it keeps its digits in the trace and in the count alike, however little of
the one or the other it has: the weights of a spectrum may differ by any factor.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from lingen.boundary import checked
from lingen.checks import at_hand, is_traced
from lingen.models.population import Population

__all__ = ["NODES", "STEP", "UNKNOWN", "compress", "lengthened"]

NODES = 44
"""Nodes of a panel."""
_PANEL = 3.0 * np.log(10.0) / np.pi  # of one unit of the strip
STEP = 16
"""Numbers of atoms are rounded up to multiples of it."""
UNKNOWN = 24.0 * np.log(10.0)
"""The range of log σ that nodes are given for where eigenvalues are traced."""
_MARGIN = 1.02


@checked
def compress(population: Population, strip: float = np.pi) -> Population:
    """The same bulk law to round-off in at most NODES atoms a panel, and 0; unchanged where it has no more.

    Zero eigenvalues stay an atom of their own. Good for smooth functions of σ > 0 alone: filters of ranks
    and densities see the difference.

    Args:
        population: bulk law of Σ.
        strip: the largest |Im log σ| up to which the functions to be integrated are analytic.
    """
    panels = _panels(population.eigenvalues, strip)
    if population.eigenvalues.size <= NODES * panels + 1:
        return population
    sigma, weight = at_hand(population.eigenvalues), at_hand(population.weights)
    xp: Any = jnp if is_traced((sigma, weight)) else np  # nothing is compiled for known numbers
    alive = sigma > 0
    logs = xp.log(xp.where(alive, sigma, xp.max(sigma)))
    low, high = xp.min(logs), xp.max(logs)
    half = xp.maximum((high - low) / (2 * panels), 0.05)
    place = xp.clip(xp.floor((logs - low) / (2 * half)), 0, panels - 1)
    inside = (logs - low - half * (2 * place + 1)) / (_MARGIN * half)  # off ±1, where arccos is not smooth
    mass = xp.where(alive, weight * xp.exp(0.5 * logs), 0.0)
    held = xp.where(place == np.arange(panels)[:, None], mass, 0.0)
    moments = held @ xp.cos(xp.arccos(inside)[:, None] * np.arange(NODES))  # Σ w√σ cos mθ
    angles = np.pi * (np.arange(NODES) + 0.5) / NODES
    basis = np.cos(np.outer(np.arange(NODES), angles)) * np.where(np.arange(NODES) == 0, 1.0, 2.0)[:, None]
    nodes = low + half * (2 * np.arange(panels)[:, None] + 1 + _MARGIN * np.cos(angles))
    weights = (moments @ (basis / NODES)) * xp.exp(-0.5 * nodes)
    dead = xp.sum(xp.where(alive, 0.0, weight))
    return Population(
        xp.append(xp.exp(nodes).ravel(), 0.0),
        xp.append(weights.ravel(), dead),
        population.spikes,
        population.dim,
    )


@checked
def lengthened(population: Population) -> Population:
    """The same bulk law with atoms of no weight, up to a number of atoms that other laws have too.

    Of known numbers alone, and of more than STEP of them; another number would be compiled anew.
    """
    sigma, weight = at_hand(population.eigenvalues), at_hand(population.weights)
    more = -sigma.size % STEP
    if sigma.size <= STEP or not more or is_traced((sigma, weight)):
        return population
    return population.replace(
        eigenvalues=np.append(sigma, np.full(more, sigma[-1])), weights=np.append(weight, np.zeros(more))
    )


def _panels(sigma: Array, strip: float) -> int:
    """How many panels the range of log σ needs."""
    width = UNKNOWN
    if not is_traced(sigma):
        known = np.asarray(sigma)
        alive = known[known > 0]
        width = np.log(alive.max()) - np.log(alive.min())
    return max(1, int(np.ceil(width / (_PANEL * strip) - 1e-9)))
