"""Claims of section I: what a denoiser that is too smooth samples between two modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lingen.claims.claim import Claim
from lingen.claims.library.sources import BOUNDED_PARTS, DERIVED
from lingen.experiments.library.mode_interpolation import EXPERIMENT
from lingen.theory import mode_interpolation as theory

__all__ = ["CLAIMS"]


def _claim(name: str, title: str, statement: str, observable: str, denoiser: str,
           points: tuple[dict[str, float], ...], rivals: dict[str, Callable[..., Any]], **more: Any) -> Claim:  # fmt: skip
    return Claim(
        name=f"interpolation-{name}",
        title=title,
        section="I",
        statement=statement,
        reference=DERIVED,
        **BOUNDED_PARTS,
        of=EXPERIMENT,
        observable=observable,
        exact=True,
        points=tuple({"denoiser": denoiser, "sigma_max": 3.0} | point for point in points),
        rivals=rivals,
        **more,
    )


def _smoothed(point: dict[str, Any]) -> Any:
    return theory.smoothed(1.0, point["width"], point["sigma_min"], point["sigma_max"], point["reach"])


MIDPOINT = _claim(
    "midpoint",
    "A smoothed score leaves a power of the last noise between the modes",
    r"With modes $\pm\mu$ and any odd denoiser the probability flow has the density "
    r"$p_T(0)\exp\big(-\int_{\sigma_{\min}}^{\sigma_T}(D'(0,\sigma)-1)\,d\log\sigma\big)$ at the midpoint. The exact denoiser smoothed by a "
    r"Gaussian of width $w$ has $D'(0)=\frac{\mu^2}{\sigma^2}E\,\mathrm{sech}^2\frac{\mu wg}{\sigma^2}\to L=\sqrt{2/\pi}\,\mu/w$, so the "
    r"mass between the modes falls as $\sigma_{\min}^{L-1}$ only.",
    "midpoint",
    "smoothed",
    (
        {"width": 0.3, "sigma_min": 0.1, "reach": 0.01},
        {"width": 0.3, "sigma_min": 0.03, "reach": 0.01},
        {"width": 0.5, "sigma_min": 0.03, "reach": 0.01},
    ),
    {
        "the exponent is L": lambda **point: _smoothed(point) * point["sigma_min"] / point["sigma_max"],
        "the exact score": lambda sigma_min, sigma_max, reach: theory.exact(1.0, sigma_min, sigma_max, reach),
    },
    label="mass at the midpoint",
)
MERGED = _claim(
    "merging",
    "Modes merge where the smoothed denoiser is flatter than one",
    r"At widths below $w_c=\sqrt{2/\pi}\,\mu$ samples end at the root of $x=\mu\,\mathrm{erf}(x/\sqrt2w)$ as $\sigma_{\min}\to0$, above at the "
    r"midpoint: a mode that the data do not have.",
    "median",
    "smoothed",
    tuple({"width": width, "sigma_min": 1e-6, "particles": 256} for width in (0.4, 0.6, 3.0)),
    {
        "modes stay at ±μ": lambda: 1.0,
        "modes merge at w = μ": lambda width: theory.root(1.0, width * (2.0 / 3.141592653589793) ** 0.5),
    },
    scale=1.0,
    label="median |x|",
)
CLIPPED = _claim(
    "clipped",
    "A denoiser of bounded slope: the mass at the midpoint, exactly",
    r"$D=\mathrm{clip}(Lx,-\mu,\mu)$ below $\sigma_*=\mu/\sqrt L$, exact above: "
    r"$P(|x|<\delta)=P(|x_*|<\delta(\sigma_{\min}/\sigma_*)^{L-1})$ for $\delta<\mu/L$, $x_*\sim\frac12N(\mu,\sigma_*^2)+\frac12N(-\mu,\sigma_*^2)$.",
    "midpoint",
    "clipped",
    tuple({"steepness": steep, "sigma_min": 0.1, "reach": 0.05} for steep in (2.0, 4.0, 8.0)),
    {
        "the exponent is L": lambda steepness, sigma_min, reach: (
            theory.clipped(1.0, steepness, sigma_min, reach) * sigma_min * steepness**0.5
        ),
    },
    label="mass at the midpoint",
)
LINEAR = _claim(
    "linear",
    "A linear denoiser fills the space between the modes",
    r"A linear denoiser of modes $\pm\mu$ of variance $v$ samples $N(0,\mu^2+v)$: "
    r"$P(|x|<\delta)=\mathrm{erf}\big(\delta/\sqrt{2(\mu^2+v)}\big)$, from $\sigma_T\to\infty$; here $v=0$.",
    "midpoint",
    "linear",
    ({"sigma_min": 0.01, "sigma_max": 30.0, "reach": 0.5},),
    {
        "the exact score": lambda: 0.0,
        "a uniform law between the modes": lambda reach: reach,
    },
    label="mass at the midpoint",
)

CLAIMS: tuple[Claim, ...] = (MIDPOINT, MERGED, CLIPPED, LINEAR)
