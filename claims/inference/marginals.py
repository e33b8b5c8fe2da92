"""The marginal likelihood of measurements that are linear in amplitudes with normal priors, in closed form.

y = Σ_j s_j a_j r_j + noise,  a_j and noise standard normal:   log N(y; 0, I + Σ_j s_j² r_j r_jᵀ).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lingen.boundary import checked

__all__ = ["marginal", "triangle"]


@checked
def triangle(y: np.ndarray, terms: Sequence[np.ndarray]) -> tuple[list[list], list, np.ndarray]:
    """Gram and Schmidt: the columns R and Qᵀy of orthonormal Q, and what of |y|² is outside."""
    base: list[np.ndarray] = []
    inner: list[list] = []
    seen: list[np.ndarray] = []
    rest = y
    for term in terms:
        entries: list[np.ndarray] = []
        for _ in range(2):  # twice is enough
            for i, unit in enumerate(base):
                part = (unit * term).sum(axis=-1)
                term = term - part[..., None] * unit
                if len(entries) <= i:
                    entries.append(part)
                else:
                    entries[i] = entries[i] + part
        norm = np.sqrt((term**2).sum(axis=-1))
        unit = term / np.maximum(norm, 1e-300)[..., None]
        inner.append([*entries, norm])
        base.append(unit)
        seen.append((unit * rest).sum(axis=-1))
        rest = rest - seen[-1][..., None] * unit
    return inner, seen, (rest**2).sum(axis=-1)


@checked
def marginal(
    inner: Sequence[Sequence[np.ndarray]], seen: Sequence[np.ndarray], widths: np.ndarray
) -> np.ndarray:
    """log N(w; 0, I + Σ s_j² r_j r_jᵀ) without its (2π)s, by one root I − f v vᵀ after the other."""
    count = len(inner)
    zero = np.zeros_like(seen[0])
    left = [
        [s * x for x in column] + [zero] * (count - len(column))
        for s, column in zip(widths, inner, strict=True)
    ]
    w, log_det = list(seen), zero
    for j in range(count):
        v = left[j]
        square = sum(x * x for x in v)
        log_det = log_det + np.log1p(square)
        factor = (1 - 1 / np.sqrt(1 + square)) / np.maximum(square, 1e-300)
        for other in (w, *left[j + 1 :]):
            part = factor * sum(x * z for x, z in zip(v, other, strict=True))
            other[:] = [z - part * x for x, z in zip(v, other, strict=True)]
    return -0.5 * (log_det + sum(x * x for x in w))
