"""Claims of section U: what only the spectrum predicts, on data that are not Gaussian."""

from __future__ import annotations

from functools import lru_cache

from lingen.claims.claim import Claim
from lingen.claims.library.sources import BOUNDED_PARTS, PAPER, SMOOTH, UNIT, Fields
from lingen.models import population
from lingen.models.images import data as images
from lingen.sims import convergence as sim
from lingen.theory import convergence

__all__ = ["CLAIMS"]

TWO_ATOMS = population.atoms([1.0, 10.0])
DIMS = (64, 128, 256)


OVERLAP: Fields = {"measure": lambda draws: draws.convergence, "label": "q", **UNIT}
"""What is measured: q."""
ALONG: Fields = {**OVERLAP, **SMOOTH, "grid": {"load": (0.5, 1.0, 2.0)}, "dims": DIMS}
"""q of drawn data along loads, at several sizes."""


def _isotropic(load):
    return convergence.overlap(population.isotropic(), load)


def _entries(name: str, words: str) -> Claim:
    """The spectrum alone predicts q for independent entries of any law with unit variance."""
    return Claim(
        name=f"universality-{name}",
        title=f"Universality: {words}",
        section="U",
        statement=r"With $x=\Sigma^{1/2}\xi$ and independent entries $\xi_i$ of mean 0 and variance 1, "
        rf"$q$ is that of Gaussian data of the same spectrum; here {words}, half the eigenvalues at 1 and half at 10.",
        reference="Bai & Silverstein 2010; " + PAPER,
        **ALONG,
        predict=lambda load: convergence.overlap(TWO_ATOMS, load),
        sampler=lambda dim, load: sim.sampler(TWO_ATOMS, dim, load, entries=name),
        rivals={"only the load matters: the isotropic q": _isotropic},
    )


ELLIPTICAL = Claim(
    name="universality-elliptical",
    title="Where universality breaks: samples of random norm",
    section="U",
    statement=r"With $x=r\,\xi$, one random radius $r$ a sample ($E r^2=1$), the covariance is still $I$ but the samples are "
    r"unequal: the Gaussian $q$ fails.",
    reference="measured; elliptical data: El Karoui 2009",
    **ALONG,
    predict=_isotropic,
    sampler=lambda dim, load: sim.sampler(population.isotropic(), dim, load, entries="elliptical"),
    rivals={"no effect of the data at all, q = 1": lambda load: 1.0},
    exploratory=True,
)


@lru_cache
def _images(name: str):
    return images.load(name, patch=8) if name == "photos" else images.load(name)


def _real(name: str, words: str, loads: tuple[float, ...]) -> Claim:
    """Disjoint halves of real data against the prediction from their spectrum: a measurement."""
    return Claim(
        name=f"universality-{name}",
        title=f"Real data: {words}",
        section="U",
        statement=rf"Two models trained on disjoint random subsets of {words} against $q$ predicted from the covariance "
        r"spectrum of the whole set.",
        reference="measured; prediction: " + PAPER,
        **BOUNDED_PARTS,
        **OVERLAP,
        grid={"load": loads},
        predict=lambda load: convergence.overlap(_images(name).population, load),
        sampler=lambda dim, load: sim.split_sampler(_images(name).vectors, samples=round(load * dim)),
        dims=(64,),
        rivals={"only the load matters: the isotropic q": _isotropic},
        exploratory=True,
    )


CLAIMS: tuple[Claim, ...] = (
    _entries("rademacher", "random signs"),
    _entries("uniform", "uniform entries"),
    ELLIPTICAL,
    _real("digits", "the 1,797 handwritten digits of 8 × 8 pixels", (0.5, 1.0, 2.0, 4.0, 8.0)),
    _real("photos", "8 × 8 patches of two natural photographs", (0.5, 1.0, 2.0, 4.0, 8.0)),
)
