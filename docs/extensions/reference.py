"""The pages of the reference, made from what the package holds: one a topic, one a room."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import lingen
from lingen.files import replace_file

ROOMS = {
    "models": "Models: populations, filters, data",
    "theory": "Theory beside the topics",
    "sims": "Simulations beside the topics",
    "experiments": "Experiments, grids, forecasts",
    "claims": "Claims, verdicts, inference",
}
HIDDEN = {"library", "calibration"}
"""What ships as claims and experiments is shown in the gallery."""
TOP = tuple(
    f"lingen.{name}" for name in ("scripts.plots.plot", "testing", "pytest_plugin", "boundary", "checks")
)
FACADE = """# lingen

What `import lingen as lg` has. Rooms such as `lg.theory` are described on pages of their own.

"""


def setup(app):
    """Write the pages before Sphinx looks for any."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "generated" / "reference"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(folder: Path) -> None:
    """All pages, and none that is no more."""
    pages = {"lingen": facade(), **topics(), **rooms()}
    pages["index"] = contents(pages)
    put(folder, {f"{name}.md": text for name, text in pages.items()})


def put(folder: Path, files: dict[str, str | bytes]) -> None:
    """The files of a folder: those that change are written, others removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        content = content.encode() if isinstance(content, str) else content
        if not (folder / name).exists() or (folder / name).read_bytes() != content:
            replace_file(folder / name, content)


def facade() -> str:
    """The names at the top of the package, and the modules beside it that users import."""
    lines = []
    for name in dir(lingen):
        value = getattr(lingen, name)
        if not isinstance(value, ModuleType):
            lines.append(f"| `lg.{name}` | {{py:obj}}`{value.__module__}.{name}` | {first(value)} |")
    table = "| name | lives in | is |\n|---|---|---|\n" + "\n".join(lines)
    return FACADE + table + "\n" + "".join(map(module, TOP))


def first(value) -> str:
    """The first line of its docstring."""
    return (value.__doc__ or "").strip().splitlines()[0].replace("|", "\\|")


def topics() -> dict[str, str]:
    """One page for what is predicted and what is drawn of one topic."""
    theory, sims = (set(modules(f"lingen.{room}", packages=False)) for room in ("theory", "sims"))
    pages = {}
    for name in sorted(theory | sims):
        words = name.replace("_", " ").capitalize()
        parts = [
            module(f"lingen.{room}.{name}")
            for room, known in (("theory", theory), ("sims", sims))
            if name in known
        ]
        pages[f"topic-{name.replace('_', '-')}"] = f"# {words}\n" + "".join(parts)
    return pages


def rooms() -> dict[str, str]:
    """One page a room, and one for the files at the top of models, experiments and claims."""
    pages = {}
    for room, title in ROOMS.items():
        home = f"lingen.{room}"
        if room not in ("theory", "sims"):
            pages[room] = f"# {title}\n" + "".join(
                module(f"{home}.{n}") for n in modules(home, packages=False)
            )
        for inner in modules(home, packages=True):
            found = below(f"{home}.{inner}")
            pages[f"{room}-{inner.replace('_', '-')}"] = f"# {home}.{inner}\n" + "".join(map(module, found))
    return pages


def contents(pages: dict[str, str]) -> str:
    """The first page of the reference."""
    listed = [f"## Topics\n\n{toctree(name for name in pages if name.startswith('topic-'))}"]
    for room, title in ROOMS.items():
        own = [name for name in pages if name.split("-")[0] == room]
        listed.append(f"## {title}\n\n{toctree(own)}")
    opening = "# Reference\n\nEvery public name, from its docstring, with a link to its source.\n\n"
    return opening + toctree(["lingen"]) + "\n".join(listed)


def toctree(names) -> str:
    """A list of pages."""
    return "```{toctree}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n\n"


def modules(package: str, *, packages: bool) -> list[str]:
    """The modules of a package, or the packages in it."""
    found = iter_modules(find_spec(package).submodule_search_locations)
    return [
        m.name for m in found if m.ispkg is packages and m.name not in HIDDEN and not m.name.startswith("_")
    ]


def below(package: str) -> list[str]:
    """Every module of a package, of its packages too."""
    deep = [m for inner in modules(package, packages=True) for m in below(f"{package}.{inner}")]
    return [f"{package}.{name}" for name in modules(package, packages=False)] + deep


def module(name: str) -> str:
    """A module with all it makes public."""
    return f"\n## {name}\n\n" + directive(name)


def directive(name: str) -> str:
    """All that a module makes public, but for what it passes on from another module that has a page."""
    made = import_module(name)
    public = {n: getattr(made, n) for n in getattr(made, "__all__", ())}
    others = documented() - {name}
    passed = [
        n for n, value in public.items() if hasattr(value, "__qualname__") and value.__module__ in others
    ]
    lines = [f".. automodule:: {name}", "   :members:", "   :undoc-members:"]
    lines += [f"   :exclude-members: {', '.join(passed)}"] if passed else []
    links = "".join(f"\n- {{py:obj}}`{public[n].__module__}.{public[n].__qualname__}`" for n in passed)
    more = f"\nAlso here:\n{links}\n" if passed else ""
    return "```{eval-rst}\n" + "\n".join(lines) + "\n```\n" + more


@cache
def documented() -> frozenset[str]:
    """The modules that have a place in the reference."""
    return frozenset(TOP) | {name for room in ROOMS for name in below(f"lingen.{room}")}
