"""A store that cannot be read is told of in one line: nothing of asyncio's follows it on the terminal."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import children
import numpy as np
import pytest
import xarray as xr

from lingen.experiments.store.abandoned import nothing_left

OPEN = """
import gc
from pathlib import Path
from lingen.experiments.store.reading import open_sweep
for _ in range(4):
    try:
        open_sweep(Path("s.zarr"))
    except ValueError as error:
        print(error)
    gc.collect()
"""


def many_arrays(folder: Path) -> None:
    data = xr.Dataset({f"v{k}": ("x", np.arange(4.0)) for k in range(24)})
    data.to_zarr(folder / "s.zarr", zarr_format=2, consolidated=False)
    for file in (folder / "s.zarr").glob("*/.zarray"):
        file.write_text("{")


def test_errors_beside_the_first_are_not_printed(tmp_path):
    many_arrays(tmp_path)
    done = children.run([sys.executable, "-c", OPEN], cwd=tmp_path)
    assert done.stderr == ""
    assert done.returncode == 0
    assert [line.split(" (")[0] for line in done.stdout.splitlines()] == ["STORE s.zarr: cannot be read"] * 4


def test_asyncio_still_tells_of_the_tasks_of_others(caplog):
    with nothing_left():
        pass
    try:
        raise RuntimeError("of somebody else")
    except RuntimeError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved")
    assert [record.getMessage() for record in caplog.records] == ["Task exception was never retrieved"]


def test_what_fails_inside_is_raised():
    with pytest.raises(KeyError, match="v"), nothing_left():
        raise KeyError("v")
