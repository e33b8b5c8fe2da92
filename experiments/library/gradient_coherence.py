"""Coherence of gradients: how much do the examples of a linear denoiser agree at the start of training?"""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.models import population
from lingen.sims import gradient_coherence as sim
from lingen.theory import gradient_coherence as theory

__all__ = ["EXPERIMENT"]

ISOTROPIC = population.isotropic()

EXPERIMENT = Experiment(
    "gradient_coherence",
    title="gradients of single examples agree by 1/d at least, however many there are",
    parameters={
        "samples": whole(at_least=1, default=20, symbol="n", title="examples n"),
        "dim": whole(at_least=1, default=10, symbol="d", title="dimension d"),
        "noise": real(at_least=0, default=0.0, symbol="s", title="noise variance s"),
    },
    sampler=lambda samples, dim, noise: sim.sampler(ISOTROPIC, samples, dim, noise=noise),
    predict=lambda samples, dim, noise: theory.predict(ISOTROPIC, samples, dim, noise),
    observables={
        "shared": Observable("squared mean gradient"),
        "single": Observable("mean squared gradient"),
    },
    reference="derived (docs/derivations, G8)",
)
