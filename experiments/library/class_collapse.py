"""Neural collapse under weight decay: which classes does a deep network forget?"""

from __future__ import annotations

from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import real, whole
from lingen.sims import class_collapse as sim
from lingen.theory import class_collapse as theory

__all__ = ["EXPERIMENT"]

EXPERIMENT = Experiment(
    "class_collapse",
    title="weight decay makes a deep network forget small classes at once",
    parameters={
        "majority": whole(at_least=1, default=16, symbol="n₁", title="samples of each larger class"),
        "minority": whole(at_least=1, default=4, symbol="n₂", title="samples of each smaller class"),
        "classes": whole(at_least=1, default=2, symbol="K/2", title="classes of either kind"),
        "decay": real(above=0, default=0.02, symbol="λ", title="weight decay λ"),
        "depth": whole(at_least=2, default=3, symbol="M", title="factors M, free features among them"),
    },
    sampler=sim.sampler,
    predict=theory.predict,
    observables={
        "majority_length": Observable("length of the vector of a larger class"),
        "minority_length": Observable("length of the vector of a smaller class"),
    },
    reference="derived (docs/derivations, G7)",
)
