"""Bad command lines by the hundred: one line that names what is wrong, code 2, at once, nothing written."""

from __future__ import annotations

import os
import random
import resource
import shlex
import sys
import time
import zipfile
from pathlib import Path

import children
import numpy as np
import pytest
from PIL import Image

from lingen.machine.characters import visible
from lingen.scripts.main import main

SECONDS = 5.0
"""Of computing that an answer may take."""
PROCESSES, SEED = 20, 17
"""So many lines, chosen by this seed, are tried as processes of their own, too."""

CLAIMS = """
from lingen import Claim
HOLDS = Claim("holds", predict=lambda: 0.5, simulate=lambda key, dim: 0.5, points=({},), dims=(8,))
"""
FILES = {
    "text.txt": "words\n",
    "empty.py": "A = 3\n",
    "broken.py": "A = 3\nB = = 4\n",
    "raising.py": "A = 3\nraise OSError('no')\n",
    "exiting.py": "import sys\nsys.exit(0)\n",
    "claims.py": CLAIMS,
    "twice.py": CLAIMS + CLAIMS.replace("HOLDS", "AGAIN"),
    "bad.toml": "load = = 3\n",
    "other.json": '{"kind": "something else"}\n',
    "bad.npz": "no archive",
    "bad.npy": "no array",
    "image.png": "no picture",
}
MODEL = """
from lingen import Experiment, Observable, real, whole
MODEL = Experiment("model", parameters={"load": real(default=1.0), "size": whole(default=4)},
    numpy=lambda rng, load, size: {"energy": 9 + 0.1 * rng.normal() + load / size})
"""


def told() -> list[tuple[list[str], str]]:
    """Every command line of the file beside this one, with the words that its answer must hold."""
    found = []
    for line in Path(__file__).with_name("bad_lines.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            command, _, words = line.rpartition(" | ")
            found.append(([word(w) for w in shlex.split(command)], words))
    return found


def word(text: str) -> str:
    """`$'a\\x00b'` is as in a shell."""
    return text[1:].encode("latin-1").decode("unicode_escape") if text.startswith("$") else text


LINES = told()
SAMPLE = random.Random(SEED).sample(LINES, PROCESSES)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A folder of whatever a line may name."""
    folder = tmp_path_factory.mktemp("world")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "latin.toml").write_bytes("title = 'é'".encode("latin-1"))
    (folder / "binary.py").write_bytes(b"\x7fELF\xff\xfe\n")
    (folder / "nul.py").write_bytes(b"A = 3\x00\n")
    (folder / "model.py").write_text(MODEL)
    _arrays(folder)
    for name in ("folder", "folder2", "images", "images2"):
        (folder / name).mkdir()
    (folder / "folder2" / "mine.txt").write_text("mine")
    (folder / "images" / "a.png").write_text("no picture")
    draw = np.random.default_rng(0)
    for i in range(12):
        pixels = draw.integers(0, 255, (16, 16), np.uint8)
        Image.fromarray(pixels).save(folder / "images2" / f"{i}.png")
    line = ["sweep", str(folder / "model.py"), "--load", "1:3:6", "--size", "4,8,16", "--draws", "4", "-q"]
    assert main([*line, "--workers", "0", "--out", str(folder / "s.zarr")]) == 0
    return folder


def _arrays(folder: Path) -> None:
    good = np.random.default_rng(0).normal(size=(40, 5))
    bad = {
        "nan": good * np.nan,
        "infinite": np.full((40, 5), np.inf),
        "complex": good * 1j,
        "scalar": np.array(3.0),
    }
    bad |= {"a": good, "empty": good[:0], "one": good[:1], "same": np.ones((40, 5)), "words": np.array(["a"])}
    bad |= {"five": np.zeros((2,) * 5), "pickled": np.array([{}, None], object)}
    for name, array in bad.items():
        np.save(folder / f"{name}.npy", array)
    with zipfile.ZipFile(folder / "pickled.npz", "w") as archive:
        archive.write(folder / "pickled.npy", "data.npy")
    whole = (folder / "a.npy").read_bytes()
    (folder / "cut.npy").write_bytes(whole[:-100])
    (folder / "huge.npy").write_bytes(whole.replace(b"(40, 5), }  ", b"(4000000000, 5), }"[:12]))


def seen(folder: Path) -> dict[str, float]:
    found = [path for path in folder.rglob("*") if "__pycache__" not in str(path) and path.name != ".lock"]
    return {str(path): 0.0 if path.is_dir() else path.stat().st_mtime for path in found}


@pytest.fixture
def unchanged(world, monkeypatch):
    """The folder, in which nothing is written."""
    monkeypatch.chdir(world)
    before = seen(world)
    yield world
    assert seen(world) == before


def judge(code: int, out: str, err: str, words: str) -> None:
    assert code == 2, out + err
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert visible(err) == err
    assert words in err


@pytest.mark.parametrize(("line", "words"), LINES, ids=[shlex.join(line)[:60] for line, _ in LINES])
def test_a_bad_line_gets_one_line(line, words, unchanged, capsys):
    began = time.process_time()
    code = main(line)
    spent = time.process_time() - began
    judge(code, *capsys.readouterr(), words)
    assert spent < SECONDS


@pytest.mark.slow
@pytest.mark.parametrize(("line", "words"), SAMPLE, ids=[shlex.join(words)[:60] for words, _ in SAMPLE])
def test_a_process_says_the_same(line, words, unchanged):
    """The real thing: exit code 2, one line on stderr, no traceback."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = children.run([sys.executable, "-m", "lingen", *line], env=os.environ | {"LINGEN_CACHE": "off"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    judge(done.returncode, done.stdout, done.stderr, words)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < SECONDS


def test_there_are_three_hundred():
    assert len({tuple(line) for line, _ in LINES}) >= 300
