"""What `import lingen` does to JAX, and what it and `lingen.claims` leave alone."""

from __future__ import annotations

import os
import sys

import children
import pytest

HEAVY = ("dask", "distributed", "flax.nnx", "matplotlib", "numpyro", "orbax", "sklearn", "xarray", "zarr")


def printed(program: str, **environment: str) -> str:
    done = children.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("order", ["import lingen, jax", "import jax, lingen"])
@pytest.mark.parametrize("setting", ["0", "1"])
def test_double_precision_is_on_whichever_is_imported_first(order, setting):
    program = f"{order}\nimport jax.numpy as jnp\nprint(jnp.ones(1).dtype)"
    assert printed(program, JAX_ENABLE_X64=setting) == "float64"


def test_importing_claims_imports_nothing_that_only_some_of_them_need():
    found = f"print([name for name in {HEAVY} if name in sys.modules])"
    assert printed(f"import sys\nimport lingen\nimport lingen.claims\n{found}") == "[]"


def test_listing_claims_and_experiments_imports_nothing_that_only_their_draws_need():
    heavy = (*HEAVY, "scipy.interpolate", "scipy.optimize", "scipy.stats", "treescope")
    listed = "from lingen.scripts.main import main\nmain(['list', '--json'])"
    found = f"print([name for name in {heavy} if name in sys.modules])"
    assert printed(f"import sys\n{listed}\n{found}").splitlines()[-1] == "[]"


def test_reading_shipped_data_imports_no_more_than_reading_a_file():
    heavy = (*HEAVY, "pandas", "scipy.io", "scipy.optimize", "scipy.sparse.csgraph", "scipy.stats")
    read = (
        "from lingen.models.images import shipped\nimport lingen.models.images.data\nshipped.read('digits')"
    )
    found = f"print([name for name in {heavy} if name in sys.modules])"
    assert printed(f"import sys\n{read}\n{found}") == "[]"


def test_the_command_answers_without_jax():
    program = "import sys\nimport lingen.scripts.main\nprint('jax' in sys.modules, 'numpy' in sys.modules)"
    assert printed(program) == "False False"
