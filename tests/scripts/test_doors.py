"""Hostile inputs on the command line: one line and code 2, or no harm; nothing runs or is written elsewhere.

The files of `tests/models/test_hostile_files.py` and the texts of `test_hostile_text.py` are more of them.
"""

from __future__ import annotations

import io
import json
import pickle
import shlex
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lingen.claims import check
from lingen.claims.checking import Budget
from lingen.claims.claim import Claim
from lingen.machine.characters import visible
from lingen.scripts.main import main
from lingen.scripts.report.formulas import to_html
from lingen.scripts.report.write import Report

MODEL = """
from lingen import Experiment, real, whole
MODEL = Experiment({name!r}, parameters={{"load": real(default=1.0), "size": whole(default=4)}},
    numpy=lambda rng, load, size: {{{observable!r}: 9 + 0.1 * rng.normal() + load / size}})
"""
SWEEP = shlex.split("sweep model.py --load 1:3:3 --size 4,8 --draws 4 -q --workers 0 --out")
EXTEND = [word.replace("1:3:3", "1:3:6") for word in SWEEP]
PLOT = shlex.split("plot {} --x load --y energy --out drawn.png")


class Code:
    """Runs where it is unpickled."""

    def __reduce__(self):
        return Path.mkdir, (Path("was-run"),)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept")
    (folder / "model.py").write_text(MODEL.format(name="model", observable="energy"))
    line = [str(folder / word) if word == "model.py" else word for word in SWEEP]
    assert main([*line, str(folder / "s.zarr")]) == 0
    return folder


@pytest.fixture
def here(swept, tmp_path, monkeypatch):
    """A folder with a model and its store, beside one that nobody was asked to touch."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    shutil.copytree(swept, inside)
    outside.mkdir()
    (outside / "precious.txt").write_text("precious")
    np.savez(outside / "precious.npz", a=np.arange(3))
    monkeypatch.chdir(inside)
    before = told(outside)
    yield inside
    assert told(outside) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inside", "outside"]
    assert not (inside / "was-run").exists()


def told(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*"))}


def refused(capsys, line: list[str], words: str) -> None:
    capsys.readouterr()
    code = main(line)
    out, err = capsys.readouterr()
    assert code == 2, out + err
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert visible(err) == err
    assert words in err
    assert len(err) < 800


def linked(place: str, target: str) -> Callable[[Path], None]:
    def change(store: Path) -> None:
        path = store / place
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.symlink_to(store.parents[1] / "outside" / target)

    return change


LINKS = {
    "cells": linked(".cells", ""),
    "lock": linked(".lock", "precious.txt"),
    "marker": linked(".lock-file", "precious.txt"),
    "manifest": linked(".sweep.json", "precious.txt"),
    "copy": linked(".sweep-copy.json", "precious.txt"),
    "half a manifest": linked(".new-.sweep.json", "precious.txt"),
    "array": linked("energy", ""),
    "fresh arrays": linked(".arrays", ""),
    "metadata": linked(".zmetadata", "precious.txt"),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_store_that_links_elsewhere_is_not_written(name, here, capsys):
    LINKS[name](here / "s.zarr")
    for line in (SWEEP, [*EXTEND[:-1], "--extend", "--out"]):
        refused(capsys, [*line, "s.zarr"], "holds a link, ")


def manifest(**changes: object) -> Callable[[Path], None]:
    def change(store: Path) -> None:
        for name in (".sweep.json", ".sweep-copy.json"):
            text = (store / name).read_text()
            (store / name).write_text(json.dumps(json.loads(text) | changes))

    return change


def both(content: bytes) -> Callable[[Path], None]:
    def change(store: Path) -> None:
        for name in (".sweep.json", ".sweep-copy.json"):
            (store / name).write_bytes(content)

    return change


MANIFESTS = {
    "cells elsewhere": manifest(cells="../../outside"),
    "cells at the root": manifest(cells="/"),
    "cells of the store": manifest(cells="."),
    "cells that are no text": manifest(cells=["a"]),
    "config": manifest(config="__import__('os').mkdir('was-run')"),
    "topic": manifest(config={"topic": "../../outside", "draws": 4}),
    "huge": manifest(config={"topic": "model", "draws": 10**30, "load": [1.0], "size": [4]}),
    "deep": both(b'{"a":' * 100_000),
    "pickle": both(pickle.dumps(Code())),
    "empty": both(b""),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_lies_is_refused(name, here, capsys):
    MANIFESTS[name](here / "s.zarr")
    refused(capsys, [*SWEEP, "s.zarr"], "s.zarr: ")


def cells(*members: tuple[str, bytes]) -> Callable[[Path], None]:
    def change(store: Path) -> None:
        with zipfile.ZipFile(store / ".cells" / "complete.npz", "w") as archive:
            for name, content in members:
                archive.writestr(name, content)

    return change


CELLS = {
    "members of elsewhere": cells(("../../../outside/evil.npy", b"x"), ("/tmp/evil.npy", b"y")),
    "objects": cells(("cells.npy", pickle.dumps(Code())), ("draws.npy", pickle.dumps(Code()))),
    "a pickle": lambda store: (store / ".cells" / "complete.npz").write_bytes(pickle.dumps(Code())),
    "a link": linked(".cells/complete.npz", "precious.npz"),
    "half a file": linked(".cells/.new-complete.npz", "precious.npz"),
}


@pytest.mark.parametrize("name", CELLS)
def test_cells_of_others_are_run_again(name, here, capsys):
    CELLS[name](here / "s.zarr")
    assert main([*SWEEP, "s.zarr"]) == 0
    assert not (here / "s.zarr" / ".cells" / "complete.npz").is_symlink()


def array(**changes: object) -> Callable[[Path], None]:
    def change(store: Path) -> None:
        (store / ".zmetadata").unlink()
        about = json.loads((store / "energy" / ".zarray").read_text())
        (store / "energy" / ".zarray").write_text(json.dumps(about | changes))
        (store / "energy" / "0.0").write_bytes(pickle.dumps(Code()))

    return change


ARRAYS = {
    "a pickle as filter": array(filters=[{"id": "pickle"}]),
    "a pickle as compressor": array(compressor={"id": "pickle"}),
    "objects": array(dtype="|O", filters=[{"id": "pickle"}], fill_value=None),
    "vast": array(shape=[10**12, 10**6], chunks=[10**12, 10**6]),
    "negative": array(shape=[-3, 2]),
    "code as type": array(dtype="__import__('os').mkdir('was-run')"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_would_be_code_are_refused(name, here, capsys):
    ARRAYS[name](here / "s.zarr")
    refused(capsys, [word.format("s.zarr") for word in PLOT], "STORE ")


JSON = {
    "deep": '{"a":' * 100_000,
    "deep lists": "[" * 100_000,
    "infinite": '{"kind": "critical", "point": 1e999}',
    "nothing": "null",
    "a list": "[]",
    "a class": '{"__class__": "os.system", "quantities": 3}',
    "digits": "1" * 10_000,
    "half": '{"quantities": {"g_c": ',
    "bytes": "\ud800",
}


@pytest.mark.parametrize("name", JSON)
def test_json_of_others_is_refused(name, here, capsys):
    Path("found.json").write_bytes(JSON[name].encode("utf-8", "surrogatepass"))
    refused(capsys, ["plot", "s.zarr", "--collapse", "found.json", "--out", "c.png"], "found.json")
    refused(capsys, ["train", "found.json", "--figure-only"], "found.json")


NAMES = [
    "../../outside/evil",
    "../evil",
    "/tmp/evil",
    "a/b",
    ".cells",
    "a\x00b",
    "a\x1b[31m",
    "<b>x</b>",
    "a\nb",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_observable_leads_nowhere(name, here, capsys):
    Path("evil.py").write_text(MODEL.format(name="../../outside/evil", observable=name))
    refused(capsys, ["sweep", "evil.py", *SWEEP[2:], "e.zarr"], "observables must have names")


FILTERS = [
    "ddpm:1e9",
    "ddim:99999999999999999999",
    "ddim:nan",
    "heun:1e9",
    "euler:-3",
    "ridge:1e999",
    "ridge:-1",
    "pca:1e30",
    "__import__('os').mkdir('was-run')",
    "gaussian;touch was-run",
    "$(touch was-run)",
    "ridge:1:2:3:4",
    "ridge:1e200",
    "ode_sampler:1e-300:1e300",
    "pca:1e-9",
    "pca:65",
    "denoiser:1e-323",
    "early_stopped:1e-300:1",
    "balanced:1e-300:1:1",
]


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_is_a_word_and_numbers(text, here, capsys):
    refused(capsys, ["predict", "digits", "--filter", text], "--filter must")


def test_an_archive_with_paths_upwards_is_read_where_it_lies(here, capsys):
    stream = io.BytesIO()
    np.save(stream, np.random.default_rng(0).normal(size=(40, 3)))
    with zipfile.ZipFile("up.npz", "w") as archive:
        archive.writestr("../../outside/evil.npy", stream.getvalue())
    assert main(["predict", "up.npz", "--samples", "4", "--draws", "2", "--out", "p"]) == 0


def test_pictures_that_lead_elsewhere(here, capsys):
    Path("d").mkdir()
    Path("d/a.png").symlink_to("/etc/passwd")
    refused(capsys, ["predict", "d", "--out", "p"], "readable image")
    Path("loop").mkdir()
    Path("loop/again").symlink_to(".")
    refused(capsys, ["predict", "loop", "--out", "p"], "image files")
    refused(capsys, ["predict", "/dev/zero", "--out", "p"], "/dev/zero")
    assert not Path("p").exists()


CLAIMS = ["../../outside/evil", "/tmp/evil", "a/b", "index.html", "<script>x"]


@pytest.mark.parametrize("name", CLAIMS)
def test_the_report_of_a_claim_of_any_name_stays_in_its_folder(name, here):
    claim = Claim(
        name, predict=lambda: 0.5, simulate=lambda key, dim: 0.5, points=({},), dims=(8,), bounds=(0, 1)
    )
    about = {"resolution": 0.01, "error_rate": 0.01, "seed": 0, "hardware": "", "versions": {}}
    Path("r").mkdir()
    report = Report(Path("r"), about | {"command": "", "files": {}}, (claim,))
    report.add(check(claim, budget=Budget(max_draws=16)))
    page = report.write()
    assert page is not None
    assert "<script>x" not in page.read_text("utf-8")


STATEMENTS = [
    r"$\href{javascript:alert(1)}{x}$",
    r"$\href{data:text/html,<script>alert(1)</script>}{x}$",
    r"$\url{javascript:alert(1)}$",
    r"$\style{background:url(javascript:alert(1))}{x}$",
    r"$\class{a\" onclick=\"alert(1)}{x}$",
    r"$\includegraphics{/etc/passwd}$",
    r"$\input{/etc/passwd}$",
    r"$\write18{touch was-run}$",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><script>alert(1)</script>',
    "[x](javascript:alert(1))",
    "<a href='javascript:alert(1)'>x</a>",
    "$<iframe src=//evil>$",
    "<style>@import url(//evil)</style>",
    r"$\require{html}\unicode{x3c}script>$",
]


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_is_text(text, here):
    page = to_html(text)
    tags = [part.split(">")[0] for part in page.split("<")[1:]]
    for tag in tags:
        assert not tag.startswith(("script", "img", "svg", "iframe", "style", "a ")), tag
        for word in ("href", "src=", "style=", "onclick", "onerror", "onload", "javascript"):
            assert word not in tag, tag
    assert "root:" not in page


def test_there_are_eighty():
    assert sum(map(len, (LINKS, MANIFESTS, CELLS, ARRAYS, JSON, NAMES, FILTERS, CLAIMS, STATEMENTS))) >= 80
