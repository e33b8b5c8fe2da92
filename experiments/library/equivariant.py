"""Models equivariant under shifts by whole cells, of stationary images on a ring of c(j) = ρ^|j|."""

from __future__ import annotations

from lingen.experiments.image_pairs import correlation, experiment_on_pairs
from lingen.experiments.parameters import real, whole
from lingen.models.images.stationary import markov
from lingen.sims import equivariant as sim
from lingen.theory import equivariant as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = experiment_on_pairs(
    "equivariant",
    title="models equivariant under shifts converge with images a pixel of the cell",
    parameters={
        "samples": whole(at_least=1, default=32, symbol="n", title="images n"),
        "cell": whole(at_least=1, default=16, symbol="w", title="pixels w of a cell"),
        "shifts": whole(at_least=1, default=16, symbol="L", title="cells L of an image"),
        "noise": real(above=0, optional=True, unit="variance", symbol="s", title="noise s, or a sampler"),
        "correlation": correlation(0.6),
    },
    draw=lambda samples, cell, shifts, correlation, noise=None: sim.stationary_sampler(
        markov(correlation, cell * shifts), samples, cell, noise
    ),
    disagreement=lambda samples, cell, shifts, correlation, noise=None: theory.stationary_disagreement(
        markov(correlation, cell * shifts), samples, cell, noise
    ),
    along="samples",
    statement=r"Equivariant under shifts by $w$ pixels: a dense model of a cell, load $n/w$, whatever $L$.",
    reference="derived (docs/derivations)",
)
