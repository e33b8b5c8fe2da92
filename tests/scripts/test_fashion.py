"""What docs/examples/fashion.md tells of Fashion-MNIST, where the Debian package is installed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lingen.scripts.main import main

DATA = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")
PAGE = Path(__file__).parents[2] / "docs" / "examples" / "fashion.md"
ROW = re.compile(r"\| ([\d,]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|")


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="no package dataset-fashion-mnist")
def test_the_page_tells_what_the_command_gives(tmp_path):
    rows = [[float(word.replace(",", "")) for word in row] for row in ROW.findall(PAGE.read_text("utf-8"))]
    assert [row[0] for row in rows[-2:]] == [16_384, 30_000]
    assert len(rows) == 11
    assert main(["predict", str(DATA), "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "predict.json").read_text("utf-8"))
    checks = {one["samples"]: one for one in found["checks"]}
    for n, theory, discounted, measured, error, gap, leak in rows:
        one = checks[int(n)]
        assert one["predicted"] == pytest.approx(theory, abs=6e-5)
        assert one["discounted"] == pytest.approx(discounted, abs=6e-5)
        assert one["measured"] == pytest.approx(
            measured, abs=max(4 * error, 6e-5)
        )  # other devices, other sums
        assert one["gap"] == pytest.approx(gap, abs=0.1)
        assert one["memorisation"] == pytest.approx(leak, abs=0.1 * (leak - 1) + 2e-3)
    first = found["answers"][0]
    assert (first["quantity"], first["level"]) == ("q", 0.95)
    assert first["samples"] == pytest.approx(673, abs=9)
