"""Claims that are cheap to draw, and the command line as a user meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import children
import pytest
from browsers import browser  # noqa: F401  (a fixture)

CLAIMS = r"""
import jax
import jax.numpy as jnp
from lingen.claims import Claim

def moment(key, dim, load):
    x = jax.random.uniform(key, (dim,), minval=0.99, maxval=1.01) * load
    return jnp.mean(x) + 1 / dim

def pair(key, dim, load):
    return jnp.array([1.0, 2.0]) * moment(key, dim, load)

KNOWN = {"concentration": "means of uniform numbers", "order_source": "planted"}

HOLDS = Claim("mean", title="The mean <of x> & co", statement=r"$\tau(x)=\gamma$ as $$d\to\infty$$",
    label="$τ(x)$",
    grid={"load": (0.5, 1.0, 2.0)},
    predict=lambda load: load, simulate=moment, dims=(8, 16, 32), **KNOWN,
    rivals={"twice, $2\\gamma$": lambda load: 2 * load})
"""
MORE = r"""
SIZES = {"dims": (8, 16, 32), **KNOWN}
WRONG = Claim("off", grid={"load": (0.5, 1.0)}, predict=lambda load: 1.2 * load, simulate=moment, **SIZES)
NAN = Claim("nan", statement=r"$\frac{$", grid={"load": (0.5,)}, predict=lambda load: load,
    simulate=lambda key, dim, load: jnp.nan)
SHAPE = Claim("shape", grid={"load": (0.5,)}, predict=lambda load: [load, load], simulate=moment)
MEASURED = Claim("beyond", exploratory=True, grid={"load": (0.5, 1.0)}, predict=lambda load: 1.05 * load,
    simulate=moment, **SIZES, rivals={"nothing": lambda load: 0.0})
PAIR = Claim("pair", grid={"load": (0.5, 1.0)}, predict=lambda load: [load, 2 * load],
    simulate=pair, rivals={"equal": lambda load: [load, load]}, **SIZES)
EXACT = Claim("exact", exact=True, grid={"load": (0.5, 1.0)}, predict=lambda load, dim: load + 1 / dim,
    simulate=moment, dims=(4, 16), **KNOWN, rivals={"no 1/d": lambda load, dim: load})
WORDS = Claim("words", points=({"law": "uniform", "load": 1.0}, {"law": "flat", "load": 1.0}),
    predict=lambda law, load: load, simulate=lambda key, dim, law, load: moment(key, dim, load),
    rivals={"half": lambda law, load: load / 2}, **SIZES)
"""


@pytest.fixture(scope="session")
def claims_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One claim, which holds."""
    path = tmp_path_factory.mktemp("claims") / "holds.py"
    path.write_text(CLAIMS)
    return path


@pytest.fixture(scope="session")
def mixed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A claim of every outcome and shape."""
    path = tmp_path_factory.mktemp("claims") / "mixed.py"
    path.write_text(CLAIMS + MORE)
    return path


@pytest.fixture(scope="session")
def lingen(tmp_path_factory: pytest.TempPathFactory):
    """Runs `lingen` as a process of its own and gives back what it said."""
    cache = tmp_path_factory.mktemp("cache")

    def run(
        *arguments: object, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return children.run(
            [sys.executable, "-m", "lingen", *map(str, arguments)],
            cwd=cwd or cache,
            env=os.environ | {"LINGEN_CACHE": str(cache), "COLUMNS": "100"} | environment,
        )

    return run


@pytest.fixture(scope="session")
def mixed_run(lingen, mixed_file, tmp_path_factory):
    """One run of the mixed file: the process and its report's folder."""
    folder = tmp_path_factory.mktemp("mixed") / "report"
    return lingen("verify", mixed_file, "--report", folder, "--max-draws", 16384), folder


@pytest.fixture(scope="session")
def explorer_tables():
    """What the explorer tabulates: half a minute of computing."""
    from lingen.scripts.figures.explorer.tabulated import tables

    return tables()
