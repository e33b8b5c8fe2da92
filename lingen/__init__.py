"""Verify theorems numerically: predictions beside simulations, error bars, controlled error rates.

An `Experiment` is a draw and a prediction of the same parameters; a `Claim` says that the one holds for the
other. `check` gives the verdict, `sweep` puts both on a grid, `infer` finds critical points and exponents
there, `plot` shows any of them, `forecast` tells what a data set's spectrum foretells. Predictions live in
`theory`, simulations in `sims`, what both speak of in `models`, the experiments that ship in `experiments`.
Importing lingen turns on double precision in JAX, and loads nothing else: names load what they need when
they are used.
"""

import os
import sys

from lingen.lazy import names as _names

if "jax" in sys.modules:
    sys.modules["jax"].config.update("jax_enable_x64", True)
else:  # read by JAX when it is imported, which takes longer than anything that `lingen --help` does
    os.environ["JAX_ENABLE_X64"] = "1"

__version__ = "0.1.0"

__getattr__, __dir__ = _names(
    __name__,
    {
        "Budget": "lingen.claims.checking:Budget",
        "Claim": "lingen.claims.claim:Claim",
        "Experiment": "lingen.experiments.experiment:Experiment",
        "LawClaim": "lingen.claims.law_claim:LawClaim",
        "Observable": "lingen.experiments.experiment:Observable",
        "Options": "lingen.experiments.sweep:Options",
        "Verdict": "lingen.claims.verdict:Verdict",
        "check": "lingen.claims.checking:check",
        "claims": "lingen.claims",
        "ensemble": "lingen.sims.engine.ensemble:ensemble",
        "experiments": "lingen.experiments",
        "filters": "lingen.models.filters",
        "forecast": "lingen.experiments.forecast:forecast",
        "infer": "lingen.claims.inference.sweeps:infer",
        "models": "lingen.models",
        "plot": "lingen.scripts.plots.plot:plot",
        "population": "lingen.population",
        "real": "lingen.experiments.parameters:real",
        "sims": "lingen.sims",
        "sweep": "lingen.experiments.sweep:sweep",
        "theory": "lingen.theory",
        "whole": "lingen.experiments.parameters:whole",
        "word": "lingen.experiments.parameters:word",
    },
)
