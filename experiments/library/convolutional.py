"""Convolutional denoisers and samplers of stationary images on a ring, of power that of c(j) = ρ^|j|."""

from __future__ import annotations

from lingen.experiments.image_pairs import correlation, experiment_on_pairs
from lingen.experiments.parameters import real, whole, word
from lingen.models.images.stationary import markov
from lingen.sims import convolutional as sim
from lingen.theory import convolutional as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on_pairs(
    "convolutional",
    title="convolutional models converge with images times pixels",
    parameters={
        "samples": whole(at_least=1, default=4, symbol="n", title="images n"),
        "dim": whole(at_least=3, default=256, symbol="d", title="pixels d"),
        "taps": whole(at_least=1, optional=True, symbol="r", title="taps r, odd; all of the image if absent"),
        "noise": real(above=0, optional=True, unit="variance", symbol="s", title="noise s, or a sampler"),
        "correlation": correlation(0.8),
        "method": word(*sim.METHODS, default="auto", title="simulation method"),
    },
    draw=lambda dim, samples, correlation, method, taps=None, noise=None: sim.sampler(
        markov(correlation, dim), samples, taps, noise, method=method
    ),
    disagreement=lambda dim, samples, correlation, method, taps=None, noise=None: theory.disagreement(
        markov(correlation, dim), samples, taps, noise
    ),
    statement=r"$1-q\approx V/(nd\,a^\top Ba)$ of $r$ taps; of all frequencies exact at every $n$.",
    reference="derived (docs/derivations)",
)
