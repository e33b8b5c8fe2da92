"""Build what is published, and try it as users will: in fresh environments, without and with each extra.

    make release                                   # every extra; torch and cuda12 are resolved alone
    make release RELEASE="--extra cluster --extra tables"
    make release RELEASE="--heavy"                 # installs those too

What was built stays in dist/.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
TOOLS = {"dev", "docs", "release"}
"""Extras of those who work on lingen."""
HEAVY = {"torch", "cuda12"}
BRINGS = {
    "all": "arviz distributed sklearn ipywidgets h5py pyarrow",
    "arviz": "arviz",
    "cluster": "distributed",
    "images": "sklearn",
    "notebook": "ipykernel ipywidgets",
    "tables": "h5py pyarrow",
    "torch": "torch",
}
"""What can be imported with an extra."""
CLAIM = "leakage-blind"
"""Is checked in seconds."""


def run(*command: object, where: Path = ROOT, code: int = 0) -> str:
    """What a command prints; the release ends where it does not exit as it should."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command], cwd=where, env=told, text=True, capture_output=True
    )
    if done.returncode != code:
        sys.exit(f"{' '.join(map(str, command))} exited {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def build() -> Path:
    """The sdist, and from it the wheel."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", DIST)
    run(sys.executable, "-m", "twine", "check", "--strict", *sorted(DIST.iterdir()))
    (wheel,) = DIST.glob("*.whl")
    return wheel


def extras(wheel: Path) -> list[str]:
    """Those that users may ask for."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        told = message_from_bytes(archive.read(name))
    return sorted(set(told.get_all("Provides-Extra", [])) - TOOLS)


def attempt(wheel: Path, extra: str, constraints: str, install: bool) -> None:
    """Install the wheel in an environment of its own, and use it from an empty folder."""
    wanted = f"lingen[{extra}] @ {wheel.as_uri()}" if extra else f"lingen @ {wheel.as_uri()}"
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        venv.create(here / "env", with_pip=True)
        bin = here / "env" / ("Scripts" if os.name == "nt" else "bin")
        pip = (bin / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        if not install:
            run(*pip, "--dry-run", "-c", ROOT / constraints, wanted)
            return
        run(*pip, "-c", ROOT / constraints, wanted)
        run(bin / "python", "-m", "pip", "check")
        (here / "empty").mkdir()
        smoke(bin, extra, here / "empty")


def smoke(bin: Path, extra: str, here: Path) -> None:
    """Import, list, check a claim; what an extra brings; one line where it is asked for and not there."""
    imports = "".join(f"import {module}\n" for module in BRINGS.get(extra, "").split())
    told = run(bin / "python", "-c", f"import lingen\n{imports}print(lingen.__file__)", where=here)
    assert "site-packages" in told, told
    assert CLAIM in run(bin / "lingen", "list", where=here)
    assert "1 hold" in run(bin / "lingen", "verify", CLAIM, "--quiet", where=here)
    assert (here / "report" / "index.html").stat().st_size > 10_000
    if not extra:
        for asked in (
            ["predict", "digits"],
            ["sweep", "recovery", "--load", "1", "--spike", "1", "--cluster", "local:1"],
        ):
            told = run(bin / "lingen", *asked, where=here, code=2)
            assert told.count("\n") == 1, told
            assert "pip install 'lingen[" in told, told


def main() -> None:
    """Build, then try each extra."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--extra", action="append", help="only this extra, and none; repeatable")
    asked.add_argument("--heavy", action="store_true", help="install torch and cuda12 as well")
    asked.add_argument("--constraints", default="constraints.txt")
    given = asked.parse_args()
    wheel = build()
    print(*(f"{path.name}  {path.stat().st_size:,} bytes" for path in sorted(DIST.iterdir())), sep="\n")
    for extra in ["", *(given.extra or extras(wheel))]:
        install = given.heavy or extra not in HEAVY
        attempt(wheel, extra, given.constraints, install)
        print(
            f"lingen[{extra}]" if extra else "lingen", "works" if install else "can be installed", flush=True
        )


if __name__ == "__main__":
    main()
