"""Local denoisers without shared weights, of stationary images on a ring of c(j) = ρ^|j|."""

from __future__ import annotations

from lingen.experiments.image_pairs import correlation, experiment_on_pairs
from lingen.experiments.parameters import real, whole
from lingen.models.images.stationary import markov
from lingen.sims import local_denoisers as sim
from lingen.theory import local_denoisers as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on_pairs(
    "local_denoisers",
    title="local denoisers without shared weights converge with images a pixel of the window",
    parameters={
        "samples": whole(at_least=1, default=32, symbol="n", title="images n"),
        "dim": whole(at_least=3, default=256, symbol="d", title="pixels d"),
        "taps": whole(at_least=1, default=17, symbol="r", title="pixels r of a window, odd or all"),
        "noise": real(above=0, default=0.3, unit="variance", symbol="s", title="noise s"),
        "correlation": correlation(0.6),
    },
    draw=lambda samples, dim, taps, correlation, noise: sim.sampler(
        markov(correlation, dim), samples, taps, noise
    ),
    disagreement=lambda samples, dim, taps, correlation, noise: theory.disagreement(
        markov(correlation, dim), samples, taps, noise
    ),
    models="two denoisers",
    along="samples",
    statement=r"Every pixel regressed on its own window of $r$ pixels: the theory of dense denoisers with "
    r"$\Sigma=C_W$ at the load $n/r$.",
    reference="derived (docs/derivations)",
)
