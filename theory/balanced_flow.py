"""Two linear layers from a balanced start: between rich and lazy learning, exactly (G5).

With W₂ᵀW₂ − W₁W₁ᵀ = b1, kept by the flow, and W₁ = 0 at first, W₂W₁ keeps the singular vectors of its target
whatever they are; a target s of whitened inputs is learnt along ȧ = √(b²+4a²)(s−a), a(0) = 0:

    a(t) = (b/4)(y − 1/y),      y − 1 = (e^u − 1)(1 − E)/(1 + e^u tanh(u/2) E),

u = asinh(2s/b), E = e^{−√(b²+4s²) t}.

For b → ∞ the layers are lazy, s(1 − e^{−bt}); for b → 0 rich, a late sigmoid. As a denoiser of S at noise s
the flow is a filter, `lingen.models.filters.balanced`: the target is λ/(λ+s) and the time (λ+s)t.
"""

from __future__ import annotations

from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import nonnegative, positive, representable
from lingen.models import population
from lingen.models.descent import Balanced, learnt_strength
from lingen.models.learning import BalancedFlow
from lingen.theory.moments.real_axis import along_spectrum
from lingen.theory.numerics.shapes import broadcast

__all__ = ["predict", "strength"]


@checked
@representable
def strength(target: ArrayLike, time: ArrayLike, balance: ArrayLike) -> Float[Array, "..."]:
    """a(t) of a singular value s of the target.

    Args:
        target: s >= 0, any shape.
        time: t >= 0; broadcasts.
        balance: b > 0; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: Dominé et al., arXiv 2409.14623 (balanced layers); derived (docs/derivations, G5).
    """
    target, time = nonnegative("target", target), nonnegative("time", time)
    return learnt_strength(target, time, positive("balance", balance))


@checked
@representable
def predict(load: ArrayLike, time: ArrayLike, balance: ArrayLike, noise: ArrayLike) -> BalancedFlow:
    """The observables of `lingen.sims.balanced_flow.sampler` for Σ = I, n, d → ∞: q = τ(g)²/τ(g²) and τ(g).

    Args:
        load: γ = n/d > 0, any shape.
        time: t > 0; broadcasts.
        balance: b > 0; broadcasts.
        noise: s > 0; broadcasts.

    Raises:
        ValueError: for a number that is not positive.

    Source: derived (docs/derivations, G5).
    """
    given = positive("load", load), positive("time", time), positive("balance", balance)
    load, *numbers = broadcast(*given, positive("noise", noise))
    mean, square, _ = along_spectrum(population.isotropic(), load, Balanced(*numbers))
    return BalancedFlow(mean[..., 0] ** 2 / square[..., 0], mean[..., 0])
