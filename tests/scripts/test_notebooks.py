"""Notebooks that are really executed: results show as HTML there, and what is shown is the report's own."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec

import children
import pytest

pytestmark = pytest.mark.slow

POPULATION = ["import lingen as lg", "lg.population.spiked([2.0])"]
VERDICT = [
    "import jax, lingen as lg",
    "coin = lg.Claim('coin', predict=lambda dim, p: p, grid={'p': (0.25, 0.5)}, dims=(1,), exact=True,"
    " bounds=(0, 1), simulate=lambda key, dim, p: jax.random.bernoulli(key, p).astype(float))",
    "lg.check(coin, jax.random.key(0))",
]


@pytest.mark.parametrize(("cells", "shown"), [(POPULATION, "eigenvalue"), (VERDICT, "coin")])
def test_a_result_shows_itself_as_html(tmp_path, cells, shown):
    if not find_spec("nbconvert") or not find_spec("ipykernel"):
        message = "no notebooks: install lingen[docs]"
        if os.environ.get("LINGEN_REQUIRE_DOCS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    blank = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    book = {
        "cells": [{**blank, "source": c} for c in cells],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    (tmp_path / "book.ipynb").write_text(json.dumps(book))
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", "book.ipynb"]
    done = children.run(command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    outputs = json.loads((tmp_path / "book.ipynb").read_text())["cells"][-1]["outputs"]
    html = ["".join(o["data"]["text/html"]) for o in outputs if "text/html" in o.get("data", {})][
        -1
    ]  # a verdict shows its progress first
    assert "lingen-shown" in html
    assert shown in html
