"""What every test process shares: compiled functions on disk, one thread of BLAS, annotations that hold.

Most of the suite's time would go into compiling; worker processes and the commands they start find what
another has compiled, Python's bytecode included. BLAS with more threads than one and XLA would wait for each
other by spinning.
"""

import functools
import gc
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import children
import hypothesis
import jax
import pytest
import scipy.linalg  # noqa: F401  (a library must be loaded to be limited)
from threadpoolctl import threadpool_limits

COMPILED = {
    "JAX_COMPILATION_CACHE_DIR": str(Path(__file__).parents[1] / ".pytest_cache" / "compiled"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.05",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time; `make test-slow` compiles as users do
    "JAX_TRACEBACK_IN_LOCATIONS_LIMIT": "0",  # no program tells the lines that each operation comes from
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore:Error reading persistent compilation cache:UserWarning",  # a killed child's
    "LINGEN_TYPED": "1",  # public functions take and give what they are annotated with: `lingen.boundary`
}
QUICK = "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
"""The older emitters, and one module of LLVM a program: what is compiled runs as fast.

XLA dies of flags that it does not know."""

if jax.__version_info__[:2] == (0, 10):
    COMPILED["XLA_FLAGS"] = QUICK

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a child would compile all of lingen's source
sys.dont_write_bytecode = False
for name, value in COMPILED.items():
    os.environ.setdefault(name, value)
jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)
jax.config.update("jax_disable_most_optimizations", os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] == "1")
jax.config.update("jax_traceback_in_locations_limit", int(os.environ["JAX_TRACEBACK_IN_LOCATIONS_LIMIT"]))


def share_contexts() -> None:
    """One context of MLIR serves every program but those that are lowered within another's lowering.

    Making one is a fifth of compiling a small program.
    """
    from jax._src.interpreters import mlir
    from jax._src.lib.mlir import ir

    make = mlir.make_ir_context
    shared = functools.cache(make)
    mlir.make_ir_context = lambda: shared() if ir.Context.current is None else make()


if jax.__version_info__[:2] == (0, 10):
    share_contexts()
hypothesis.settings.register_profile("shared", deadline=None)  # other processes take their time
hypothesis.settings.load_profile("shared")
threadpool_limits(limits=1, user_api="blas")

EVERY = 16
"""Tests between two looks at what a process holds."""
ROOM, MAPS = 4 << 30, 45_000
"""Bytes and memory maps until then: what is forgotten is compiled again."""
seen = 0


def pytest_collection_finish() -> None:
    """Look no more for garbage among what was imported, and seldom among what tracing leaves."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def room():
    """Forget compiled functions once they are many: without the 65,531st memory map LLVM dies."""
    global seen
    yield
    seen += 1
    if seen % EVERY == 0:
        from lingen.machine.crowding import make_room

        make_room(ROOM, MAPS)


@pytest.fixture(autouse=True)
def no_orphans():
    """Processes end with the test that started them."""
    yield
    children.end_all()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims count the seconds that this process computes: how busy the machine is decides no verdict."""
    sampled = sys.modules.get("lingen.claims.evidence.sampled")
    if sampled is not None:
        monkeypatch.setattr(sampled, "time", SimpleNamespace(monotonic=time.process_time))
