"""Files of data: every format gives the numbers that were written, thinned before they are converted."""

from __future__ import annotations

import gzip
import io
import json
import struct
import sys

import children
import numpy as np
import pytest
import scipy.io
from safetensors.numpy import save_file

from lingen.models.images import data as images
from lingen.models.readers import formats
from lingen.models.readers.found import Ask

h5py = pytest.importorskip("h5py")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 3, 4), dtype=np.uint8)
TABLE = np.random.default_rng(1).normal(size=(9, 3))


def _idx(array, code=8):
    return struct.pack(f">HBB{array.ndim}i", 0, code, array.ndim, *array.shape) + array.tobytes()


def _npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _hdf5(path, values, **options):
    with h5py.File(path, "w") as file:
        file.create_dataset("group/images", data=values, **options)


def _turned(path, values):
    """As MATLAB 7.3 writes: a block of 512 bytes before the signature, the axes the other way round."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("images", data=np.ascontiguousarray(values.T))


WRITERS = {
    "a-idx3-ubyte": lambda f, x: f.write_bytes(_idx(x)),
    "a-idx3-ubyte.gz": lambda f, x: f.write_bytes(gzip.compress(_idx(x))),
    "a.npy": np.save,
    "fortran.npy": lambda f, x: np.save(f, np.asfortranarray(x)),
    "big.npy": lambda f, x: np.save(f, x.astype(">i4")),
    "half.npy": lambda f, x: np.save(f, x.astype(np.float16)),
    "a.npy.gz": lambda f, x: f.write_bytes(gzip.compress(_npy(x))),
    "fortran.npy.gz": lambda f, x: f.write_bytes(gzip.compress(_npy(np.asfortranarray(x)))),
    "a.npz": lambda f, x: np.savez(f, x=x),
    "packed.npz": lambda f, x: np.savez_compressed(f, labels=np.zeros(7), x=x),
    "a.h5": _hdf5,
    "packed.h5": lambda f, x: _hdf5(f, x, compression="gzip", chunks=(2, 3, 4)),
    "a.mat": lambda f, x: scipy.io.savemat(f, {"images": x}),
    "packed.mat": lambda f, x: scipy.io.savemat(f, {"images": x, "note": "text"}, do_compression=True),
    "new.mat": _turned,
    "a.safetensors": lambda f, x: save_file({"images": x}, f),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("limit", [None, 4])
def test_every_format_gives_the_numbers_that_were_written(tmp_path, name, limit):
    WRITERS[name](tmp_path / name, PIXELS)
    kept = PIXELS if limit is None else PIXELS[[0, 2, 4, 6]]
    found = formats.read(tmp_path / name, Ask(limit=limit))
    assert np.array_equal(found.values, kept)
    data = images.load(tmp_path / name, limit=limit)
    assert np.allclose(data.vectors + data.mean, kept.reshape(len(kept), -1) / 255, atol=1e-15)
    assert data.noun == "images"


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize("header", ["", "a,b,c"])
@pytest.mark.parametrize("packed", [False, True])
def test_text_tables(tmp_path, separator, header, packed):
    lines = [header.replace(",", separator)] if header else []
    lines += [separator.join(map(repr, row)) for row in TABLE.tolist()]
    content = ("\n".join(lines) + "\n").encode()
    file = tmp_path / ("t.csv.gz" if packed else "t.csv")
    file.write_bytes(gzip.compress(content) if packed else content)
    found = formats.read(file, Ask())
    assert np.array_equal(found.values, TABLE)
    assert found.columns == (("a", "b", "c") if header else ("1", "2", "3"))
    assert np.array_equal(formats.read(file, Ask(limit=3)).values, TABLE[[0, 4, 8]])
    kept = formats.read(file, Ask(columns=f"-{found.columns[1]}"))
    assert np.array_equal(kept.values, TABLE[:, [0, 2]])
    data = images.load(file)
    assert (data.noun, data.shape) == ("rows", (3,))


def test_decimal_commas_numbered_rows_and_whole_numbers(tmp_path):
    (tmp_path / "a.csv").write_text("x;y\n1,5;2\n-0,25;4\n")
    assert np.array_equal(formats.read(tmp_path / "a.csv", Ask()).values, [[1.5, 2], [-0.25, 4]])
    (tmp_path / "b.csv").write_text(",x,y\n0,1,200\n1,3,4\n")
    found = formats.read(tmp_path / "b.csv", Ask())
    assert found.values.dtype == np.uint8
    assert np.array_equal(found.values, [[1, 200], [3, 4]])
    assert "numbers the rows" in found.notes[0]
    data = images.load(tmp_path / "b.csv")
    assert np.array_equal(data.vectors + data.mean, [[1, 200], [3, 4]])  # units are kept


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_parquet(tmp_path, dtype):
    values = (10 * TABLE).astype(dtype)
    pq.write_table(
        pa.table({n: values[:, i] for i, n in enumerate("abc")}), tmp_path / "t.parquet", row_group_size=4
    )
    found = formats.read(tmp_path / "t.parquet", Ask())
    assert found.values.dtype == dtype
    assert np.array_equal(found.values, values)
    assert np.array_equal(
        formats.read(tmp_path / "t.parquet", Ask(limit=3, columns="c,a")).values, values[[0, 4, 8]][:, [0, 2]]
    )
    lists = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), 3)
    pq.write_table(pa.table({"pixels": lists}), tmp_path / "l.parquet")
    assert np.array_equal(formats.read(tmp_path / "l.parquet", Ask()).values, values)


def test_one_of_several_arrays_by_name(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=PIXELS, x_test=PIXELS[:5])
    with pytest.raises(ValueError, match=r"got x_train 7×3×4, x_test 5×3×4: choose with .*a\.npz:x_train"):
        images.load(tmp_path / "a.npz")
    assert images.load(f"{tmp_path}/a.npz:x_test").samples == 5
    _hdf5(tmp_path / "a.h5", PIXELS)
    assert images.load(f"{tmp_path}/a.h5:/group/images").samples == 7
    with pytest.raises(ValueError, match="must hold an array called 'y'"):
        images.load(f"{tmp_path}/a.npz:y")


@pytest.mark.parametrize(
    ("kind", "name"), [("bfloat16", "BF16"), ("float8_e4m3fn", "F8_E4M3"), ("float8_e5m2", "F8_E5M2")]
)
def test_numbers_that_numpy_lacks(tmp_path, kind, name):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    rows = np.arange(6.0).reshape(3, 2).astype(getattr(ml_dtypes, kind))
    content = rows.tobytes()
    head = json.dumps({"x": {"dtype": name, "shape": [3, 2], "data_offsets": [0, len(content)]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + content)
    found = formats.read(tmp_path / "a.safetensors", Ask())
    assert found.values.dtype == np.float32
    assert np.array_equal(found.values, rows.astype(np.float32))


def test_standardised_columns_have_unit_deviation_and_constant_ones_stay_zero(tmp_path):
    values = TABLE * [1.0, 1000.0, 0.0] + [0.0, 5.0, 7.0]
    np.savetxt(tmp_path / "t.csv", values, delimiter=",", header="a,b,c", comments="", fmt="%.17g")
    data = images.load(tmp_path / "t.csv", standardise=True)
    assert np.allclose(data.vectors.std(axis=0, ddof=1), [1, 1, 0], atol=1e-12)
    correlation = np.corrcoef(values[:, :2].T)
    assert np.allclose(data.spectrum, [*np.linalg.eigvalsh(correlation)[::-1], 0.0], atol=1e-12)
    assert "1 of 3 columns do not vary (c)" in " ".join(data.notes)
    assert "standardise" in " ".join(images.load(tmp_path / "t.csv").notes)
    with pytest.raises(ValueError, match="standardise must come with a table"):
        images.from_array(PIXELS, standardise=True)


PEAK = """
import resource, sys
import numpy as np
from lingen.models.images import data as images
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
data = images.load(sys.argv[1], limit=int(sys.argv[2]) or None)
np.save(sys.argv[3], data.spectrum)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("limit", [pytest.param(0, marks=pytest.mark.slow), 500])
def test_the_peak_of_memory_is_not_that_of_the_file(tmp_path, order, limit):
    shape = 100_000, 384  # 154 MB as float32, 307 MB as doubles
    whole = np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.float32, shape, order == "F")
    rng = np.random.default_rng(0)
    scale = np.linspace(1, 2, shape[1])
    for start in range(0, shape[0], 20_000):
        whole[start : start + 20_000] = 3 + rng.standard_normal((20_000, shape[1]), np.float32) * scale
    whole.flush()
    found = children.run([sys.executable, "-c", PEAK, tmp_path / "a.npy", limit, tmp_path / "s.npy"])
    assert found.returncode == 0, found.stderr
    assert float(found.stdout) < (320e6 if not limit else 120e6)
    kept = whole[np.linspace(0, shape[0] - 1, limit).round().astype(int)] if limit else whole
    known = np.linalg.eigvalsh(np.cov(kept.astype(float), rowvar=False))[::-1]
    np.testing.assert_allclose(np.load(tmp_path / "s.npy"), known, rtol=1e-10)
