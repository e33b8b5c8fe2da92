"""`lingen infer`: the critical point, exponents or kind of transition that a stored sweep shows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingen.scripts.commands.options.store_options import At, Store, Within, as_flags, fixed, parts
from lingen.scripts.commands.options.words import LawName

if TYPE_CHECKING:
    import xarray as xr

    from lingen.claims.inference.findings import Finding
    from lingen.claims.inference.sweeps import InferencePlan

__all__ = ["infer"]

UNSOUND = 1
KINDS = ("png", "svg", "txt", "json")
FLAGS = {name: f"--{name}" for name in ("observable", "size", "model", "at", "within")}
FLAGS |= {"along": "--control", "data": "STORE"}

PosteriorDraws = Annotated[
    int | None,
    typer.Option(
        "--posterior-draws",
        "--draws",
        help="Samples kept of each of four chains or streams.",
        show_default="1000, and 4000 where those do not suffice",
    ),
]


def infer(
    store: Store,
    observable: Annotated[
        str | None,
        typer.Option(help="What was measured; the topic of the sweep if absent.", show_default=False),
    ] = None,
    control: Annotated[
        str | None,
        typer.Option(
            "--control",
            "--along",
            help="The axis of the control parameter, or of the power law.",
            show_default="load, or the only one that varies",
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(help="The axis of sizes.", show_default="dim, or the only one of whole numbers"),
    ] = None,
    model: Annotated[
        LawName | None,
        typer.Option(
            help="critical: point and exponents; power: exponent with offset; transition: is there one.",
            show_default="critical where size and control vary, else power",
        ),
    ] = None,
    at: At = None,
    within: Within = None,
    offset: Annotated[bool, typer.Option(help="Whether the power law's constant is told.")] = True,
    correction: Annotated[
        bool, typer.Option("--correction", help="Tell the power ω of a correction 1 + B n^−ω.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Output folder: the figure and the numbers.")] = Path("inference"),
    draws: PosteriorDraws = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same samples.")] = 0,
) -> None:
    """Infer a critical point, an exponent, or whether there is a transition, from a stored sweep.

    Unfinished cells are left out and counted; repetitions under several seeds are averaged. Writes a figure
    (PNG, SVG) with its caption (TXT) and the numbers (JSON). Exit code 0, 1 when the numbers cannot be
    believed, 2 for bad usage, 130 when interrupted.
    """
    _check_law(model and model.value, offset, correction)
    chosen: dict[str, Any] = {"observable": observable, "along": control, "size": size}
    chosen |= {"model": model and model.value, "at": fixed(at), "within": parts(within)}
    law: dict[str, bool] = {"offset": offset, "correction": correction}
    chains: dict[str, int | None] = {"seed": seed, "draws": draws}
    from lingen.scripts.terminal.background import wait_for

    nothing = f"nothing is written to {out}"
    plan, about = wait_for(lambda: _prepared(store, chosen, law, chains), "reading the store", nothing)
    names = _names(plan, out)
    computed = partial(_computed, plan, law, about, longer=draws is None)
    found, written = wait_for(computed, "sampling the posterior", nothing)
    raise typer.Exit(_tell(found, out, dict(zip(names, written, strict=True))))


def _check_law(model: str | None, offset: bool, correction: bool) -> None:
    if model not in (None, "power") and (correction or not offset):
        raise ValueError(f"--no-offset and --correction must be with --model power, got {model}")


def _prepared(
    store: Path, chosen: Mapping[str, Any], law: Mapping[str, bool], chains: Mapping[str, int | None]
) -> tuple[InferencePlan, dict[str, Any]]:
    """What was asked for, before anything is computed, and where it comes from."""
    from lingen.checks import integer
    from lingen.scripts.terminal.runtime import prepare

    if chains["draws"] is not None:
        integer("--posterior-draws", chains["draws"], low=4)
    integer("--seed", chains["seed"], low=0, high=(1 << 63) - 1)
    from lingen.experiments.store.reading import open_sweep

    data = open_sweep(store)
    from lingen.claims.inference import sweeps

    with as_flags(**FLAGS):
        plan = sweeps.plan(data, **chosen)
    _check_law(plan.model, **law)
    prepare()
    draws = sweeps.DRAWS if chains["draws"] is None else chains["draws"]
    return plan, {"store": str(store), **chains, "draws": draws, **_origin(data)}


def _names(plan: InferencePlan, out: Path) -> list[str]:
    """The files that will be written, seen to be writable."""
    from lingen.files import open_folder

    names = [f"{plan.model}-{plan.slice.observable}.{kind}" for kind in KINDS]
    open_folder("--out", out, names)
    return names


def _computed(
    plan: InferencePlan, law: Mapping[str, bool], about: Mapping[str, Any], longer: bool
) -> tuple[Finding, tuple[bytes, ...]]:
    """The finding and the content of its files."""
    import jax

    from lingen.claims.inference import sweeps
    from lingen.scripts.figures.infer_figure import caption, files
    from lingen.words import json_text, plain

    key, draws = jax.random.key(about["seed"]), about["draws"]
    found = sweeps.fit(plan, key, longer=longer, warmup=max(draws // 2, 1), draws=draws, **law)
    figure, words = files(found, KINDS[:2]), caption(found)
    numbers = found.to_json() | {"caption": words, "about": plain({**about, "draws": found.kept})}
    return found, (*figure, f"{words}\n".encode(), json_text(numbers).encode())


def _tell(found: Finding, out: Path, written: Mapping[str, bytes]) -> int:
    """Write the files and say what was found; the exit code."""
    from lingen.files import replace_file

    typer.echo(found.summary)
    for name, content in written.items():
        try:
            replace_file(out / name, content)
        except OSError as error:
            raise OSError(f"--out {out}: {error.strerror or error}") from None
    typer.echo(f"{out / found.model}-{found.slice.observable}.{{{','.join(KINDS)}}}")
    if found.sound:
        return 0
    more = f"try --posterior-draws {4 * found.kept}, or --within a part of the axes where the law holds"
    typer.echo(f"error: the numbers cannot be believed: {found.trouble}; {more}", err=True)
    return UNSOUND


def _origin(data: xr.Dataset) -> dict[str, Any]:
    from lingen.experiments.provenance import versions

    kept = {name: data.attrs[name] for name in ("topic", "config_hash", "created") if name in data.attrs}
    return kept | {"versions": versions()}
