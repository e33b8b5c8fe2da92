"""One name in site-packages, every subpackage importable from the wheel, imports that run one way."""

import ast
import os
import re
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import children
import pytest
from packaging.requirements import Requirement

import lingen
from lingen.machine import extras
from lingen.machine.extras import EXTRAS
from lingen.models.images.data import load

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "lingen": "",
    "models": "models",
    "theory": "theory",
    "sims": "sims",
    "claims": "claims",
    "scripts": "scripts",
}
ROOMS = [folder for folder in FOLDERS if folder != "lingen"]
MAY_IMPORT = {
    "lingen": {"claims", "scripts"},  # `lingen.testing`, and `python -m lingen`
    "models": set(),
    "theory": {"models"},
    "sims": {"models"},
    "claims": {"models", "theory", "sims"},
    "scripts": {"models", "theory", "sims", "claims"},
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    ignored = {".git", ".venv", ".venv-peers", "build", "dist", "report"}
    source.mkdir()
    for item in ROOT.iterdir():
        if item.name not in ignored and not item.name.endswith(".egg-info"):
            (source / item.name).symlink_to(item)
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(source),
    ]
    done = children.run(command)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_has_one_top_level_name(wheel):
    names = {Path(name).parts[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"lingen"}


def test_the_wheel_has_every_module_stub_and_asset(wheel):
    here = {path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".pyi")}
    here |= set((ROOT / "scripts" / "report" / "assets").iterdir())
    here |= {ROOT / "claims" / "library" / "papers.bib"}
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert sorted({f"lingen/{path.relative_to(ROOT)}" for path in here} - inside) == []


def test_every_module_of_the_wheel_imports(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "import pkgutil, importlib, lingen\n"
        "found = pkgutil.walk_packages(lingen.__path__, 'lingen.')\n"
        "names = [m.name for m in found if '__main__' not in m.name]\n"
        "[importlib.import_module(name) for name in names]\n"
        "print(lingen.__file__, len(names))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = children.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    path, count = done.stdout.split()
    assert path.startswith(str(tmp_path))
    assert int(count) > 15


FACADE = {ROOT / "lingen" / "population.py"}
"""Names of several rooms under one, as users write them: `lg.population`."""


def imported_folders(path: Path) -> set[str]:
    """The lingen folders a module imports, `lingen` standing for lingen itself."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "lingen":
                found.add(parts[1] if len(parts) > 1 and parts[1] in FOLDERS else "lingen")
            assert parts[0] not in ROOMS, f"{path} imports {name}: a second copy of lingen.{name}"
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_run_one_way(folder):
    modules = list((ROOT / folder).glob("*.py") if folder == "lingen" else (ROOT / folder).rglob("*.py"))
    modules = [path for path in modules if path not in FACADE]
    assert modules
    allowed = MAY_IMPORT[folder] | {folder, "lingen"}
    wrong = {
        str(path.relative_to(ROOT)): extra for path in modules if (extra := imported_folders(path) - allowed)
    }
    assert wrong == {}


@pytest.mark.parametrize("room", ROOMS)
def test_the_package_links_to_its_rooms(room):
    link = ROOT / "lingen" / room
    assert link.is_symlink()
    assert os.readlink(link) == f"../{room}"
    assert link.resolve() == (ROOT / room).resolve()


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-newest.txt"])
def test_no_constraint_names_an_index(name):
    lines = (ROOT / name).read_text().splitlines()
    assert all("==" in line for line in lines if line and not line.startswith("#"))
    assert not any("://" in line or line.startswith("-") for line in lines)


def test_one_place_says_the_version(wheel):
    (name,) = [n for n in zipfile.ZipFile(wheel).namelist() if n.endswith(".dist-info/METADATA")]
    told = zipfile.ZipFile(wheel).read(name).decode()
    assert f"\nVersion: {lingen.__version__}\n" in told
    assert f"\nversion: {lingen.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert "\nAuthor: The lingen developers\n" in told


def metadata(wheel: Path) -> Message:
    archive = zipfile.ZipFile(wheel)
    (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
    return message_from_bytes(archive.read(name))


def test_extras_are_as_told(wheel):
    told = metadata(wheel)
    needs = [Requirement(line) for line in told.get_all("Requires-Dist")]
    always = {need.name for need in needs if need.marker is None}
    assert not always & {"distributed", "scikit-learn", "h5py", "pyarrow", "torch", "arviz"}
    assert {"jax", "xarray", "zarr", "matplotlib", "typer"} <= always
    known = set(told.get_all("Provides-Extra"))
    assert set(EXTRAS.values()) | {"all", "cuda12"} <= known
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"lingen\[(\w+)\]", readme)) <= known
    assert told["Project-URL"] == "Paper, https://arxiv.org/abs/2605.21402"
    assert "Typing :: Typed" in told.get_all("Classifier")


def test_the_readme_of_the_wheel_has_no_link_that_leads_nowhere(wheel):
    text = metadata(wheel).get_payload()
    assert text.startswith("# lingen\n")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert targets
    assert all(target.startswith("https://") for target in targets)
    assert "![" not in text


def test_links_lead_to_the_repository_that_is_named():
    tree = "https://example.org/lingen/"
    code = ast.parse((ROOT / "setup.py").read_text())
    space: dict = {"__name__": "setup", "__file__": str(ROOT / "setup.py")}
    exec(compile(code, "setup.py", "exec"), space)
    elsewhere = space["readable_elsewhere"]
    text = "see [how](docs/a.md), ![a picture](docs/b.svg), [b](https://c.org), [d](#d)"
    assert elsewhere(text, tree) == (
        "see [how](https://example.org/lingen/blob/HEAD/docs/a.md), "
        "![a picture](https://example.org/lingen/raw/HEAD/docs/b.svg), [b](https://c.org), [d](#d)"
    )
    assert elsewhere(text, None) == "see how, , [b](https://c.org), [d](#d)"


def test_what_is_absent_is_asked_for_by_its_extra(monkeypatch):
    for module, words in (("distributed", "lingen[cluster]"), ("sklearn", "lingen[images]")):
        assert extras.absent(module) == ""
        monkeypatch.setattr(extras, "find_spec", lambda name: None)
        assert words in extras.absent(module)
        monkeypatch.undo()
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"data must be .*, got 'digits': .*lingen\[images\]"):
        load("digits")
    with pytest.raises(
        ValueError, match=r"cluster must be left out here, got 'local:1': .*lingen\[cluster\]"
    ):
        lingen.sweep("recovery", load=1.0, spike=1.0, draws=2, cluster="local:1")
