"""Claims of section U on least squares: what random labels tell of the law of x."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import BOUNDED_PARTS, CONCENTRATED
from lingen.experiments.library.random_labels import EXPERIMENT
from lingen.theory import random_labels as theory

__all__ = ["CLAIMS"]

TRAINING = Claim(
    name="universality-training-error",
    title="The training error on random labels is universal, at every size",
    section="U",
    statement=r"Least squares on labels independent of $x$ has the training error $(1-d/n)_+\mathrm{Var}\,y$ for every law of $x$ and at "
    r"every $n,d$: the trace of a projection; here Gaussian $x$, random signs, and samples of random norm.",
    reference="classical; derived (docs/derivations)",
    **BOUNDED_PARTS,
    of=EXPERIMENT,
    observable="training",
    exact=True,
    sizes={"dim": (10, 20)},
    grid={"entries": ("gaussian", "rademacher", "elliptical"), "samples": (40,)},
    rivals={
        "as far below Var y as the error on fresh points is above": lambda samples, dim: (
            2.0 - theory.generalisation_error(samples, dim)
        ),
        "every residual shrinks by 1 − d/n, the error by its square": lambda samples, dim: (
            (1.0 - dim / samples) ** 2
        ),
    },
    label="training error / Var y",
)
FRESH = Claim(
    name="universality-test-error",
    title="Where universality breaks: the error on fresh points",
    section="U",
    statement=r"The error on fresh points is $\mathrm{Var}\,y\,\frac{n-1}{n-d-1}$ for Gaussian $x$; for samples of random norm, of the same "
    r"covariance and the same training error, that value fails.",
    reference="measured; elliptical data: El Karoui 2009",
    **CONCENTRATED,
    of=EXPERIMENT,
    observable="generalisation",
    exact=True,
    sizes={"dim": (20,)},
    grid={"entries": ("elliptical",), "samples": (60,)},
    predict=theory.generalisation_error,
    rivals={"nothing is fitted, Var y": lambda: 1.0},
    label="error on a fresh point / Var y",
    exploratory=True,
)

CLAIMS: tuple[Claim, ...] = (TRAINING, FRESH)
