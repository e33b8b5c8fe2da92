"""What theory predicts and simulations measure of the further systems: one NamedTuple each."""

from __future__ import annotations

from typing import NamedTuple

from jax import Array
from jaxtyping import Float

__all__ = [
    "Alignment",
    "Augmentation",
    "Condensation",
    "Curation",
    "Detection",
    "Discriminant",
    "Leakage",
    "LeastSquares",
    "Lineages",
    "LowRank",
    "MatrixTensor",
    "ModeInterpolation",
    "NoisyWorth",
    "PathCollapse",
    "PathEnergies",
    "PathSchedule",
    "Pretraining",
    "Refitting",
    "Separation",
    "Speciation",
    "SpectralEntropy",
]  # fmt: skip


class SpectralEntropy(NamedTuple):
    """The von Neumann entropy of a sample covariance taken as a density matrix, ρ = S/tr S."""

    entropy: Float[Array, "..."] | None
    """−tr ρ log ρ in nats."""
    deficit: Float[Array, "..."]
    """log d + tr ρ log ρ: what it lacks to the entropy of the identity."""


class Leakage(NamedTuple):
    """How well an attacker tells training points from fresh ones: areas under the ROC curve."""

    blind: Float[Array, "..."]
    """Knowing S alone: a point of small xᵀS⁻¹x is called a member."""
    informed: Float[Array, "..."]
    """Knowing S and Σ: the likelihood ratio."""
    released: Float[Array, "..."] | None
    """Knowing Σ and m samples of the model: xᵀΣ⁻¹(Ŝ−Σ)Σ⁻¹x, Ŝ their covariance."""


class Refitting(NamedTuple):
    """The covariance Σ_t of a model refitted t times to samples of itself."""

    second_moment: Float[Array, "..."]
    """τ(Σ_t²)."""
    log_volume: Float[Array, "..."] | None
    """log det Σ_t / d in nats; −∞ once n < d."""


class Lineages(NamedTuple):
    """Two lines of models, each refitted to samples of itself."""

    convergence: Float[Array, "..."]
    """q between their t-th generations, sampled with the same seed."""


class Curation(NamedTuple):
    """A one-dimensional model refitted to those of its samples that users kept."""

    mean: Float[Array, "..."]
    variance: Float[Array, "..."]


class NoisyWorth(NamedTuple):
    """The worth of samples with noise, in clean samples."""

    inverse_worth: Float[Array, "..."]
    """n E(λ̂−λ)²/2λ² of the maximum-likelihood λ̂ from a pool of n: its mean is one over the worth."""


class LowRank(NamedTuple):
    """A component of a mixture of Gaussians on low-dimensional subspaces, learnt from its own samples."""

    overlap: Float[Array, "..."]
    """tr(Π̂Π)/r of a component's learnt and true subspaces."""
    recovered: Float[Array, "..."]
    """Whether the whole subspace was learnt to 1e-6: its probability."""


class Detection(NamedTuple):
    """Are two databases correlated? Tested by ⟨Σx_i, Σy_j⟩, which sees no order of the rows."""

    detection: Float[Array, "..."]
    """Area under the ROC curve."""


class Alignment(NamedTuple):
    """Which row of one database belongs to which of the other?"""

    improving_swaps: Float[Array, "..."]
    """Number of pairs of users whose exchange is at least as likely as the true matching, over all pairs."""
    undisturbed: Float[Array, "..."]
    """Probability that there is no such pair."""


class Condensation(NamedTuple):
    """The terms w_i ∝ exp(−‖x−x_i‖²/2h²) of a kernel density estimate at a typical point x."""

    participation: Float[Array, "..."]
    """E Σ w_i², Σ w_i = 1: the share of the largest terms; 0 without condensation."""
    participation_squares: Float[Array, "..."]
    """E Σ w_i⁴/(Σ w_i²)²: the same for the squared terms; 0 where the central limit theorem holds."""
    log_density: Float[Array, "..."]
    """(1/d) log (1/n) Σ exp(−‖x−x_i‖²/2h²)."""


class PathCollapse(NamedTuple):
    """A point x = x₁ + h z on the way back to the training point x₁."""

    own_weight: Float[Array, "..."]
    """The weight of x₁ in the exact empirical score at x: its share of Σ exp(−‖x−x_i‖²/2h²)."""


class Speciation(NamedTuple):
    """Two backward paths cloned at time t."""

    agreement: Float[Array, "..."]
    """Probability that both end in the same class."""


class PathEnergies(NamedTuple):
    """Kinetic energies per dimension of paths from N(0, I) to the data, of unit variance per dimension."""

    optimal: Float[Array, "..."]
    """Of the best schedule (a, m)."""
    conditional: Float[Array, "..."]
    """Of conditional optimal transport, a = t and m = 1−t."""
    preserving: Float[Array, "..."]
    """Of the best schedule with a² + m² = 1."""
    trigonometric: Float[Array, "..."]
    """Of a = sin(πt/2) and m = cos(πt/2)."""


class PathSchedule(NamedTuple):
    """A probability path X_t = a_t x₁ + m_t x₀ at given times."""

    signal: Float[Array, "..."]
    """a_t."""
    noise: Float[Array, "..."]
    """m_t."""


class Separation(NamedTuple):
    """How much of a data point is known from s x₁ + x₀."""

    separation: Float[Array, "..."]
    """λ(s) = (1/d) E‖E[x₁ | s x₁ + x₀]‖²."""
    error: Float[Array, "..."]
    """Its standard error."""
    metric: Float[Array, "..."]
    """K = λ(1+s²) − s²."""


class Augmentation(NamedTuple):
    """Least squares on n real and m generated points, the generator being the regression fitted to the n."""

    risk: Float[Array, "..."]
    """E (f̂(x) − f(x))²/σ² on a fresh point."""
    excess: Float[Array, "..."]
    """What the m generated points add to it."""


class Discriminant(NamedTuple):
    """Accuracy on fresh points of linear discriminants of real and generated points of two classes."""

    without: Float[Array, "..."]
    """Of the n real points alone."""
    means: Float[Array, "..."]
    """Covariance known to generator and discriminant: of the pooled means."""
    known: Float[Array, "..."]
    """Covariance known to the generator; the discriminant estimates it from all points."""
    estimated: Float[Array, "..."]
    """Covariance estimated by the generator from the real points, by the discriminant from all."""
    gain: Float[Array, "..."]
    """`known` less `without`."""


class Pretraining(NamedTuple):
    """A latent direction learnt from unlabelled points, and a regression on it from labelled ones."""

    recovery: Float[Array, "..."]
    """Q = (v̂·v)² of the direction."""
    risk: Float[Array, "..."]
    """E (y − ŷ)² on a fresh point."""


class ModeInterpolation(NamedTuple):
    """Where particles of a probability flow between two points ±μ end."""

    midpoint: Float[Array, "..."]
    """P(|x| < δ)."""
    median: Float[Array, "..."] | None
    """Median of |x|, the distance from the midpoint."""


class LeastSquares(NamedTuple):
    """Least squares on labels that are independent of x."""

    training: Float[Array, "..."]
    """Mean squared residual on the n points."""
    generalisation: Float[Array, "..."]
    """Mean squared error on a fresh point."""


class MatrixTensor(NamedTuple):
    """The leading left singular vector ŷ of the unfolding of a nested matrix–tensor model."""

    recovery: Float[Array, "..."]
    """Q = (ŷ·y)²."""
    outlier: Float[Array, "..."]
    """The largest eigenvalue of T₂T₂ᵀ."""
