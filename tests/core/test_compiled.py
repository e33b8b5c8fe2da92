"""How JAX compiles for lingen: what is set stays, what is kept is bounded, and it can be told not to."""

from __future__ import annotations

import os
import sys
import time

import children
import jax
import pytest

from lingen.machine.compiled import QUICK, TRIED, cache_folder, shrink

CLEAN = (
    "JAX_COMPILATION_CACHE_DIR",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS",
    "XLA_FLAGS",
    "LINGEN_CACHE",
)
SET = " ".join(QUICK) if jax.__version_info__[:2] in TRIED else ""
"""What is told the compiler with this JAX: no option that was not tried with it."""
ASK = "print(os.environ.get('XLA_FLAGS', '')); print(jax.config.jax_compilation_cache_dir)"


def told(program: str, **environment: str) -> list[str]:
    kept = {k: v for k, v in os.environ.items() if k not in CLEAN and "PERSISTENT" not in k}
    done = children.run(
        [sys.executable, "-c", program],
        env=kept | {"JAX_PLATFORMS": "cpu"} | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_script_finds_what_another_has_compiled(tmp_path):
    program = f"import os, jax, lingen\nlingen.theory.leakage.blind_auc_limit(2.0)\n{ASK}"
    options, folder = told(program, LINGEN_CACHE=str(tmp_path))
    assert options == SET
    assert folder.startswith(str(tmp_path))
    assert os.listdir(folder)
    again = (
        "import jax, lingen\nfrom jax import monitoring\nseen = []\nmonitoring.register_event_listener("
        "lambda name, **_: seen.append(name))\nlingen.theory.leakage.blind_auc_limit(2.0)\n"
        "print(*(sum(name.endswith(word) for name in seen) for word in ('cache_hits', 'cache_misses')))"
    )
    hits, misses = map(int, told(again, LINGEN_CACHE=str(tmp_path))[0].split())
    assert hits > 0
    assert misses == 0


def test_one_word_turns_it_off():
    program = f"import os, jax, lingen\nlingen.theory.leakage.blind_auc_limit(2.0)\n{ASK}"
    assert told(program, LINGEN_CACHE="off")[1] == "None"


@pytest.mark.parametrize(
    "theirs", ["--xla_cpu_use_fusion_emitters=true", QUICK[0], "--xla_backend_optimization_level=3"]
)
def test_what_the_user_says_of_the_compiler_stays(theirs):
    program = f"import os, jax, lingen\nimport lingen.checks\n{ASK}"
    ours = [option for option in SET.split() if option.partition("=")[0] not in theirs]
    assert told(program, LINGEN_CACHE="off", XLA_FLAGS=theirs)[0] == " ".join([theirs, *ours])
    other = "--xla_cpu_enable_fast_math=false"
    assert told(program, LINGEN_CACHE="off", XLA_FLAGS=other)[0] == f"{other} {SET}".strip()


def test_the_users_cache_stays(tmp_path):
    program = f"import os, jax, lingen\nimport lingen.checks\n{ASK}"
    assert told(program, JAX_COMPILATION_CACHE_DIR=str(tmp_path))[1] == str(tmp_path)


def test_a_jax_at_work_is_left_alone():
    at_work = f"import os, jax\njax.numpy.ones(2)\nimport lingen.checks\n{ASK}"
    assert told(at_work, LINGEN_CACHE="off")[0] == ""


def test_nothing_is_kept_where_it_cannot_be_written(monkeypatch, tmp_path):
    monkeypatch.setenv("LINGEN_CACHE", str(tmp_path / "cache"))
    folder = cache_folder()
    assert folder is not None
    assert folder.is_relative_to(tmp_path)
    assert list(folder.iterdir()) == []
    (tmp_path / "file").touch()
    monkeypatch.setenv("LINGEN_CACHE", str(tmp_path / "file" / "cache"))
    assert cache_folder() is None


def test_the_folder_is_bounded_and_what_was_used_last_stays(tmp_path):
    now = time.time()
    for age in range(10):
        path = tmp_path / f"{age}"
        path.write_bytes(bytes(100))
        os.utime(path, (now - age, now - age))
    shrink(tmp_path, largest=1000)
    assert len(list(tmp_path.iterdir())) == 10
    shrink(tmp_path, largest=999)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2", "3"]
