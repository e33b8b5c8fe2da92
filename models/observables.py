"""What theory predicts and simulations measure: one NamedTuple a topic, shared by both sides."""

from __future__ import annotations

from typing import NamedTuple

from jax import Array
from jaxtyping import Float

__all__ = [
    "Averaging", "Convergence", "CriticVariance", "DenoiserCombination", "DenoiserVariance", "Denoising",
    "DiffusionInformation", "Distances", "Extremes", "Gauge", "Guided", "LearntScore", "Memorisation",
    "Recovery", "RidgeDenoiser", "RidgeModel", "SampleDistances", "SampledGauge", "Sampling",
    "SeedDisagreement", "SeedDistances", "Traces",
]  # fmt: skip


class Convergence(NamedTuple):
    """Agreement of two models trained on disjoint data, sampled with the same seed z."""

    convergence: Float[Array, "..."]
    """Predicted: q = E⟨x̂₁,x̂₂⟩ / √(E‖x̂₁‖² E‖x̂₂‖²), expectations over z and the data. Drawn: the cosine of one
    pair of models, over z alone, whose mean is above q by a term of order 1/n (1/nd for many modes)."""


class Traces(NamedTuple):
    """What q is a ratio of: its expectation is exactly E shared / E energy, at every size."""

    shared: Float[Array, "..."]
    """E_z⟨x̂₁,x̂₂⟩/d = τ(g(S₁)g(S₂)) of one pair of models."""
    energy: Float[Array, "..."]
    """E_z‖x̂‖²/d = τ(g(S)²), the mean of the two."""


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
    frobenius: Float[Array, "..."] | None
    """‖S − Σ‖²_F."""
    operator_norm: Float[Array, "..."] | None
    """‖S − Σ‖, the largest absolute eigenvalue."""
    subspace: Float[Array, "..."] | None
    """‖Π̂ − Π‖²_F / 2r of the principal subspaces of the r spikes: 1 − mean Q."""
    max_sliced: Float[Array, "..."] | None
    """Largest W2 distance of one-dimensional projections: max_u |√(uᵀSu) − √(uᵀΣu)|; None: not measured."""


class SampleDistances(NamedTuple):
    """Distances that samples have to each other and to their own law N(0, Σ)."""

    fid: Float[Array, "..."] | None
    """W2²/d of two samples (the Fréchet distance, per dimension)."""
    sliced: Float[Array, "..."]
    """W2² between projections of the truth and of N(0, S), averaged over directions."""
    mmd: Float[Array, "..."]
    """MMD² between the truth and N(0, S), with the kernel exp(−‖x−y‖²/2h²)."""


class Denoising(NamedTuple):
    """The linear denoiser trained at noise variance s, per dimension."""

    test_risk: Float[Array, "..."]
    """E‖r(x+√s z) − x‖²/d for a fresh x."""
    train_risk: Float[Array, "..."]
    """The same for a training point x."""
    response: Float[Array, "... k"]
    """E[S(S+s)⁻¹] averaged over each bulk atom's eigenspace, one entry an atom."""


class Sampling(NamedTuple):
    """A sampler of T steps with the scores learnt from n samples, run with the same seed and noise."""

    convergence: Float[Array, "..."]
    """q of two models trained on disjoint data."""
    step_error: Float[Array, "..."]
    """W2²/d between what the T steps and what infinitely many make of one score."""


class SampledGauge(NamedTuple):
    """One of two probability flows turned by an antisymmetric part of its drift."""

    convergence: Float[Array, "..."]
    """q of the turned model and another one, trained on disjoint data, that is not."""
    same_law: Float[Array, "..."]
    """τ(C Ĉ)/τ(C²), C the covariance of the samples without the turn and Ĉ with it: 1 if they agree."""


class DenoiserVariance(NamedTuple):
    """How the trained denoiser D = S(S+s)⁻¹ varies over datasets."""

    variance: Float[Array, "... k"]
    """E‖(D − E D) u_k‖², u_k an eigenvector of Σ; one entry a bulk atom."""
    entries: Float[Array, "... k k"]
    """n E((D − E D)_{jl})² for eigenvectors j ≠ l of atoms k, k'."""


class LearntScore(NamedTuple):
    """The score −(S+s)⁻¹ that a denoising autoencoder learns."""

    slope: Float[Array, "... k"]
    """E[(W − 1)/s] averaged over each bulk atom's eigenspace, W the autoencoder."""


class DiffusionInformation(NamedTuple):
    """Information, in nats, as an integral over noise levels of what denoisers and scores miss."""

    kl: Float[Array, "..."]
    """KL(truth ‖ model) from the scores of both."""
    mutual: Float[Array, "..."]
    """I(x; y) of y = x + √ν w from the gain of denoisers that know y."""


class Guided(NamedTuple):
    """Variances of samples under classifier-free guidance, one entry a bulk atom."""

    flow: Float[Array, "... k"]
    """Of the probability flow."""
    diffusion: Float[Array, "... k"]
    """Of the reverse diffusion."""


class RidgeModel(NamedTuple):
    """The model N(0, S+ρ) against the truth N(0, Σ), per dimension, and the ridges that bring it closest."""

    kl_forward: Float[Array, "..."]
    """KL(truth ‖ model)/d in nats."""
    kl_reverse: Float[Array, "..."]
    """KL(model ‖ truth)/d in nats."""
    best_forward: Float[Array, "..."]
    """The ρ of least KL(truth ‖ model)."""
    best_reverse: Float[Array, "..."]
    """The ρ >= 0 of least KL(model ‖ truth)."""
    best_wasserstein2: Float[Array, "..."] | None
    """The ρ >= 0 of least W2; None: not measured."""


class RidgeDenoiser(NamedTuple):
    """The denoiser S(S+s+ϱ)⁻¹ used at noise s, per dimension, at the extra ridge ϱ that serves it best."""

    risk: Float[Array, "..."]
    """E‖r(x+√s z) − x‖²/d for a fresh x at ϱ = 0."""
    best_ridge: Float[Array, "..."]
    """The ϱ > −s of least risk."""
    best_risk: Float[Array, "..."]
    """The risk there."""


class SeedDisagreement(NamedTuple):
    """How far two samplers x̂ = g(S) z trained on disjoint data lie apart for given seeds z."""

    modes: Float[Array, "... k"]
    """E‖x̂₁−x̂₂‖²/2E‖x̂‖² for seeds in an eigenspace of the bulk: 1 − (E g)_k²/(E g²)_k, one entry an atom."""


class SeedDistances(NamedTuple):
    """The distance of two samplers for each of given seeds."""

    distances: Float[Array, "... m"]
    """E‖x̂₁−x̂₂‖²/2d."""


class DenoiserCombination(NamedTuple):
    """Denoisers combined: D = (1+w)D₁ − wD₂ of two loads, and the mean of k denoisers of one load."""

    weight: Float[Array, "..."]
    """The w of least test risk."""
    extrapolated: Float[Array, "..."]
    """The test risk per dimension at that w."""
    averaged: Float[Array, "..."]
    """The test risk per dimension of the mean of k."""


class CriticVariance(NamedTuple):
    """Estimates from n pairs of the mutual information of Gaussians with the optimal critic."""

    partition: Float[Array, "..."]
    """n Var of the mean of e^f over n independent pairs."""
    estimate: Float[Array, "..."]
    """n Var of the estimate: the mean of f over n joint pairs less that of e^f − 1 over n others."""
