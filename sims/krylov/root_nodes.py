"""Square roots as sums of resolvents: √μ = (1/π)∫_0^∞ v^{−1/2} μ/(μ+v) dv, on a fixed set of nodes."""

from __future__ import annotations

import numpy as np

__all__ = ["square_root_rule"]

NODES = 96
STRETCH = 6.0
REACH = 2.2


def square_root_rule() -> tuple[np.ndarray, np.ndarray]:
    """Nodes v and weights w with |√μ − Σ_j w_j μ/(μ+v_j)| < 1e-11 for every 0 <= μ <= 1.

    Trapezoidal rule after v = exp(2 s sinh u), whose integrand decays doubly exponentially.
    """
    u, step = np.linspace(-REACH, REACH, NODES, retstep=True)
    x = STRETCH * np.sinh(u)
    return np.exp(2.0 * x), 2.0 / np.pi * np.exp(x) * STRETCH * np.cosh(u) * step
