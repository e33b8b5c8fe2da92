"""`lingen infer`: the critical point, exponents or kind of transition that a stored sweep shows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import xarray as xr

    from lingen.claims.inference.findings import Finding
    from lingen.claims.inference.sweeps import InferencePlan

__all__ = ["infer", "open_sweep"]

UNSOUND = 1
KINDS = ("png", "svg", "json")


def infer(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="Of `lingen sweep`.", show_default=False)],
    observable: Annotated[
        str | None,
        typer.Option(help="What was measured; the topic of the sweep if absent.", show_default=False),
    ] = None,
    along: Annotated[
        str | None,
        typer.Option(help="The axis of the control parameter, or of the power law.", show_default="load"),
    ] = None,
    size: Annotated[str, typer.Option(help="The axis of sizes.")] = "dim",
    model: Annotated[
        str | None,
        typer.Option(
            help="critical: point and exponents; power: exponent with offset; transition: is there one.",
            show_default="critical where size and load vary, else power",
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AXIS=VALUE",
            help="Fix an axis at one of its values; repeatable.",
            show_default=False,
        ),
    ] = None,
    within: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AXIS=LOW:HIGH", help="Use this part of an axis only; repeatable.", show_default=False
        ),
    ] = None,
    offset: Annotated[bool, typer.Option(help="Whether the power law's constant is told.")] = True,
    correction: Annotated[
        bool, typer.Option("--correction", help="Tell the power ω of a correction 1 + B n^−ω.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the figure and the numbers.")] = Path("inference"),
    draws: Annotated[int, typer.Option(help="Samples kept of each of four chains or streams.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same samples.")] = 0,
) -> None:
    """Infer a critical point, an exponent, or whether there is a transition, from a stored sweep.

    Unfinished cells are left out and counted; repetitions under several seeds are averaged. Writes a figure
    (PNG, SVG) and the numbers (JSON). Exit code 0, 1 when the numbers cannot be believed, 2 for bad usage,
    130 when interrupted.
    """
    chosen: dict[str, Any] = {"observable": observable, "along": along, "size": size, "model": model}
    chosen |= {"at": _fixed(at or []), "within": _parts(within or [])}
    law, chains = {"offset": offset, "correction": correction}, {"seed": seed, "draws": draws}
    from lingen.scripts.terminal.background import wait_for

    nothing = f"nothing is written to {out}"
    plan, about = wait_for(lambda: _prepared(store, chosen, law, chains), "reading the store", nothing)
    names = _names(plan, out)
    found, written = wait_for(lambda: _computed(plan, law, about), "sampling the posterior", nothing)
    raise typer.Exit(_tell(found, out, dict(zip(names, written, strict=True)), draws))


def open_sweep(path: Path) -> xr.Dataset:
    """A store that `lingen sweep` wrote, with what it holds by now.

    Raises:
        ValueError: if there is none, or none that can be read.
    """
    if not path.is_dir():
        raise ValueError(f"STORE {path}: {'is a file, not a store' if path.exists() else 'no such folder'}")
    if not any((path / name).exists() for name in (".zgroup", "zarr.json")):
        begun = (path / ".sweep.json").exists()
        held = "no finished cells yet: `lingen sweep` goes on when started again" if begun else "no sweep"
        raise ValueError(f"STORE {path}: holds {held}")
    import xarray as xr

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of stores that others wrote: what is wrong is said in one line
            with xr.open_zarr(path, chunks=None) as found:
                return found.load()
    except Exception as error:  # whatever a damaged store raises in the libraries that read it
        raise ValueError(f"STORE {path}: cannot be read ({type(error).__name__})") from None


def _fixed(given: Sequence[str]) -> dict[str, str]:
    """AXIS=VALUE as a mapping."""
    found: dict[str, str] = {}
    for text in given:
        name, value = _pair("--at", "AXIS=VALUE", text)
        if name in found:
            raise ValueError(f"--at must fix {name} once, got {found[name]} and {value}")
        found[name] = value
    return found


def _parts(given: Sequence[str]) -> dict[str, tuple[float, float]]:
    """AXIS=LOW:HIGH as a mapping."""
    found = {}
    for text in given:
        name, value = _pair("--within", "AXIS=LOW:HIGH", text)
        try:
            low, high = map(float, value.split(":"))
        except ValueError:
            raise ValueError(f"--within must be AXIS=LOW:HIGH, two numbers, got {text!r}") from None
        found[name] = (low, high)
    return found


def _pair(option: str, form: str, text: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        raise ValueError(f"{option} must be {form}, got {text!r}")
    return name, value


def _prepared(
    store: Path, chosen: Mapping[str, Any], law: Mapping[str, bool], chains: Mapping[str, int]
) -> tuple[InferencePlan, dict[str, Any]]:
    """What was asked for, before anything is computed, and where it comes from."""
    from lingen.checks import integer
    from lingen.scripts.terminal.runtime import prepare

    integer("--draws", chains["draws"], low=4)
    integer("--seed", chains["seed"], low=0, high=(1 << 63) - 1)
    data = open_sweep(store)
    from lingen.claims.inference import sweeps

    plan = sweeps.plan(data, **chosen)
    if plan.model != "power" and (law["correction"] or not law["offset"]):
        raise ValueError(f"--no-offset and --correction must be with --model power, got {plan.model}")
    prepare()
    return plan, {"store": str(store), **chains, **_origin(data)}


def _names(plan: InferencePlan, out: Path) -> list[str]:
    """The files that will be written, seen to be writable."""
    from lingen.files import open_folder

    names = [f"{plan.model}-{plan.slice.observable}.{kind}" for kind in KINDS]
    open_folder("--out", out, names)
    return names


def _computed(
    plan: InferencePlan, law: Mapping[str, bool], about: Mapping[str, Any]
) -> tuple[Finding, tuple[bytes, ...]]:
    """The finding and the content of its files."""
    import jax

    from lingen.claims.inference import sweeps
    from lingen.scripts.commands.infer_words import numbers
    from lingen.scripts.figures.infer_figure import files

    draws = about["draws"]
    found = sweeps.fit(plan, jax.random.key(about["seed"]), warmup=max(draws // 2, 1), draws=draws, **law)
    figure = files(found, KINDS[:-1])
    return found, (*figure, numbers(found, about))


def _tell(found: Finding, out: Path, written: Mapping[str, bytes], draws: int) -> int:
    """Write the files and say what was found; the exit code."""
    from lingen.files import replace_file
    from lingen.scripts.commands.infer_words import heading, lines

    for line in (heading(found), *lines(found)):
        typer.echo(line)
    for name, content in written.items():
        try:
            replace_file(out / name, content)
        except OSError as error:
            raise OSError(f"--out {out}: {error.strerror or error}") from None
    typer.echo(f"{out / found.model}-{found.slice.observable}.{{{','.join(KINDS)}}}")
    if found.sound:
        return 0
    more = f"try --draws {4 * draws}, or --within a part of the axes where the law holds"
    typer.echo(f"error: the numbers cannot be believed: {found.trouble}; {more}", err=True)
    return UNSOUND


def _origin(data: xr.Dataset) -> dict[str, Any]:
    from lingen.scripts.terminal.runtime import versions

    kept = {name: data.attrs[name] for name in ("topic", "config_hash", "created") if name in data.attrs}
    return kept | {"versions": versions()}
