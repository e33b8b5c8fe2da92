"""The claims that ship with lingen, found by their files: every module of this folder that has a tuple `CLAIMS`.

They come in the order of the theory's sections, and within one by topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from lingen.boundary import checked
from lingen.claims import library
from lingen.claims.claim import Claim
from lingen.words import did_you_mean

__all__ = ["SECTIONS", "all_claims", "get", "names", "of_topic", "topics"]

SECTIONS = {
    "M": "Memorisation",
    "C": "Convergence",
    "R": "Recovery of latent factors",
    "D": "Distances between the true and the learnt law",
    "N": "Linear denoisers and diffusion",
    "V": "Convolutional denoisers",
    "G": "Learning dynamics",
    "F": "Wasserstein gradient flows",
    "B": "Bayesian models",
    "L": "Self-consuming training",
    "K": "Kernel density",
    "S": "Mixtures of low rank",
    "W": "Worth of noisy samples",
    "H": "Spectral entropy",
    "T": "Correlated databases and tensors",
    "U": "Universality",
    "P": "Kinetic optimal probability paths",
    "A": "Generative augmentation and pretraining",
    "I": "Interpolation between modes",
}
"""The sections of the theory by their letters, in order; what belongs to none of them comes last."""


@lru_cache
def topics() -> tuple[str, ...]:
    """The modules of `lingen.claims.library` that hold claims, by name."""
    found = (module.name for module in iter_modules(library.__path__))
    return tuple(name for name in sorted(found) if hasattr(_module(name), "CLAIMS"))


@lru_cache
def all_claims() -> tuple[Claim, ...]:
    """Every claim that ships with lingen."""
    found = [claim for name in topics() for claim in _module(name).CLAIMS]
    claims = tuple(sorted(found, key=_place))
    unique = {claim.name for claim in claims}
    assert len(unique) == len(claims), "two claims share a name"
    return claims


@checked
def of_topic(name: str) -> tuple[Claim, ...]:
    """The claims of one module; none if there is no such module."""
    return _module(name).CLAIMS if name in topics() else ()


def names() -> tuple[str, ...]:
    """Their names."""
    return tuple(claim.name for claim in all_claims())


@checked
def get(wanted: Sequence[str]) -> tuple[Claim, ...]:
    """The claims of these names; `ValueError` with the closest names for one that is not there."""
    by_name = {claim.name: claim for claim in all_claims()}
    for name in wanted:
        if name not in by_name:
            hint = did_you_mean(name, by_name, most=3) or "; `lingen list` shows them all"
            raise ValueError(f"no claim is called {name!r}{hint}")
    return tuple(by_name[name] for name in wanted)


def _module(name: str) -> ModuleType:
    return import_module(f"{library.__name__}.{name}")


def _place(claim: Claim) -> int:
    return [*SECTIONS, claim.section].index(claim.section)
