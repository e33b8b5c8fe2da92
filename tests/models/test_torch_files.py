"""Files of PyTorch as users have them: the numbers of the same `.npy`, or one line; no code is ever run."""

# ruff: noqa: E501
from __future__ import annotations

import os
import pickle
import sys
import warnings
import zipfile
from pathlib import Path

import children
import numpy as np
import pytest

from lingen.models.images import data as images
from lingen.models.readers import formats
from lingen.models.readers.found import Ask

torch = pytest.importorskip("torch")

RUN = Path("was-run")
ROWS = np.random.default_rng(0).normal(size=(9, 12)).astype(np.float32)
PIXELS = np.random.default_rng(1).integers(0, 256, (9, 3, 4), dtype=np.uint8)
LABELS = torch.arange(9)


class _Code:
    def __reduce__(self):
        return os.mkdir, (str(RUN),)


def _rows():
    return torch.from_numpy(ROWS.copy())


def _old(held, file):
    torch.save(held, file, _use_new_zipfile_serialization=False)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not RUN.exists()


# name: (what is saved, how, the numbers)
READ = {
    "plain": (_rows, torch.save, ROWS),
    "old": (_rows, _old, ROWS),
    "half": (lambda: _rows().half(), torch.save, ROWS.astype(np.float16)),
    "double": (lambda: _rows().double(), torch.save, ROWS.astype(np.float64)),
    "bytes": (lambda: torch.from_numpy(PIXELS), torch.save, PIXELS),
    "long": (lambda: torch.from_numpy(PIXELS).long(), torch.save, PIXELS.astype(np.int64)),
    "words": (lambda: torch.from_numpy(PIXELS).to(torch.uint16), torch.save, PIXELS.astype(np.uint16)),
    "bool": (lambda: torch.from_numpy(PIXELS) > 99, torch.save, PIXELS > 99),
    "gradient": (lambda: _rows().requires_grad_(), torch.save, ROWS),
    "parameter": (lambda: torch.nn.Parameter(_rows()), torch.save, ROWS),
    "turned": (lambda: _rows().T.contiguous().T, torch.save, ROWS),
    "strided": (lambda: _rows()[::2, 1::3], torch.save, ROWS[::2, 1::3]),
    "negative": (lambda: torch._neg_view(_rows()), torch.save, -ROWS),
    "real-part": (lambda: torch.complex(_rows(), -_rows()).real, torch.save, ROWS),
    "dictionary": (lambda: {"images": _rows(), "labels": LABELS}, torch.save, ROWS),
    "old-dictionary": (lambda: {"images": _rows(), "labels": LABELS}, _old, ROWS),
    "pair": (lambda: (_rows(), LABELS), torch.save, ROWS),
    "list": (lambda: [LABELS, _rows()], torch.save, ROWS),
    "nested": (lambda: {"train": {"x": _rows(), "y": LABELS}, "epoch": 3}, torch.save, ROWS),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize("suffix", [".pt", ".pth"])
def test_the_numbers_are_those_that_were_saved(tmp_path, name, limit, suffix):
    make, save, values = READ[name]
    save(make(), tmp_path / f"a{suffix}")
    kept = values if limit is None else values[np.linspace(0, len(values) - 1, limit).round().astype(int)]
    found = formats.read(tmp_path / f"a{suffix}", Ask(limit=limit))
    assert found.values.dtype == values.dtype
    assert np.array_equal(found.values, kept)
    np.save(tmp_path / "a.npy", values)
    one, other = (images.load(tmp_path / f"a{s}", limit=limit) for s in (suffix, ".npy"))
    assert one.shape == other.shape
    assert np.array_equal(one.vectors, other.vectors)


@pytest.mark.parametrize("kind", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_kinds_that_numpy_lacks_are_the_nearest_numbers(tmp_path, kind):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    torch.save(_rows().to(getattr(torch, kind)), tmp_path / "a.pt")
    found = formats.read(tmp_path / "a.pt", Ask())
    assert found.values.dtype == np.float32
    assert np.array_equal(found.values, ROWS.astype(getattr(ml_dtypes, kind)).astype(np.float32))


def test_one_of_several_tensors_is_named_by_the_way_to_it(tmp_path):
    torch.save({"train": [_rows(), LABELS], "test": [_rows()[:5], LABELS[:5]]}, tmp_path / "a.pt")
    with pytest.raises(
        ValueError, match=r"got train/0 9×12, train/1 9, test/0 5×12, .* choose with .*a\.pt:train/0"
    ):
        images.load(tmp_path / "a.pt")
    assert images.load(f"{tmp_path}/a.pt:test/0").samples == 5


def test_channels_that_stand_before_pixels_become_grey_as_others_do(tmp_path):
    pixels = np.random.default_rng(2).random((9, 3, 5, 6)).astype(np.float32)
    torch.save(torch.from_numpy(pixels), tmp_path / "a.pt")
    found = images.load(tmp_path / "a.pt")
    luma = np.einsum("nchw,c->nhw", pixels.astype(float), [0.299, 0.587, 0.114]).reshape(9, 30)
    assert found.shape == (5, 6)
    assert np.allclose(found.vectors, luma - luma.mean(axis=0), atol=1e-14)
    assert "channels stand before pixels" in " ".join(found.notes)
    assert images.load(tmp_path / "a.pt", grey=False).shape == (5, 6, 3)


def _ragged():
    return torch.nested.nested_tensor([_rows()[:3], _rows()[:5]])


# name: (what is saved, words of the line)
REFUSED = {
    "code": (_Code, r"must hold tensors, got (posix|nt)\.mkdir, which may be any Python code and is never loaded"),
    "code-beside": (lambda: {"images": _rows(), "x": _Code()}, "Python code and is never loaded"),
    "dataset": (
        lambda: torch.utils.data.TensorDataset(_rows(), LABELS), r"got torch\.utils\.data\.dataset\.TensorDataset"),
    "module": (lambda: torch.nn.Linear(3, 3), r"got torch\.nn\.modules\.linear\.Linear"),
    "numpy": (lambda: {"x": ROWS}, r"got arrays of NumPy in a pickle.* numpy\.save\('data\.npy', array\)"),
    "rows": (lambda: list(_rows()), r"got a list of 9 of shape 12: save them as one, torch\.save\(torch\.stack"),
    "sparse": (lambda: _rows().to_sparse(), r"got a sparse one .*: save tensor\.to_dense\(\)"),
    "sparse-rows": (lambda: _rows().to_sparse_csr(), r"got a sparse one .*: save tensor\.to_dense\(\)"),
    "quantised": (
        lambda: torch.quantize_per_tensor(_rows(), 0.1, 0, torch.qint8), r"quantised one: save tensor\.dequantize"),
    "ragged": (_ragged, "a nested one, whose rows differ in length"),
    "shape-alone": (lambda: torch.empty(9, 12, device="meta"), "device meta, which has a shape and no numbers"),
    "complex": (lambda: torch.conj(_rows() + 1j), "must hold real numbers, got dtype complex64"),
    "gap": (lambda: _rows().index_fill(1, torch.tensor(2), np.nan), r"must be finite, got 9 NaN .* first at \(0, 2\)"),
    "empty": (lambda: torch.zeros(0, 8), "must hold at least two rows"),
    "scalar": (lambda: torch.zeros(()), "must have shape"),
    "nothing": (dict, "must hold an array, got none"),
    "text": (lambda: "text", "must hold an array, got none"),
    "twice": (lambda: {1: _rows(), "1": _rows()}, "must name each tensor differently, got two called '1'"),
    "vast": (lambda: torch.zeros(1).expand(10**7, 10**7), "must fit the .* GiB of memory here, got 3.73e[+]05 GiB"),
    "several": (
        lambda: torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2)).state_dict(), "0.weight 3×4"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_of_numbers_ends_in_one_line(tmp_path, name):
    make, words = REFUSED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch, that such tensors are new or old
        torch.save(make(), tmp_path / "a.pt")
    with pytest.raises(ValueError, match=words) as caught:
        images.load(tmp_path / "a.pt")
    line = str(caught.value)
    assert "a.pt" in line
    assert "\n" not in line
    assert len(line) < 500


def test_broken_files_end_in_one_line(tmp_path):
    torch.save(_rows(), tmp_path / "whole.pt")
    _old(_rows(), tmp_path / "old.pt")
    whole, old = (tmp_path / "whole.pt").read_bytes(), (tmp_path / "old.pt").read_bytes()
    with zipfile.ZipFile(tmp_path / "whole.pt") as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    for name, kept in (("short.pt", lambda n, c: c[:10]), ("without.pt", lambda n, c: None)):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for part, content in parts.items():
                found = kept(part, content) if part.endswith("data/0") else content
                archive.writestr(part, found) if found is not None else None
    (tmp_path / "cut.pt").write_bytes(whole[:-30])
    (tmp_path / "old.pt").write_bytes(old[: len(old) // 2])
    (tmp_path / "pickle.pt").write_bytes(pickle.dumps(_Code()))
    _old(_Code(), tmp_path / "code.pt")
    for name in ("short.pt", "without.pt", "cut.pt", "old.pt", "pickle.pt", "code.pt"):
        words = "hold the 432 bytes that its tensors take, got 10" if name == "short.pt" else ""
        with pytest.raises(ValueError, match=f"{name} must {words}") as caught:
            images.load(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_tensors_of_another_device_come_to_this_one(tmp_path):
    torch.save(_rows(), tmp_path / "here.pt")
    with (
        zipfile.ZipFile(tmp_path / "here.pt") as archive,
        zipfile.ZipFile(tmp_path / "a.pt", "w") as changed,
    ):
        for entry in archive.infolist():
            text = archive.read(entry.filename)
            changed.writestr(entry.filename, text.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0"))
    assert np.array_equal(formats.read(tmp_path / "a.pt", Ask()).values, ROWS)


PEAK = """
import sys
import torch
import numpy as np
from lingen.models.images import data as images
held = lambda: next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("RssAnon"))
images.load("small.pt", limit=10)
before = held()
data = images.load("large.pt", limit=10)
print((held() - before) * 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells memory as Linux does")
def test_thinning_leaves_the_rest_on_disk(tmp_path):
    torch.save(_rows(), tmp_path / "small.pt")
    torch.save(torch.rand(40_000, 500), tmp_path / "large.pt")  # 80 MB
    found = children.run([sys.executable, "-c", PEAK])
    assert found.returncode == 0, found.stderr
    assert float(found.stdout) < 8e6
