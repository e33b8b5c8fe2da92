"""Neural collapse under weight decay at any depth: which classes a network of free features forgets (G7).

K classes of n_k samples each, N in all, Y their 0/1 label matrix, and M factors, the first of which is free
features, one column a sample. The minimum of (1/2N)‖W_M…W₁ − Y‖² + (λ/2) Σ‖W_i‖² has orthogonal class
vectors: the rows of W_M…W₁ have lengths z_k, and with y = √n_k and μ = Nλ

    M = 2:  z = (y − μ)₊;        M >= 3:  z − y + μ z^{2/M−1} = 0 (upper root) if y > y_c, else z = 0,

y_c = (M−1)/(M−2) (μ(M−2))^{M/(2M−2)}: there z jumps from (M−2)/(M−1) y_c to 0. Two layers lose a class
smoothly, deeper networks at once.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import integer, is_traced, nonnegative, positive, representable
from lingen.models.learning import ClassCollapse
from lingen.theory.numerics.shapes import broadcast

__all__ = ["lengths", "predict", "threshold"]

_NEWTON = 64


@checked
@representable
def lengths(counts: ArrayLike, decay: ArrayLike, depth: int) -> Float[Array, "... k"]:
    """z_k, the lengths of the class vectors at the global minimum; 0 for a class that collapses.

    Args:
        counts: n_k > 0 samples of each class, shape (..., K); N is their sum.
        decay: λ >= 0, any shape; broadcasts with the leading axes of `counts`.
        depth: M >= 2 factors, the free features among them.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, G7).
    """
    depth = integer("depth", depth, low=2)
    counts, decay = positive("counts", counts), nonnegative("decay", decay)
    if counts.ndim == 0 or counts.shape[-1] == 0:
        raise ValueError(f"counts must hold the samples of at least one class, got shape {counts.shape}")
    return _lengths(counts, decay, depth)


@partial(jax.jit, static_argnames="depth")
def _lengths(counts: Array, decay: Array, depth: int) -> Array:
    penalty = (jnp.sum(counts, axis=-1) * decay)[..., None]
    root = jnp.sqrt(counts)
    if depth == 2:
        return jnp.maximum(root - penalty, 0.0)
    # z = y r turns the equation into r − 1 + β r^{2/M−1} = 0, with a minimum at r > 0 for β below β_c
    power = 2.0 / depth - 1.0
    strength = penalty * root ** (power - 1.0)
    alive = strength < ((depth - 2.0) / (depth - 1.0)) ** (1.0 - power) / (depth - 2.0)
    return root * jnp.where(alive, _upper(jnp.where(alive, strength, 0.0), power), 0.0)


@checked
@representable
def threshold(samples: ArrayLike, decay: ArrayLike, depth: int) -> Float[Array, "..."]:
    """y_c², the samples of a class at and below which it collapses; N²λ² for two factors.

    Args:
        samples: N > 0 of all classes together, any shape.
        decay: λ >= 0; broadcasts.
        depth: M >= 2.

    Raises:
        ValueError: for a number out of range.
    """
    depth = integer("depth", depth, low=2)
    penalty = positive("samples", samples) * nonnegative("decay", decay)
    if depth == 2:
        return penalty**2
    return ((depth - 1.0) / (depth - 2.0)) ** 2 * (penalty * (depth - 2.0)) ** (depth / (depth - 1.0))


@checked
def predict(
    majority: ArrayLike, minority: ArrayLike, classes: int, decay: ArrayLike, depth: int
) -> ClassCollapse:
    """The observables of `lingen.sims.class_collapse.sampler`, of as many classes of either kind.

    Raises:
        ValueError: for a number out of range, or a minority above the majority.
    """
    large, small = positive("majority", majority), positive("minority", minority)
    if not is_traced((large, small)) and np.any(np.asarray(small) > np.asarray(large)):
        raise ValueError(f"minority must be at most majority = {np.min(large):g}, got {np.max(small):g}")
    classes = integer("classes", classes, low=1)
    pair = jnp.stack(broadcast(large, small), axis=-1)
    # N of one class of either kind, times their number
    found = lengths(pair, classes * nonnegative("decay", decay), depth)
    return ClassCollapse(found[..., 0], found[..., 1])


@partial(jax.jit, static_argnames="power")
def _upper(strength: Array, power: float) -> Array:
    """The upper root of r − 1 + β r^p, p < 0: convex, so Newton falls to it from r = 1."""

    def step(r: Array) -> Array:
        value = r - 1.0 + strength * r**power
        return r - value / (1.0 + power * strength * r ** (power - 1.0))

    found = jax.lax.fori_loop(0, _NEWTON, lambda _, r: step(r), jnp.ones_like(strength))
    return step(jax.lax.stop_gradient(found))  # which carries the derivatives
