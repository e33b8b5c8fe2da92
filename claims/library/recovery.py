"""Claims of section R: a latent factor is recovered in a sharp transition that convergence does not see."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import OUTLIERS, PAPER, UNIT
from lingen.models import population
from lingen.sims import decoupling
from lingen.sims.krylov import draws as krylov
from lingen.sims.krylov import extremes
from lingen.sims.lanczos import draws as lanczos
from lingen.theory import convergence, recovery

__all__ = ["CLAIMS"]

BBP = "Baik, Ben Arous & Péché 2005; Paul 2007; " + PAPER
SPIKE = population.spiked([2.0])
PAIR = population.spiked([2.0, 2.0])
TWO_ATOMS = population.atoms([1.0, 3.0]).with_spikes([9.0])
NOISE = 1.0
NOISY = recovery.noisy(SPIKE, NOISE)
DIMS = (64, 128, 256)
MIDDLE = (256, 512, 1024)
LARGE = (1024, 4096, 16384)
ABOVE = (1.0, 2.0, 4.0)


def _claim(name, title, statement, source, sampler, field, measured, loads=ABOVE, dims=LARGE, **kw) -> Claim:
    """A claim on one observable of the spikes along loads."""
    return Claim(
        name=name,
        title=title,
        section="R",
        statement=statement,
        reference=BBP,
        **OUTLIERS,
        grid={"load": loads},
        predict=lambda load: getattr(recovery.predict(source, load), field),
        sampler=lambda dim, load: sampler(source, dim, load),
        measure=measured,
        dims=dims,
        **({} if field == "outlier" else UNIT),
        **{"label": "Q", **kw},
    )


def _edge(name, title, statement, source, field="recovery", **kw) -> Claim:
    """A claim on one spike, drawn by the bidiagonal Laguerre model."""
    drawn = "largest" if field == "outlier" else field
    return _claim(
        name, title, statement, source, extremes.sampler, field, lambda d: getattr(d, drawn)[:, None], **kw
    )


def _krylov(source, dim, load):
    return krylov.recovery_sampler(source, dim, load, rows=128)


def _lanczos(source, dim, load):
    return lanczos.recovery_sampler(source, dim, load, steps=48)


def _q(load):
    return [convergence.overlap(population.isotropic(), load)]


def _without_prefactor(load):
    return [max(0.0, 1.0 - 1.0 / (4.0 * load))]


ABOVE_THRESHOLD = _edge(
    "recovery-above",
    "A latent factor above its threshold",
    r"For $\Sigma=I+\theta vv^\top$ and $\gamma>\gamma_c=1/\theta^2$ the leading sample eigenvector has "
    r"$Q=(\hat v\cdot v)^2=\frac{1-1/(\gamma\theta^2)}{1+1/(\gamma\theta)}$; here $\theta=2$.",
    SPIKE,
    loads=(0.5, 1.0, 2.0, 4.0),
    rivals={"convergence sees the latent: Q = q": _q, "no loss to the bulk: 1−1/(γθ²)": _without_prefactor},
)
BELOW_THRESHOLD = _edge(
    "recovery-below",
    "A latent factor below its threshold",
    r"Below $\gamma_c=1/\theta^2$ nothing of the latent is recovered: $Q\to 0$, as $1/d$; here $\theta=2$, $\gamma_c=0.25$.",
    SPIKE,
    loads=(0.0625, 0.125),
    scale=1.0,
    rivals={"a smooth onset, Q = γ": lambda load: [load], "convergence sees the latent: Q = q": _q},
)
OUTLIER = _edge(
    "recovery-outlier",
    "The outlier eigenvalue",
    r"Above threshold the largest sample eigenvalue leaves the bulk and sits at $(1+\theta)(1+\frac{1}{\gamma\theta})$; $\theta=2$.",
    SPIKE,
    field="outlier",
    rivals={
        "the population eigenvalue 1+θ": lambda load: [3.0],
        "the bulk edge": lambda load: [(1 + load**-0.5) ** 2],
    },
    label="largest eigenvalue",
)
WITH_NOISE = _edge(
    "recovery-noise",
    "Noisy data move the threshold",
    r"Noise of variance $s$ on the data moves the threshold to $\gamma_c=((1+s)/\theta)^2$ and $Q$ with it; $\theta=2$, $s=1$, "
    r"$\gamma_c=1$.",
    NOISY,
    loads=(2.0, 4.0, 8.0),
    rivals={"noise changes nothing": lambda load: recovery.recovery(SPIKE, load)},
)
TWO_MODELS = _claim(
    "recovery-agreement",
    "Two models find the same latent",
    r"The latents found on two disjoint data sets overlap as $(\hat v_1\cdot\hat v_2)^2=Q^2$; $\theta=2$.",
    SPIKE,
    _krylov,
    "agreement",
    lambda draws: draws.agreement,
    rivals={"overlap Q": lambda load: recovery.recovery(SPIKE, load), "overlap q": _q},
    label="(v̂₁·v̂₂)²",
)
DEGENERATE = _claim(
    "recovery-degenerate",
    "Degenerate latents are recovered as a subspace",
    r"Two spikes of equal strength $\theta=2$: the single eigenvectors rotate freely, the projector on the sample subspace "
    r"recovers each direction with the same $Q$.",
    PAIR,
    _krylov,
    "recovery",
    lambda draws: draws.recovery,
    loads=(1.0, 2.0),
    rivals={"single vectors: Q/2": lambda load: recovery.recovery(PAIR, load) / 2},
)
ANY_BULK = _claim(
    "recovery-any-bulk",
    "Recovery over any bulk",
    r"With $\psi(\ell)=\ell\,(1+\frac1\gamma\int\frac{t}{\ell-t}dH(t))$ the spike $\ell$ emerges iff $\psi'(\ell)>0$, and "
    r"$Q=\ell\psi'(\ell)/\psi(\ell)$; here half the bulk at 1 and half at 3, $\ell=9$.",
    TWO_ATOMS,
    _lanczos,
    "recovery",
    lambda draws: draws.recovery,
    dims=MIDDLE,
    rivals={
        "an isotropic bulk of the same mean": lambda load: recovery.recovery(population.spiked([3.5]), load)
    },
)
ANY_BULK_OUTLIER = _claim(
    "recovery-any-bulk-outlier",
    "The outlier over any bulk",
    r"The same spike sits at $\psi(\ell)$.",
    TWO_ATOMS,
    _lanczos,
    "outlier",
    lambda draws: draws.outlier,
    dims=MIDDLE,
    rivals={"the population eigenvalue": lambda load: [9.0]},
    label="largest eigenvalue",
)


def _decoupling(name: str, strength: float, load: float, words: str, rivals) -> Claim:
    """The pair (q, Q), where the two objectives part."""
    source = population.spiked([strength])
    return Claim(
        name=name,
        title=f"The two objectives decouple: {words}",
        section="R",
        statement=rf"At $\gamma={load:g}$, $\theta={strength:g}$ two models are {words}; measured as $(q, Q)$.",
        reference=PAPER,
        **OUTLIERS,
        **UNIT,
        points=({"load": load},),
        predict=lambda load: [convergence.overlap(source, load), recovery.recovery(source, load)[0]],
        sampler=lambda dim, load: decoupling.sampler(source, dim, load, method="krylov"),
        measure=lambda draws: np.stack([draws.convergence, draws.recovery[..., 0]], axis=-1),
        dims=(10_000, 20_000, 40_000),
        scale=1.0,
        rivals=rivals,
        label="q, Q",
    )


CONVERGED_BLIND = _decoupling(
    "decoupling-converged",
    0.4,
    4.0,
    "converged ($q>0.9$) and blind to the latent ($Q=0$)",
    {"convergence implies recovery, Q = q": lambda load: [_q(load)[0], _q(load)[0]]},
)
RECOVERED_APART = _decoupling(
    "decoupling-recovered",
    50.0,
    0.1,
    "far from converged ($q<0.2$) and has the latent ($Q>0.8$)",
    {
        "recovery needs convergence, Q = q": lambda load: [_q(load)[0], _q(load)[0]],
        "recovery implies convergence, q = Q": lambda load: [0.83, 0.83],
    },
)

CLAIMS: tuple[Claim, ...] = (
    ABOVE_THRESHOLD,
    BELOW_THRESHOLD,
    OUTLIER,
    TWO_MODELS,
    DEGENERATE,
    ANY_BULK,
    ANY_BULK_OUTLIER,
    WITH_NOISE,
    CONVERGED_BLIND,
    RECOVERED_APART,
)
