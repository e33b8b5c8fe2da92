"""Programs that run long are compiled as users compile them, whatever the other tests do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jax

__all__ = ["optimised"]


@contextmanager
def optimised() -> Iterator[None]:
    """With XLA's optimisations: compiling takes longer, what is compiled a third of its time."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", False)
    try:
        yield
    finally:
        jax.config.update("jax_disable_most_optimizations", before)
