"""Of the catalogue's good calls, those that any program can compute: public predictions, and every draw."""

from __future__ import annotations

from typing import Any

import jax
from catalogue import Call, calls

from lingen.models.population import Population

HOST = (
    "theory.edge.critical", "theory.edge.tracy_widom", "theory.kernel_density.participation",
    "theory.power_laws.prefactor", "theory.power_laws.rate", "theory.worth",
    "theory.spectrum.separation.windows", "theory.spectrum.spectral_law.support", "theory.inversion",
)  # fmt: skip
"""NumPy in and out, or numbers that set the shape of all that is given: not to be traced."""
KNOWN: dict[str, tuple[str, ...]] = {
    "theory.disagreement.distances": ("population",),
    "theory.distances.frobenius": ("population",),
    "theory.distances.predict": ("population",),
    "theory.dynamics.online_curve": ("population",),
    "theory.finite_samples.fid_first_order": ("population",),
    "theory.finite_samples.mmd": ("population",),
    "theory.finite_samples.predict": ("population",),
    "theory.finite_samples.sliced": ("population",),
    "theory.gradient_coherence.coherence": ("population",),
    "theory.gradient_coherence.predict": ("population",),
    "theory.information.predict": ("population",),
    "theory.power_laws.disagreement_law": ("exponent",),
    "theory.recovery.latents": ("population",),
    "theory.refitting.second_moment_exact": ("population",),
}
"""What must be known, for it sets the shape of the answer."""
INFINITE = ("theory.dynamics.optimal_time",)
"""Where infinity is an answer: never stopping is best."""

CHAINS = ("sims.bayesian", "sims.class_collapse")
"""Markov chains, and a descent to rest, which make much of the last digit."""

SHAPED = (
    "sims.random_features.sampler", "sims.message_passing.sampler",
    "sims.message_passing.information_sampler",
)  # fmt: skip
"""Where the number of samples is a shape: of the features of each training point, or of its weights."""

WHOLE = [call for call in calls() if call.whole]
THEORY = [c for c in WHOLE if c.name.startswith("theory.") and not c.name.startswith(HOST)]
SAMPLERS = [
    c
    for c in WHOLE
    if c.name.startswith("sims.") and c.name.endswith("sampler") and not c.name.startswith(CHAINS)
]


def parted(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments that are numbers, and those that say what is computed."""
    kept = KNOWN.get(call.name, ())

    def is_number(value: Any) -> bool:
        return isinstance(value, float | complex | jax.Array | Population)

    numbers = {k: v for k, v in call.arguments.items() if is_number(v) and k not in kept}
    return numbers, {k: v for k, v in call.arguments.items() if k not in numbers}
