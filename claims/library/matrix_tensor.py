"""Claims of section T on tensors: the unfolding of a nested matrix–tensor model."""

from __future__ import annotations

from typing import Any

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, OUTLIERS
from lingen.experiments.library.matrix_tensor import EXPERIMENT
from lingen.theory import matrix_tensor as theory

__all__ = ["CLAIMS"]

MODEL = (
    r"$T=\beta_TM\otimes z+W/\sqrt{n_T}$, $M=\beta_Mxy^\top+Z/\sqrt{n_M}$, $\rho=\beta_T^2n_T/\sqrt{n_1n_2n_3}$, $k=\beta_T^2\beta_M^2$: one slice of the "
    r"$n_2\times n_1n_3$ unfolding has noise $v_1=\beta_T^2/n_M+1/n_T$, the others $v_0=1/n_T$, $u=k+v_1n_2$; "
)
COMMON: dict[str, Any] = {
    "section": "T",
    "reference": DERIVED + "; the model: Lebeau, Seddik & Goulart 2024",
    **OUTLIERS,
    "of": EXPERIMENT,
    "sizes": {"dim": (40, 120)},
    "points": tuple(
        {"strength": 2.0, "ratio": ratio, "slices": slices}
        for ratio, slices in ((1.0, 3), (2.0, 3), (2.0, 40))
    ),
}

RECOVERY = Claim(
    name="tensor-unfolding",
    title="The unfolding of a nested matrix–tensor model is a spiked model with two levels of noise",
    statement=MODEL + r"the leading singular vector has "
    r"$(\hat y\cdot y)^2=\frac ku\Big[1-\frac{v_1^2n_1n_2}{k^2}-\frac{v_0^2n_1(n_3-1)n_2}{(u-v_0n_2)^2}\Big]$ at any $n_3$; "
    r"here $n_1=n_2$ and $\beta_M=2$.",
    observable="recovery",
    rivals={
        "the limit of many slices": lambda strength, ratio: theory.limit(strength, ratio),
        "the alignment of M alone": lambda strength: theory.limit(strength, 1e9),
        "the form of a spiked tensor, 1 − 1/(ρβ_M²)²": lambda strength, ratio: (
            1.0 - 1.0 / (ratio * strength**2) ** 2
        ),
    },
    label="(ŷ·y)²",
    **COMMON,
)


def _one_level(strength: float, ratio: float, slices: int, dim: int) -> Any:
    """The outlier with the noise of the signal's slice in every slice, n₁n₃ columns of v₁."""
    tensor = theory.tensor_strength(ratio, dim, dim, slices)
    noise, signal = tensor / (2.0 * dim) + 1.0 / (2.0 * dim + slices), tensor * strength**2
    return (signal + noise * dim) * (1.0 + noise * dim * slices / signal)


OUTLIER = Claim(
    name="tensor-outlier",
    title="The outlier of the unfolding",
    statement=MODEL + r"the largest eigenvalue of $T_2T_2^\top$ is "
    r"$u+\frac{v_1n_1u}k+\frac{v_0n_1(n_3-1)u}{u-v_0n_2}$ above the threshold; here $n_1=n_2$ and $\beta_M=2$.",
    observable="outlier",
    exact=True,
    rivals={
        "one level of noise": _one_level,
        "the signal alone, k": lambda strength, ratio, slices, dim: (
            theory.tensor_strength(ratio, dim, dim, slices) * strength**2
        ),
    },
    label="largest eigenvalue",
    **COMMON | {"sizes": {"dim": (120,)}},
)

CLAIMS: tuple[Claim, ...] = (RECOVERY, OUTLIER)
