"""What a sweep says: its critical point with exponents, the exponent of a power law, or whether there is a transition.

    critical:    y(g, d) = A(t) d^{−β} F(d^ν u(t)), t = g − g_c, averaged
                 with corrections to scaling                                `lingen.claims.inference.critical_points`
    power:       y(n) = c + A n^{−α}, averaged with rival corrections       `lingen.claims.inference.exponents`
    transition:  the critical law against a smooth one, by what is left out  `lingen.claims.inference.transitions`

The measurements are a slice of the sweep's dataset; nothing is predicted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
import xarray as xr
from jaxtyping import Key

from lingen.boundary import checked
from lingen.claims.inference import critical_points, exponents, scaling, transitions
from lingen.claims.inference.choices import MODELS, choose
from lingen.claims.inference.findings import Finding
from lingen.claims.inference.slices import Slice, cut
from lingen.experiments.store.selection import chosen
from lingen.watching import shown_bar

__all__ = ["MODELS", "InferencePlan", "fit", "infer", "plan"]

DRAWS, LONGER = 1000, 4
"""Samples of each chain if nobody says how many, and by how much chains are longer where those do not suffice."""
LEAST = {"critical": {"along": 5, "size": 3}, "transition": {"along": 5, "size": 3}, "power": {"along": 5}}
"""Different values of an axis that a model takes at least."""


class InferencePlan(NamedTuple):
    """What will be inferred, and from what."""

    model: str
    along: str
    size: str | None
    """The axis of sizes; none for a power law."""
    slice: Slice


@checked
def infer(
    data: xr.Dataset,
    key: Key[Any, ""] | None = None,
    *,
    model: str | None = None,
    observable: str | None = None,
    along: str | None = None,
    size: str | None = None,
    at: Mapping[str, Any] | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
    offset: bool = True,
    correction: bool = False,
    **steps: Any,
) -> Finding:
    """Infer a critical point, an exponent, or whether there is a transition, from a sweep.

    Args:
        data: a sweep: `xarray.open_zarr("sweep.zarr")`, or a dataset of your own with `<observable>` and
            `<observable>_error` over named axes of numbers; cells that are NaN or have no `draws` are left out.
        key: typed key of the chains; `jax.random.key(0)` if absent.
        model: "critical", "power" or "transition"; "critical" where both a size and a control vary, else "power".
        observable: what was measured; the sweep's topic, or the only one, if absent.
        along: the axis of the control parameter, or of the power law; "load", or the only one that varies.
        size: the axis of sizes; "dim", or the only one of whole and positive numbers.
        at: by axis, the value at which any other axis is fixed.
        within: by axis, the lowest and the highest value to use.
        offset: whether the power law's constant c is asked for; laws with and without are averaged in any case.
        correction: whether the power ω of its correction 1 + B n^{−ω} is asked for.
        steps: `draws`, samples of each chain, 1000 if absent and 4000 where those do not suffice; and for a transition others of `lingen.claims.inference.posteriors.nuts.nuts` such as `warmup`.

    Returns:
        Quantities `critical_point`, `nu`, `beta`; or `exponent`, `offset`; or `weight`, of the critical law.

    Raises:
        ValueError: naming the argument that the dataset does not allow, or the axis with too few values.
    """
    meant = plan(data, model=model, observable=observable, along=along, size=size, at=at, within=within)
    with shown_bar(f"inferring from {meant.slice.observable}") as tell:
        tell(0.0, "laws and chains")
        key = jax.random.key(0) if key is None else key
        law = {"offset": offset, "correction": correction}
        return fit(meant, key, **law, longer="draws" not in steps, **{"draws": DRAWS, **steps})


@checked
def plan(
    data: xr.Dataset,
    *,
    model: str | None = None,
    observable: str | None = None,
    along: str | None = None,
    size: str | None = None,
    at: Mapping[str, Any] | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
) -> InferencePlan:
    """What `infer` would infer, checked and not yet computed; arguments and errors are those of `infer`."""
    at = dict(at or {})
    name = chosen(data, observable)
    kind, control, sizes = choose(data, name, model, along, size, at)
    axes = (control,) if sizes is None else (control, sizes)
    found = cut(data, name, axes, at, within)
    for axis, least in zip(axes, LEAST[kind].values(), strict=True):
        _enough(found, kind, axis, least)
    _check_numbers(found, sizes is not None)
    return InferencePlan(kind, control, sizes, found)


@checked
def fit(
    meant: InferencePlan,
    key: Key[Any, ""],
    *,
    offset: bool = True,
    correction: bool = False,
    longer: bool = False,
    **steps: Any,
) -> Finding:
    """What a plan's measurements say; arguments are those of `infer`.

    If `longer`, chains that cannot be believed are made once more, `LONGER` times as long; not where something
    else speaks against the numbers, which more samples do not mend.
    """
    found = _fitted(meant, key, offset, correction, steps)
    if not longer or found.posterior.doubts or found.posterior.sound:
        return found
    more: dict[str, Any] = {name: LONGER * steps[name] for name in ("draws", "warmup") if name in steps}
    return _fitted(meant, key, offset, correction, {**steps, **more})


def _fitted(
    meant: InferencePlan, key: Key[Any, ""], offset: bool, correction: bool, steps: Mapping[str, Any]
) -> Finding:
    taken = meant.slice
    along, numbers = taken.places[meant.along], (taken.mean, taken.error)
    draws = {name: value for name, value in steps.items() if name == "draws"}
    if meant.size is None:
        measured = exponents.means(along, *numbers)
        fitted = exponents.power_law(measured, key, offset=offset, correction=correction, **draws)
        wanted = ("exponent", *["offset"] * offset, *["correction_exponent"] * correction)
        return Finding(*meant, measured, fitted.posterior, wanted, None, fitted)
    curves = scaling.curves(along, taken.places[meant.size], *numbers)
    if meant.model == "critical":
        fitted = critical_points.critical(curves, key, **draws)
        return Finding(*meant, curves, fitted.posterior, ("critical_point", "nu", "beta"), None, fitted)
    compared = transitions.compare(curves, key, **steps)
    return Finding(*meant, curves, compared.evidence, ("weight",), compared)


def _check_numbers(found: Slice, scaled: bool) -> None:
    """See that a law of positive numbers, with errors, can hold for them."""
    checked = [("a positive standard error", found.error), *[("a positive value", found.mean)] * scaled]
    for words, values in checked:
        if not (values > 0).all():
            wrong = int(np.argmin(values > 0))
            place = ", ".join(f"{name} {at[wrong]:g}" for name, at in found.places.items())
            raise ValueError(
                f"{found.observable} must have {words} everywhere, got {values[wrong]:g} at {place}"
            )


def _enough(found: Slice, kind: str, axis: str, least: int) -> None:
    values = np.unique(found.asked[axis])
    if values.size < least:
        held = ", ".join(f"{v:g}" for v in values) or "none"
        whole = (
            f" in {found.whole} of {found.cells} cells that are whole" if found.whole < found.cells else ""
        )
        raise ValueError(
            f"{axis} must have at least {least} values for {kind}, got {values.size} ({held}){whole}"
        )
