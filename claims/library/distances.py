"""Claims of section D: bulk and latents are two different distances between the true and the learnt law."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.along_loads import along_loads
from lingen.claims.library.sources import CONCENTRATED, DERIVED, EDGE, OUTLIERS, PAPER, UNIT
from lingen.models import population
from lingen.sims import distances as sim
from lingen.sims.krylov import extremes
from lingen.theory import convergence, distances, recovery

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
WEAK = population.spiked([1.2])
STRONG = population.spiked([3.0])
LOADS = (0.5, 1.0, 2.0)


def _claim(name, title, statement, source, field, loads=LOADS, **more) -> Claim:
    """A claim on one distance along loads, asymptotic in d."""
    return along_loads(
        name, title, statement, loads, field, section="D", **more,
        predict=lambda load: getattr(distances, field)(source, load),
        sampler=lambda dim, load: sim.sampler(source, dim, load, max_sliced=field == "max_sliced"),
    )  # fmt: skip


BULK = _claim(
    "distance-bulk",
    "Convergence is the bulk distance",
    r"For $\Sigma=I$ and the Gaussian filter the Wasserstein distance of the learnt law to the truth is "
    r"$W_2^2/d=2(1-\sqrt q)$.",
    ISOTROPIC,
    "wasserstein2",
    rivals={
        "W2²/d = 2(1−q)": lambda load: 2 * (1 - convergence.overlap(ISOTROPIC, load)),
        "W2²/d = 1−q": lambda load: 1 - convergence.overlap(ISOTROPIC, load),
    },
    label="W₂²/d",
)
BULK_ANY = _claim(
    "distance-bulk-two-atoms",
    "The bulk distance for any spectrum",
    r"$W_2^2/d=\tau(\Sigma)+\tau(S)-2\tau\big((\Sigma^{1/2}S\Sigma^{1/2})^{1/2}\big)$, the last trace that of a sample covariance "
    r"with population $\Sigma^2$; here half the eigenvalues at 1 and half at 10.",
    TWO_ATOMS,
    "wasserstein2",
    rivals={
        "only q matters: 2τ(Σ)(1−√q)": lambda load: 11.0 * (1 - convergence.overlap(TWO_ATOMS, load) ** 0.5),
        "the isotropic distance at the mean variance": lambda load: (
            5.5 * distances.wasserstein2(ISOTROPIC, load)
        ),
    },
    label="W₂²/d",
)


def _exact(name, title, statement, predict, field, rivals, source=ISOTROPIC, label="") -> Claim:
    """A claim that holds at every finite dimension."""
    return Claim(
        name=name,
        title=title,
        section="D",
        statement=statement,
        reference="classical (Wishart moments)" if field == "frobenius" else DERIVED,
        **CONCENTRATED,
        grid={"load": (2.0, 4.0)},
        predict=predict,
        sampler=lambda dim, load: sim.sampler(source, dim, load),
        measure=lambda draws: getattr(draws, field),
        dims=(16, 64),
        exact=True,
        rivals=rivals,
        label=label,
    )


def _forward(load, dim):
    return distances.kl_forward(dim, round(load * dim))


def _reverse(load, dim):
    return distances.kl_reverse(dim, round(load * dim))


def _limit(load, dim):
    return dim / (4 * load)


LIMIT = "its large-load limit d/4γ"

KL_FORWARD = _exact(
    "distance-kl-forward",
    "KL from the truth, exact at every size",
    r"For every $\Sigma$ and $n>d+1$: $E\,KL(\mathrm{truth}\|\mathrm{model})=\tfrac12[\frac{nd}{n-d-1}-d+L]$, "
    r"$L=\sum_{j=0}^{d-1}\psi(\frac{n-j}2)+d\log\frac2n$, $\psi$ the digamma function.",
    _forward,
    "kl_forward",
    {LIMIT: _limit, "the other direction": _reverse},
    label="KL(truth ‖ model)",
)
KL_REVERSE = _exact(
    "distance-kl-reverse",
    "KL from the model, exact at every size",
    r"$E\,KL(\mathrm{model}\|\mathrm{truth})=-L/2$ with the same $L$, whatever the spectrum; here half the eigenvalues at 1 "
    r"and half at 10.",
    _reverse,
    "kl_reverse",
    {LIMIT: _limit, "the other direction": _forward},
    source=TWO_ATOMS,
    label="KL(model ‖ truth)",
)
FROBENIUS = _exact(
    "distance-frobenius",
    "The Frobenius error, exact at every size",
    r"$E\|S-\Sigma\|_F^2=(\mathrm{tr}(\Sigma)^2+\mathrm{tr}\,\Sigma^2)/n$; here half the eigenvalues at 1 and half at 10.",
    lambda load, dim: distances.frobenius(TWO_ATOMS, dim, round(load * dim)),
    "frobenius",
    {
        "its leading term tr(Σ)²/n": lambda load, dim: (5.5 * dim) ** 2 / round(load * dim),
        "an isotropic Σ of the same trace": lambda load, dim: 5.5**2 * (dim**2 + dim) / round(load * dim),
    },
    source=TWO_ATOMS,
    label="‖S−Σ‖²",
)

SUBSPACE = Claim(
    name="distance-subspace",
    title="A fair latent distance: the principal subspace",
    section="D",
    statement=r"$\|\hat\Pi-\Pi\|^2=1-Q$ falls from 1 at the recovery threshold; $\theta=3$, $\gamma_c=1/9$.",
    reference=PAPER,
    **OUTLIERS,
    **UNIT,
    grid={"load": (0.25, *LOADS)},
    predict=lambda load: distances.subspace(STRONG, load),
    sampler=lambda dim, load: extremes.sampler(STRONG, dim, load),
    measure=lambda draws: 1.0 - draws.recovery,
    dims=(1024, 4096, 16384),
    rivals={
        "it follows the bulk distance": lambda load: 2 * (1 - convergence.overlap(ISOTROPIC, load) ** 0.5)
    },
    label="1 − Q",
)
OPERATOR_BLIND = _claim(
    "distance-operator-blind",
    "An unfair latent distance: the operator norm",
    r"$\|S-\Sigma\|$ sits at the Marchenko–Pastur edge $\frac1\gamma+\frac2{\sqrt\gamma}$ until $\theta>1+1/\sqrt\gamma$: here $\theta=1.2$ is "
    r"recovered ($\gamma>\gamma_c=0.69$) and the norm does not see it.",
    WEAK,
    "operator_norm",
    loads=(1.0,),
    dims=(32, 64, 128),
    order=(2 / 3,),
    **EDGE,
    reference=DERIVED,
    rivals={
        "it sees the latent: the outlier's error": lambda load: (
            recovery.outlier(WEAK, load)[0] - 2.2 + load**-0.5 * 2
        )
    },
    label="‖S−Σ‖",
)
MAX_SLICED = _claim(
    "distance-max-sliced",
    "The max-sliced distance never sees a latent",
    r"$\max_u|\sqrt{u^\top Su}-\sqrt{u^\top\Sigma u}|=\sqrt{\tau(\Sigma)/\gamma}$ for every spectrum and spikes of any strength: the "
    r"direction that separates the laws best is one of the bulk, here with a latent of strength $\theta=3$ far above its threshold.",
    STRONG,
    "max_sliced",
    loads=(1.0,),
    dims=(32, 64, 128),
    thorough=True,
    order=(2 / 3,),
    **EDGE,
    reference=DERIVED,
    rivals={
        "the latent's own error": lambda load: abs(recovery.outlier(STRONG, load)[0] ** 0.5 - 2.0),
        "the bulk distance": lambda load: np.sqrt(distances.wasserstein2(ISOTROPIC, load)),
    },
    label="max-sliced W₂",
)

CLAIMS: tuple[Claim, ...] = (
    BULK, BULK_ANY, KL_FORWARD, KL_REVERSE, FROBENIUS, SUBSPACE, OPERATOR_BLIND, MAX_SLICED,
)  # fmt: skip
