"""Claims in a test suite of your own: `assert_holds(claim)`; `lingen.pytest_plugin` finds them in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lingen.checks import integer

if TYPE_CHECKING:
    from lingen.claims import Budget, Claim, Verdict

__all__ = ["assert_holds"]


def assert_holds(
    claim: Claim, *, seed: int = 0, budget: Budget | None = None, comparisons: int = 1, **options: Any
) -> Verdict:
    """Check a claim and return its verdict; `AssertionError` with its sentence unless it passes.

    Args:
        claim: what to check.
        seed: of the draws; the same seed gives the same draws.
        budget: resolution, error rate, draws and seconds; `Budget()` if absent.
        comparisons: number of claims that share the error rate.
        options: further arguments of `lingen.claims.checking`.

    Raises:
        AssertionError: if a claim does not hold, or a measurement is broken (`Verdict.passed`).
        ValueError: if an argument is none.
    """
    import jax

    from lingen.claims import check

    key = jax.random.key(integer("seed", seed, low=0))
    verdict = check(claim, key, budget, comparisons=comparisons, **options)
    if not verdict:
        raise AssertionError(verdict.summary)
    return verdict
