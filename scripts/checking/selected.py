"""The claims that a command line stands for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingen.claims.claim import Claim

__all__ = ["select"]


def select(names: Sequence[str], section: str | None = None, thorough: bool = False) -> list[Claim]:
    """The claims that names and files stand for, in the order given.

    Without names: all that ship with lingen, those that take long only if `thorough`.

    Raises:
        ValueError: for an unknown name, a file that cannot be used, a section without claims, or two claims
            of one name.
    """
    from lingen.claims.library import registry
    from lingen.claims.loading import load_claims

    claims: list[Claim] = [] if names else [c for c in registry.all_claims() if thorough or not c.thorough]
    for name in dict.fromkeys(names):
        claims += load_claims(name) if _is_file(name) else registry.get([name])
    if section is not None:
        found = sorted({claim.section for claim in claims} - {""})
        claims = [claim for claim in claims if claim.section == section.upper()]
        if not claims:
            raise ValueError(f"--section must be one of {', '.join(found) or 'none here'}, got {section!r}")
    twice = [c.name for i, c in enumerate(claims) if c.name in {b.name for b in claims[:i]}]
    if twice:
        raise ValueError(f"two claims are called {twice[0]!r}")
    return claims


def _is_file(name: str) -> bool:
    place = name.partition("::")[0]
    return place.endswith(".py") or os.sep in place
