"""What theory predicts and simulations measure of learning in time: one NamedTuple a topic."""

from __future__ import annotations

from typing import NamedTuple

from jax import Array
from jaxtyping import Float

from lingen.boundary import checked

__all__ = [
    "FLOWS", "BalancedFlow", "ClassCollapse", "CloudFlow", "EntropicTransport", "Features",
    "GradientCoherence", "KernelDrift", "Learning", "Modes", "MongeGap",
    "PosteriorCollapse", "SelfTerm", "check_flow",
]  # fmt: skip

FLOWS = ("kl", "wasserstein2", "sinkhorn", "entropic", "mmd")
"""Functionals of a law, by whose gradient flow in Wasserstein space it is learnt."""


@checked
def check_flow(flow: str) -> str:
    """Return `flow`; `ValueError` unless it is one of `FLOWS`."""
    if flow not in FLOWS:
        raise ValueError(f"flow must be one of {', '.join(FLOWS)}, got {flow!r}")
    return flow


class Learning(NamedTuple):
    """A linear denoiser W along training, per dimension, data x + √s z."""

    test_risk: Float[Array, "..."]
    """E‖W(x+√s z) − x‖²/d for a fresh x."""
    train_risk: Float[Array, "..."]
    """The same for a training point x."""
    convergence: Float[Array, "..."]
    """q = tr(W₁W₂ᵀ)/√(‖W₁‖²‖W₂‖²) of two denoisers trained on disjoint data for the same time."""
    memorisation: Float[Array, "..."]
    """tr(W S Wᵀ)/tr(W Σ Wᵀ): mean squared cosine of outputs W z with training points over fresh ones."""


class Modes(NamedTuple):
    """A two-layer linear network A = W₂W₁ (or WᵀW) along training, in the eigenbasis of the data."""

    strength: Float[Array, "... k"]
    """a_k = u_kᵀ A u_k."""


class PosteriorCollapse(NamedTuple):
    """A linear variational autoencoder at its optimum."""

    weight: Float[Array, "... k"]
    """u_kᵀ W Wᵀ u_k of the decoder W, one entry an eigenvector u_k of the data."""
    information: Float[Array, "..."]
    """KL(encoder ‖ prior) averaged over the data, summed over latents, in nats."""


class Features(NamedTuple):
    """A random-features denoiser r along training, per dimension and variance of the data."""

    generalisation: Float[Array, "..."]
    """E⟨r(x+√s z), x⟩/tr Σ for a fresh x."""
    memorisation: Float[Array, "..."]
    """What the same over tr S is for a training point, less that: see `lingen.theory.random_features`."""


class ClassCollapse(NamedTuple):
    """Lengths of class vectors, rows of the product of all factors, at the best minimum of the loss."""

    majority_length: Float[Array, "..."]
    """Of a class with many samples."""
    minority_length: Float[Array, "..."]
    """Of a class with few."""


class GradientCoherence(NamedTuple):
    """How much gradients of single examples agree, by their two sides."""

    shared: Float[Array, "..."]
    """‖mean of g‖², of the gradients g of n examples."""
    single: Float[Array, "..."]
    """Mean of ‖g‖²."""


class KernelDrift(NamedTuple):
    """The tangent kernel of a two-layer linear network at one unit input, trained to one label."""

    start: Float[Array, "..."]
    """K before training."""
    end: Float[Array, "..."]
    """K after it."""
    drift: Float[Array, "..."]
    """How much it grew."""


class BalancedFlow(NamedTuple):
    """Two-layer linear denoisers from a balanced start, on disjoint data."""

    convergence: Float[Array, "..."]
    """q = tr(A₁A₂ᵀ)/√(‖A₁‖²‖A₂‖²) of two."""
    gain: Float[Array, "..."]
    """tr A/d."""


class EntropicTransport(NamedTuple):
    """The optimal entropic plan between two Gaussians, cost ½|x−y|²."""

    cross_covariance: Float[Array, "..."]
    """E xy under the plan."""
    cost: Float[Array, "..."]
    """OT_ε, its entropic term included."""
    divergence: Float[Array, "..."]
    """The Sinkhorn divergence."""


class CloudFlow(NamedTuple):
    """A cloud of points that flows towards another."""

    variance: Float[Array, "..."]
    """Of the cloud, at the end."""


class SelfTerm(NamedTuple):
    """What entropic plans between batches of points make of a point, regressed on its seed, per dimension."""

    one_batch: Float[Array, "..."]
    """E⟨x, T(x)⟩/da in the plan of a batch with itself."""
    two_batches: Float[Array, "..."]
    """The same in its plan with another batch of its own law."""


class MongeGap(NamedTuple):
    """How far a generator of a law is from the optimal map to it."""

    gap: Float[Array, "..."]
    """tr((Σ^{1/2}MΣMᵀΣ^{1/2})^{1/2}) − tr(MΣ), per dimension: 0 for Monge's map."""
