"""Claims of section A: what points of a generator are worth to a classifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scipy.special import ndtr

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, UNIT, Fields
from lingen.experiments.library.discriminant import EXPERIMENT
from lingen.theory import discriminant

__all__ = ["CLAIMS"]

EXPANDED: Fields = {
    **CONCENTRATED,
    "order_source": "smooth functions of bilinear forms in Gaussian matrices expand in 1/d: Wishart moments",
}
SIZES = {"dim": (24, 72)}
DATA = r"Classes $N(\pm\mu,I)$, $n$ real points and $m$ of a generator with the fitted means, $c=d/n$, $\rho=m/n$; the discriminant "


def _real_points(separation, load, ratio):
    """The accuracy of n + m real points."""
    return discriminant.predict(separation, load * (1.0 + ratio), 0.0).without


def _undamped(separation, load, ratio):
    """The accuracy with the scatter of each source about its own means, D = 1."""
    c = 1.0 / load
    variance = separation + c * (1.0 + ratio / (1.0 + ratio) ** 2)
    return ndtr((1.0 - c / (1.0 + ratio)) ** 0.5 * separation / variance**0.5)


def _without(separation, load):
    return discriminant.predict(separation, load, 0.0).without


def _points(separation: float, *pairs: tuple[float, float]) -> tuple[dict[str, float], ...]:
    """Points of this separation at pairs of a load and a ratio."""
    return tuple({"separation": separation, "load": load, "ratio": ratio} for load, ratio in pairs)


def _claim(name: str, title: str, words: str, observable: str, points: tuple[Any, ...],
           rivals: dict[str, Callable[..., Any]], **more: Any) -> Claim:  # fmt: skip
    return Claim(
        name=f"augmentation-{name}",
        title=title,
        section="A",
        statement=DATA + words,
        reference=DERIVED,
        **EXPANDED,
        of=EXPERIMENT,
        observable=observable,
        sizes=SIZES,
        points=points,
        rivals=rivals,
        **more,
    )


KNOWN = _claim(
    "known-covariance",
    "A generator that knows the covariance helps a classifier that does not",
    r"estimates means and covariance from all $n+m$. A generator that knows the covariance gives the accuracy "
    r"$\Phi\big(\sqrt{1-\frac c{1+\rho}}\,\mu^2/\sqrt{\mu^2+c+\frac{c\rho}{(1+\rho)^2D^2}}\big)$, $D=1+\frac c{(1+\rho)(1+\rho-c)}$.",
    "known",
    _points(2.0, (1.5, 0.5), (1.5, 2.0), (4.0, 2.0)),
    {
        "generated points are as good as real ones": _real_points,
        "generated points change nothing": _without,
    },
    **UNIT,
)
ESTIMATED = _claim(
    "estimated-covariance",
    "A generator that estimates the covariance never helps",
    r"and the generator estimate the covariance from what they see: the accuracy, $\Phi$ of a ratio of moments of two Wishart matrices "
    r"(derivation A2), is that of the real points alone at $\rho=0$ and as $\rho\to\infty$, and lower between.",
    "estimated",
    _points(2.0, (1.5, 0.5), (1.5, 2.0)),
    {
        "generated points are as good as real ones": _real_points,
        "the generator's covariance does not matter": lambda separation, load, ratio: (
            discriminant.predict(separation, load, ratio).known
        ),
    },
    **UNIT,
)
MEANS = _claim(
    "means-only",
    "With the covariance known to all, generated points cost a quarter more error at most",
    r"knows the covariance and takes the pooled means: the accuracy is $\Phi(\mu^2/\sqrt{\mu^2+c(1+\rho/(1+\rho)^2)})$, worst at "
    r"$m=n$, and that of the real points alone at $\rho=0$ and as $\rho\to\infty$.",
    "means",
    _points(1.0, (1.5, 0.25), (1.5, 1.0)),
    {
        "generated points are as good as real ones": lambda separation, load, ratio: ndtr(
            separation / (separation + 1.0 / (load * (1.0 + ratio))) ** 0.5
        ),
        "generated points change nothing": lambda separation, load: ndtr(
            separation / (separation + 1.0 / load) ** 0.5
        ),
    },
    **UNIT,
)
GAIN = _claim(
    "gain",
    "Few generated points help where data are few or classes far apart, and harm elsewhere",
    r"estimates means and covariance from all; the generator knows the covariance. The accuracy gained, in the same data, has at small "
    r"$\rho$ the sign of $\mu^2+c-(1-c)^3$, and is positive as $\rho\to\infty$. Resolved to $3\cdot10^{-4}$.",
    "gain",
    _points(0.1, (10.0, 0.5), (3.0, 0.25)),
    {
        "they always help: the means lose nothing": lambda separation, load, ratio: (
            ndtr((1.0 - 1.0 / (load * (1.0 + ratio))) ** 0.5 * separation / (separation + 1.0 / load) ** 0.5)
            - _without(separation, load)
        ),
        "the distance of both means is not damped, D = 1": lambda separation, load, ratio: (
            _undamped(separation, load, ratio) - _without(separation, load)
        ),
        "they change nothing": lambda: 0.0,
    },
    scale=0.01,
    thorough=True,
    resolution=0.04,
)

CLAIMS: tuple[Claim, ...] = (KNOWN, ESTIMATED, MEANS, GAIN)
