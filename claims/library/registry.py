"""The claims that ship with lingen, in the order of the theory's sections."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module

from lingen.boundary import checked
from lingen.claims.claim import Claim

__all__ = ["MODULES", "all_claims", "get", "names"]

MODULES = (
    "memorisation", "leakage", "convergence", "recovery", "distances", "denoising", "diffusion", "scores",
    "dynamics", "mode_curves", "collapse", "random_features", "refitting",
    "kernel_density", "mixtures", "noisy_worth", "spectral_entropy", "databases",
    "universality", "edges", "critical_window", "power_laws", "sharp",
    "criticality", "scaling_laws", "bayesian",
)  # fmt: skip
"""Modules of `lingen.claims.library` that hold claims, each in a tuple `CLAIMS`."""


@lru_cache
def all_claims() -> tuple[Claim, ...]:
    """Every claim that ships with lingen."""
    modules = [import_module(f"lingen.claims.library.{name}") for name in MODULES]
    claims = tuple(claim for module in modules for claim in module.CLAIMS)
    unique = {claim.name for claim in claims}
    assert len(unique) == len(claims), "two claims share a name"
    return claims


def names() -> tuple[str, ...]:
    """Their names."""
    return tuple(claim.name for claim in all_claims())


@checked
def get(wanted: Sequence[str]) -> tuple[Claim, ...]:
    """The claims of these names; `ValueError` with the closest names for one that is not there."""
    by_name = {claim.name: claim for claim in all_claims()}
    for name in wanted:
        if name not in by_name:
            close = difflib.get_close_matches(name, by_name, n=3, cutoff=0.4)
            hint = f"; did you mean {' or '.join(close)}?" if close else "; `lingen list` shows them all"
            raise ValueError(f"no claim is called {name!r}{hint}")
    return tuple(by_name[name] for name in wanted)
