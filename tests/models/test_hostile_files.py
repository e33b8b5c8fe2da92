"""Files that are empty, cut off, lying or hostile: each ends in one clear line, and no code in one is run."""

# ruff: noqa: E501
from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from lingen.scripts.commands.predict import predict

h5py = pytest.importorskip("h5py")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

RUN = Path("was-run")
ROWS = np.random.default_rng(0).normal(size=(6, 3))


class _Code:
    def __reduce__(self):
        return os.mkdir, (str(RUN),)


def _npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def _header(text):
    padded = text.ljust(117) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(padded)) + padded.encode()


def _shape(shape, fortran=False, kind="<f8"):
    return _header(str({"descr": kind, "fortran_order": fortran, "shape": shape}))


def _npz(*members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def _idx(shape, content=b"", code=8):
    return struct.pack(f">HBB{len(shape)}i", 0, code, len(shape), *shape) + content


def _parquet(**columns):
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def _hdf5(fill):
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


def _mat(**content):
    stream = io.BytesIO()
    scipy.io.savemat(stream, content)
    return stream.getvalue()


def _safetensors(header, content=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def _png(width, height):
    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")


def _gap(values):
    changed = values.copy()
    changed[1, 2] = np.nan
    return changed


OBJECTS = np.array([[_Code(), 1], [2, 3]], dtype=object)
DATES = pa.array(np.arange(6).astype("datetime64[D]"))
FILES = {
    # name: (content, words of the line)
    "empty.npy": (b"", "0 bytes"),
    "cut.npy": (_npy(ROWS)[:150], "22 of its 144 bytes"),
    "objects.npy": (_npy(OBJECTS, allow_pickle=True), "Python objects, which are never loaded"),
    "pickle.npy": (pickle.dumps(_Code()), "a pickle; it holds Python objects"),
    "negative.npy": (_shape((-2, 3)) + bytes(48), "sizes of at least 0"),
    "vast.npy": (_shape((10**9, 10**6)) + bytes(48), "48 of its"),
    "endless.npy": (_shape((2,) * 60) + bytes(48), "48 of its"),
    "evil-header.npy": (_header("__import__('os').mkdir('was-run')"), "readable array file"),
    "records.npy": (_npy(np.zeros(4, [("a", "f8"), ("b", "i4")])), "must have shape"),
    "complex.npy": (_npy(ROWS + 1j), "real numbers, got dtype complex128"),
    "nan.npy": (_npy(_gap(ROWS)), r"1 NaN or infinite values, the first at \(1, 2\)"),
    "inf.npy": (_npy(np.where(ROWS[0, 0] == ROWS, np.inf, ROWS)), "1 NaN or infinite"),
    "one-row.npy": (_npy(ROWS[:1]), "at least two rows, got 1"),
    "no-column.npy": (_npy(ROWS[:, :0]), r"at least one column, got an array of shape \(6, 0\)"),
    "scalar.npy": (_npy(np.float64(3)), r"must have shape .*, got \(\)"),
    "bomb.npy.gz": (gzip.compress(_shape((10**9, 10**6)) + bytes(10**6)), "bytes that it says, got"),
    "cut.npy.gz": (gzip.compress(_npy(np.random.default_rng(1).normal(size=(99, 9))))[:-60], "readable array file"),
    "text.npz": (b"text", "readable array file"),
    "none.npz": (_npz(), "must hold an array, got none"),
    "objects.npz": (_npz(("a.npy", _npy(OBJECTS, allow_pickle=True))), "never loaded"),
    "bomb.npz": (_npz(("a.npy", _shape((10**9, 10**6)) + bytes(10**6))), "must hold all of a, got 1,000,128 bytes"),
    "cut.npz": (_npz(("a.npy", _npy(ROWS)))[:100], "readable array file"),
    "two.npz": (_npz(("a.npy", _npy(ROWS)), ("b.npy", _npy(ROWS))), r"choose with .*two\.npz:a"),
    "magic-idx3-ubyte": (b"\1\2\3\4" + bytes(20), "begin as an idx file does"),
    "negative-idx3-ubyte": (_idx((-5, 2, 2)), r"sizes of at least 0, got \(-5, 2, 2\)"),
    "cut-idx3-ubyte": (_idx((5, 2, 2), bytes(7)), "36 bytes that it says, got 23"),
    "long-idx3-ubyte.gz": (gzip.compress(_idx((5, 2, 2), bytes(21))), "must end after the 20 bytes"),
    "bomb-idx3-ubyte.gz": (gzip.compress(_idx((2**31 - 1, 999, 9), bytes(999))), "bytes that it says, got"),
    "short-idx3-ubyte.gz": (gzip.compress(_idx((5, 2, 2), bytes(7))), "must be whole, got one that ends after 0 of 5"),
    "labels-idx1-ubyte": (_idx((5,), bytes(5)), r"must have shape .*, got \(5,\)"),
    "empty.csv": (b"", "got an empty file"),
    "header.csv": (b"a,b\n", "at least two rows"),
    "ragged.csv": (b"a,b\n1,2\n3,4,5\n6,7\n", "Expected 2 fields in line 3, saw 3"),
    "wide.csv": (b"a,b\n1,2,3\n4,5,6\n", "rows of 2 cells, got longer"),
    "short.csv": (b"a,b\n1,2\n3\n", "nothing or NaN at row 2 in column 'b'"),
    "words.csv": (b"a,name\n1,2\n3,Anna\n", r"'Anna' at row 2 in column 'name': leave it out by --columns=-name"),
    "dates.csv": (b"day,b\n2026-01-01,2\n2026-01-02,3\n", "'2026-01-01' at row 1 in column 'day'"),
    "bytes.csv": (b"a,b\n\xff\xfe\x00,1\n", "readable table"),
    "text.parquet": (b"text", "readable Parquet file"),
    "names.parquet": (_parquet(a=ROWS[:, 0], name=list("abcdef")), "values of type .*string in column 'name'"),
    "dates.parquet": (_parquet(day=DATES, a=ROWS[:, 0]), r"values of type date32\[day\] in column 'day'"),
    "gaps.parquet": (_parquet(a=[1.0, None, 2.0]), "1 empty cells in column 'a'"),
    "nan.parquet": (_parquet(a=ROWS[:, 0], b=_gap(ROWS)[:, 2]), "nothing or NaN at row 2 in column 'b'"),
    "none.parquet": (_parquet(), "must have a column of numbers, got none"),
    "cut.parquet": (_parquet(a=ROWS[:, 0])[:-20], "readable Parquet file"),
    "text.h5": (b"text", "readable HDF5 file"),
    "none.h5": (_hdf5(lambda f: f.create_group("a")), "must hold an array, got none"),
    "words.h5": (_hdf5(lambda f: f.create_dataset("a", data=[b"x", b"y"])), "must hold an array, got none"),
    "vast.h5": (_hdf5(lambda f: f.create_dataset("a", (10**9, 10**6), "f4", chunks=(1, 10**6))), "bytes that it says"),
    "elsewhere.h5": (
        _hdf5(lambda f: f.create_dataset("a", (5, 3), "f8", external=[("/etc/passwd", 0, 120)])), "own numbers"),
    "cut.h5": (_hdf5(lambda f: f.create_dataset("a", data=ROWS))[:-50], "readable HDF5 file|must be whole"),
    "text.mat": (b"text", "readable MATLAB file"),
    "words.mat": (_mat(a="text"), "array of numbers, got 'a', a char"),
    "cells.mat": (_mat(a=np.array([1, "b"], object)), "array of numbers, got 'a', a cell"),
    "cut.mat": (_mat(a=ROWS)[:200], "readable MATLAB file|must hold"),
    "text.safetensors": (b"text", "readable safetensors file"),
    "vast.safetensors": (
        _safetensors({"a": {"dtype": "F64", "shape": [10**9, 9], "data_offsets": [0, 72 * 10**9]}}),
        "readable safetensors file"),
    "overlap.safetensors": (
        _safetensors({"a": {"dtype": "F64", "shape": [2, 3], "data_offsets": [8, 56]}}, bytes(48)),
        "readable safetensors file"),
    "empty.pt": (b"", "readable file of PyTorch tensors, got: an empty file"),
    "text.pt": (b"text", "got: none that torch.save wrote"),
    "cut.pth": (_npz(("a/data.pkl", b""))[:-10], "must be whole, got an archive whose end is missing"),
    "other.pt": (_npz(("a.txt", b"text"), compression=zipfile.ZIP_STORED), "got: an archive of other files"),
    "packed.pt": (_npz(("a/data.pkl", b"")), "as PyTorch writes it, got a compressed archive"),
    "program.pt": (_npz(("a/data.pkl", b""), ("a/code/b.py", b"")), "got a program of TorchScript, which may be any Python code"),
    "text.png": (b"text", "readable image"),
    "bomb.png": (_png(60_000, 60_000), "readable image, got: .*3600000000 pixels"),
    "large.png": (_png(10_000, 10_000), "readable image, got: .*100000000 pixels"),
    "odd.xlsx": (b"PK", r"pd\.read_excel\(.*to_csv\("),
    "odd.pkl": (pickle.dumps(_Code()), r"kind .*, got .*odd\.pkl.* convert by"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not RUN.exists()


@pytest.mark.parametrize("name", FILES)
def test_hostile_files_end_in_one_line(tmp_path, name):
    content, words = FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        predict(str(tmp_path / name), out=tmp_path / "out")
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 800
    assert not (tmp_path / "out").exists()


def test_a_reader_that_is_not_installed_is_named(tmp_path, monkeypatch):
    import sys

    for module, name, extra in (
        ("pyarrow", "a.parquet", "tables"),
        ("h5py", "a.h5", "tables"),
        ("torch", "a.pt", "torch"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.setitem(sys.modules, f"{module}.parquet", None)
        (tmp_path / name).write_bytes(b"\x80")
        with pytest.raises(
            ValueError, match=rf"must have {module}.* pip install 'lingen\[{extra}\]', got none"
        ):
            predict(str(tmp_path / name), out=tmp_path / "out")
