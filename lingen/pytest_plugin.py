"""The plugin of pytest: claims in files named by an ini option are tests, and share one error rate.

    [tool.pytest.ini_options]
    lingen_claims = ["theorems.py"]

Each `Claim` of these files is one test item, `theorems.py::my-theorem`. All that are collected share
`lingen_error_rate` (0.01): together they are wrong with at most that probability. Further options:
`lingen_seed` (0), `lingen_seconds` (60, for one claim), `lingen_resolution` (each claim's own).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lingen.claims import Claim, Verdict

__all__ = ["ClaimFile", "ClaimItem"]

NUMBERS = {
    "lingen_seed": "seed of all draws (default: 0)",
    "lingen_error_rate": "probability of any wrong verdict among all claims collected (default: 0.01)",
    "lingen_seconds": "time for one claim (default: 60)",
    "lingen_resolution": "relative error to tell apart (default: what each claim was made for)",
}


class NotPassed(Exception):
    """A claim that does not pass, with its verdict."""

    def __init__(self, verdict: Verdict):
        super().__init__(verdict.summary)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    parser.addini("lingen_claims", "files whose claims are tests", type="paths", default=[])
    for name, words in NUMBERS.items():
        parser.addini(name, words, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Where no path was given, the files of claims are collected beside the test paths."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args += [str(path) for path in config.getini("lingen_claims") if str(path) not in config.args]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ClaimFile | None:
    """A file that the option names."""
    named = [Path(path).resolve() for path in parent.config.getini("lingen_claims")]
    return ClaimFile.from_parent(parent, path=file_path) if file_path.resolve() in named else None


class ClaimFile(pytest.File):
    """A file with claims."""

    def collect(self) -> Iterator[ClaimItem]:
        """Its claims, in its order."""
        from lingen.claims.loading import load_claims

        try:
            claims = load_claims(self.path)
        except ValueError as error:
            raise self.CollectError(str(error)) from None
        for claim in claims:
            yield ClaimItem.from_parent(self, name=claim.name, claim=claim)


class ClaimItem(pytest.Item):
    """One claim."""

    def __init__(self, *, claim: Claim, **more: Any):
        super().__init__(**more)
        self.claim = claim

    def runtest(self) -> None:
        """Check it; all claims of the session share the error rate."""
        import jax

        from lingen.claims import Budget, check

        budget = Budget(
            resolution=self._number("lingen_resolution", None),
            error_rate=self._number("lingen_error_rate", 0.01),
            seconds=self._number("lingen_seconds", 60.0),
        )
        together = sum(isinstance(item, ClaimItem) for item in self.session.items)
        key = jax.random.key(int(self._number("lingen_seed", 0)))
        verdict = check(self.claim, key, budget, comparisons=together)
        if not verdict:
            raise NotPassed(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict's sentence."""
        if isinstance(excinfo.value, NotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands and what it is called."""
        return self.path, 0, f"claim {self.name}"

    def _number(self, name: str, default: Any) -> Any:
        text = self.config.getini(name)
        if text in (None, ""):
            return default
        try:
            return float(text)
        except ValueError:
            raise pytest.UsageError(f"{name} must be a number, got {text!r}") from None
