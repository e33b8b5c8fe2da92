"""Claims of section M on membership inference: leakage outlasts convergence."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import BOUNDED_PARTS, DERIVED, UNIT
from lingen.models import population
from lingen.sims import leakage as sim
from lingen.theory import leakage

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
LABEL = "area under the ROC curve"

BLIND = Claim(
    name="leakage-blind",
    thorough=True,
    title="Who was in the training set? Leakage to an attacker who sees S vanishes only at n ~ d√d",
    section="M",
    statement=r"For any $\Sigma$ and every $n>d$ the attack by $x^TS^{-1}x$ has area under the ROC curve $P(U>B)$, "
    r"$B\sim\mathrm{Beta}(\frac d2,\frac{n-d}2)$ of a member and $U$ the odds of $\mathrm{Beta}(\frac d2,\frac{n-d+1}2)$ of a "
    r"fresh point, independent; at $n=a\,d^{3/2}$, where convergence is long complete, it tends to $\Phi(d^{3/2}/2n)=\Phi(1/2a)$. "
    r"Here half the eigenvalues at 1 and half at 10.",
    reference=DERIVED,
    **BOUNDED_PARTS,
    **UNIT,
    grid={"scale": (0.5, 2.0)},
    predict=lambda scale, dim: leakage.blind_auc(scale * dim**0.5, dim),
    sampler=lambda dim, scale: sim.sampler(TWO_ATOMS, dim, scale * dim**0.5),
    measure=lambda draws: draws.blind,
    dims=(36, 100),
    exact=True,
    rivals={
        "no leakage past convergence, 1/2": lambda scale, dim: 0.5,
        "a shift half as large": lambda scale, dim: leakage.blind_auc_limit(2.0 * scale),
        "the limit d → ∞ at every d": lambda scale, dim: leakage.blind_auc_limit(scale),
    },
    label=LABEL,
)
INFORMED = Claim(
    name="leakage-informed",
    title="Leakage to an attacker who knows the population vanishes only at n ~ d²",
    section="M",
    statement=r"At $n=a\,d^2$ samples the likelihood-ratio attack of one who knows $S$ and $\Sigma$ has area under the ROC curve "
    r"$\Phi(d/2\sqrt n)=\Phi(1/2\sqrt a)$.",
    reference=DERIVED,
    **BOUNDED_PARTS,
    **UNIT,
    grid={"scale": (0.25, 1.0)},
    predict=lambda scale: leakage.informed_auc_limit(scale),
    sampler=lambda dim, scale: sim.sampler(ISOTROPIC, dim, scale * dim),
    measure=lambda draws: draws.informed,
    dims=(16, 32, 64),
    thorough=True,
    rivals={
        "no leakage past convergence, 1/2": lambda scale: 0.5,
        "knowing Σ does not help, Φ(d^{3/2}/2n) → 1/2": lambda scale: leakage.blind_auc_limit(1e3 * scale),
        "twice the variance: Φ(d/√(8n))": lambda scale: leakage.informed_auc_limit(2.0 * scale),
    },
    label=LABEL,
)
RELEASED = Claim(
    name="leakage-released",
    title="Leakage through released samples",
    section="M",
    statement=r"Through $m$ released samples of the model, $\Sigma$ known, the attack by $x^T\Sigma^{-1}(\hat S-\Sigma)\Sigma^{-1}x$ has "
    r"area under the ROC curve $\Phi\big(\frac{d}{2\sqrt n}\sqrt{m/(n+m)}\big)$; here $n=d^2/4$.",
    reference=DERIVED,
    **BOUNDED_PARTS,
    **UNIT,
    grid={"ratio": (0.5, 1.0, 4.0)},
    predict=lambda ratio: leakage.released_auc_limit(0.25, ratio),
    sampler=lambda dim, ratio: sim.sampler(ISOTROPIC, dim, 0.25 * dim, released=0.25 * dim * ratio),
    measure=lambda draws: draws.released,
    dims=(16, 32, 64),
    thorough=True,
    rivals={
        "released samples tell all: Φ(d/2√n)": lambda ratio: leakage.informed_auc_limit(0.25),
        "the factor m/(n+m) without the root": lambda ratio: leakage.informed_auc_limit(
            0.25 * (1 + 1 / ratio) ** 2
        ),
    },
    label=LABEL,
)

CLAIMS: tuple[Claim, ...] = (BLIND, INFORMED, RELEASED)
