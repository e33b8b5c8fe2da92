"""What the draws have not shown: heavy tails, and outcomes too rare to have been seen.

With n draws a class of outcomes of probability up to log(1/level)/n may have stayed unseen. Where nothing is known of
an observable it is taken to lie as far from the mean as anything seen, and at least `REACH` times the scale of the claim
away. The index of a tail P(X > x) ~ x^{−a} is Hill's estimate (1975) from the √n draws that lie farthest out; the mean
has a variance only if a > 2.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.means.sums import KEPT, RunningSums

__all__ = ["HEAVY", "REACH", "draws_to_see", "tail_index", "unseen"]

REACH = 5.0
"""An outcome not yet seen is taken to lie this many scales away, if nothing is known."""
HEAVY = 2.5
"""Below this estimate of a tail's index the variance may be infinite: Hill's error is about a tenth."""
LEAST_TAIL = 16
"""Draws in the tail for an estimate of its index."""


def unseen(
    sums: RunningSums, scale: Float[np.ndarray, "*shape"], level: float, group: int = 1
) -> Float[np.ndarray, "*shape"]:
    """How much an outcome that was not drawn could move the mean: log(1/level)/n times its distance.

    Where what was summed are means of `group` draws, the one that lies farthest may owe that to a single draw.
    """
    seen = np.maximum(sums.highest.max(axis=0) - sums.mean, sums.mean - sums.lowest.min(axis=0))
    return np.log(1 / level) / (sums.draws * group) * np.maximum(group * seen, REACH * scale)


def draws_to_see(level: float, share: float) -> int:
    """Draws after which an outcome `REACH` scales away can move the mean by at most `share` scales."""
    return int(np.ceil(np.log(1 / level) * REACH / share))


def tail_index(sums: RunningSums) -> Float[np.ndarray, "*shape"]:
    """The smaller index of the two tails; infinite where the draws are too few to tell."""
    count = min(int(np.sqrt(sums.draws)), KEPT - 1)
    if count < LEAST_TAIL:
        return np.full(sums.mean.shape, np.inf)
    return np.minimum(_hill(sums.highest - sums.centre, count), _hill(sums.centre - sums.lowest, count))


def _hill(beyond: Float[np.ndarray, "kept ..."], count: int) -> Float[np.ndarray, "*shape"]:
    ordered = np.sort(beyond, axis=0)[::-1][: count + 1]
    threshold = ordered[count]
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.log(ordered[:count] / threshold).mean(axis=0)
        return np.where((threshold > 0) & (excess > 0), 1 / excess, np.inf)
