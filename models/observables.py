"""What theory predicts and simulations measure: one NamedTuple a topic, shared by both sides."""

from __future__ import annotations

from typing import NamedTuple

from jax import Array
from jaxtyping import Float

__all__ = [
    "Averaging", "Convergence", "Denoising", "Distances", "Extremes", "Gauge", "Memorisation", "Recovery",
]  # fmt: skip


class Convergence(NamedTuple):
    """Agreement of two models trained on disjoint data, sampled with the same seed z."""

    convergence: Float[Array, "..."]
    """q = E⟨x̂₁,x̂₂⟩ / √(E‖x̂₁‖² E‖x̂₂‖²)."""


class Averaging(NamedTuple):
    """The mean of k models trained on disjoint data, sampled with the same seed z."""

    averaged_variance: Float[Array, "..."]
    """E‖mean of k x̂‖² / E‖x̂‖²; (1+(k−1)q)/k when the models share the overlap q."""


class Gauge(NamedTuple):
    """q of the same two laws for three choices of the square root A Aᵀ = S."""

    symmetric: Float[Array, "..."]
    """A = √S."""
    cholesky: Float[Array, "..."]
    """A = the lower Cholesky factor."""
    rotated: Float[Array, "..."]
    """A = √S for one model, √S O with a random rotation O for the other."""


class Recovery(NamedTuple):
    """What the sample covariance knows of the spiked directions; one entry a spike."""

    recovery: Float[Array, "... r"]
    """Q = ‖P̂v‖², P̂ the projector on the sample eigenvectors of the spike's (degenerate) group."""
    outlier: Float[Array, "... r"]
    """The sample eigenvalue of the same rank as the spike."""
    agreement: Float[Array, "... r"]
    """‖P̂₁P̂₂‖²_F / group size: the same overlap between two models trained on disjoint data."""


class Extremes(NamedTuple):
    """The largest eigenvalues of a sample covariance."""

    largest: Float[Array, "... m"]
    """In decreasing order."""


class Memorisation(NamedTuple):
    """How close samples of the model come to its training points."""

    nearest_cosine: Float[Array, "..."] | None
    """Expected largest |cosine| of a sample with the n training points."""
    cosine_variance: Float[Array, "..."]
    """d × variance of the cosine of a sample with a training point."""
    fresh_variance: Float[Array, "..."]
    """d × variance of the cosine of a sample with a fresh point of the population."""


class Distances(NamedTuple):
    """Distances between the true law N(0, Σ) and the learnt law N(0, S)."""

    wasserstein2: Float[Array, "..."]
    """W2²/d."""
    kl_forward: Float[Array, "..."] | None
    """KL(truth ‖ model) in nats; infinite when S is singular."""
    kl_reverse: Float[Array, "..."] | None
    """KL(model ‖ truth) in nats; infinite when S is singular."""
    frobenius: Float[Array, "..."]
    """‖S − Σ‖²_F."""
    operator_norm: Float[Array, "..."] | None
    """‖S − Σ‖, the largest absolute eigenvalue."""
    subspace: Float[Array, "..."] | None
    """‖Π̂ − Π‖²_F / 2r of the principal subspaces of the r spikes: 1 − mean Q."""
    max_sliced: Float[Array, "..."] | None
    """Largest W2 distance of one-dimensional projections: max_u |√(uᵀSu) − √(uᵀΣu)|; None: not measured."""


class Denoising(NamedTuple):
    """The linear denoiser trained at noise variance s, per dimension."""

    test_risk: Float[Array, "..."]
    """E‖r(x+√s z) − x‖²/d for a fresh x."""
    train_risk: Float[Array, "..."]
    """The same for a training point x."""
    response: Float[Array, "... k"]
    """E[S(S+s)⁻¹] averaged over each bulk atom's eigenspace, one entry an atom."""
