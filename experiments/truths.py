"""What experiments on linear generative models have in common: the truth, the model, and their parameters.

The truth Σ is isotropic or a power law σ_k = k^−a, perhaps with a spike of strength θ, perhaps with noise of
variance s on the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.experiments.experiment import Experiment, Observable, Point
from lingen.experiments.parameters import Parameter, real, whole, word
from lingen.models import filters, population
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.sims.dense.wishart import samples_for
from lingen.sims.engine import methods

__all__ = [
    "DEFAULTS",
    "GAUSSIAN",
    "PARAMETERS",
    "experiment_on",
    "filter_at",
    "filter_text",
    "population_at",
    "scalars",
]


def _written(text: str) -> str:
    """A filter in one form: `ridge:.1` and `ridge:0.1` are one."""
    filters.parse(text)
    head, *numbers = text.strip().split(":")
    return ":".join([head, *(repr(float(x)) for x in numbers)])


PARAMETERS: dict[str, Parameter] = {
    "load": real(above=0, default=1.0, symbol="γ", title="load γ = n/d"),
    "dim": whole(at_least=1, default=256, symbol="d", title="dimension d"),
    "spike": real(above=0, optional=True, unit="variance", symbol="θ", title="spike strength θ, ℓ = 1 + θ"),
    "exponent": real(above=0, optional=True, symbol="a", title="power-law exponent a, σ_k = k^−a"),
    "ridge": real(
        at_least=0, optional=True, unit="variance", symbol="ρ", title="ridge ρ of the filter √(λ+ρ)"
    ),
    "noise": real(at_least=0, optional=True, unit="variance", symbol="s", title="noise variance s"),
    "filter": word(optional=True, read=_written, symbol="g", title="filter g, as name:number"),
    "method": word(*methods.METHODS, default="auto", title="simulation method"),
}
DEFAULTS: Point = {name: p.default for name, p in PARAMETERS.items() if p.default is not None} | {"seed": 0}
Draw = Callable[[Population, int, float, Filter | None, str, Point], Partial]
Predict = Callable[[Population, Any, Filter | None, Point], Mapping[str, Any]]
GAUSSIAN = ("filter", "ridge")
"""What changes nothing where the model is the Gaussian one."""


def experiment_on(
    name: str,
    *,
    observables: Mapping[str, Observable],
    sim: Any = None,
    theory: Any = None,
    draw: Draw | None = None,
    predict: Predict | None = None,
    needs: tuple[str, ...] = (),
    refuses: tuple[str, ...] = (),
    takes: tuple[str, ...] = (),
    noisy_data: bool = True,
    default_filter: str | None = "gaussian",
    more: Mapping[str, Parameter] | None = None,
    **about: Any,
) -> Experiment:
    """An experiment on a linear generative model of this truth.

    Args:
        name: its name.
        observables: what it measures.
        sim: its topic in `lingen.sims`, whose METHODS draw it; dense matrices alone without any.
        theory: its topic in `lingen.theory`.
        draw: the sampler for (truth, dim, load, model, method, point); `sim.sampler` when absent.
        predict: theory for (truth, loads, model, point): by observable, a row a load; or `theory.predict`.
        needs: parameters without which it makes no sense.
        refuses: parameters that change nothing.
        takes: what `sim.sampler` and `theory.predict` take by name, in the place of a model.
        noisy_data: whether noise is added to the data; else it belongs to the experiment.
        default_filter: the text of the filter that is the same as none.
        more: parameters of its own.
        about: further fields of `Experiment`.
    """
    known = getattr(sim, "METHODS", None) or methods.Methods(name)
    drawn, foretold = draw or _draw_of(sim, takes), predict or _prediction_of(theory, takes)

    def method_at(point: Point) -> str:
        truth = population_at(point, noisy_data)
        return methods.choose(known, point["method"], truth, point["dim"], filter_at(point)).method

    def sampler(**point: Any) -> Partial:
        truth, model = population_at(point, noisy_data), filter_at(point)
        return Partial(scalars, drawn(truth, point["dim"], point["load"], model, method_at(point), point))

    def predicted(**point: Any) -> dict[str, np.ndarray]:
        truth, loads = population_at(point, noisy_data), np.asarray(point["load"])
        return _rows(foretold(truth, loads, filter_at(point), point), loads)

    def identity(point: Point) -> Point:
        return _without_defaults(point, default_filter) | {"method": method_at(point)}

    return Experiment(
        name, parameters=_parameters(needs, refuses) | dict(more or {}), sampler=sampler, predict=predicted,
        along="load", observables=observables, drawn=_drawn, identity=identity,
        work=lambda **point: _work(method_at(point), point["dim"], point["load"]), **about,
    )  # fmt: skip


@checked
def population_at(point: Point, noisy_data: bool = True) -> Population:
    """The truth at a point: isotropic or a power law, with a spike; noise of variance s makes it Σ + s."""
    exponent = point.get("exponent")
    noise = float(point.get("noise") or 0.0) if noisy_data else 0.0
    return _population(None if exponent is None else (exponent, point.get("dim")), point.get("spike"), noise)


@lru_cache(maxsize=1024)
def _population(law: tuple[float, int] | None, spike: float | None, noise: float) -> Population:
    truth = population.isotropic() if law is None else population.power_law(*law)
    if noise:
        truth = truth.replace(eigenvalues=truth.eigenvalues + noise)
    return truth if spike is None else truth.with_spikes([1.0 + spike + noise])


@checked
def filter_at(point: Point) -> Filter | None:
    """The filter at a point, or None for the experiment's own."""
    return _filter(filter_text(point))


@checked
def scalars(sampler: Partial, key: Key[Array, ""]) -> dict[str, Float[Array, ""]]:
    """The mean of each observable over its entries, one a spike or bulk atom: the same in every cell."""
    drawn = sampler(key)._asdict()
    return {name: jnp.mean(value) for name, value in drawn.items() if value is not None}


def _without_defaults(point: Point, default_filter: str | None) -> Point:
    """The point with what changes its draws, its method aside; a ridge as the filter that it is."""
    kept = {k: v for k, v in point.items() if k not in ("ridge", "filter", "method")}
    if kept.get("noise") == 0.0:
        del kept["noise"]
    written = filter_text(point)
    if written is not None and written != default_filter:
        kept["filter"] = written
    return kept


def _parameters(needs: tuple[str, ...], refuses: tuple[str, ...]) -> dict[str, Parameter]:
    taken = {k: p for k, p in PARAMETERS.items() if k not in refuses}
    return taken | {k: replace(taken[k], optional=False) for k in needs}


def _draw_of(sim: Any, takes: tuple[str, ...]) -> Draw:
    """The sampler of a topic: of model and method where it has METHODS, else of the truth alone."""
    if takes:
        return lambda truth, dim, load, model, method, point: sim.sampler(
            truth, dim, load, method, **{name: point[name] for name in takes}
        )
    if hasattr(sim, "METHODS"):
        return lambda truth, dim, load, model, method, point: sim.sampler(truth, dim, load, model, method)
    return lambda truth, dim, load, model, method, point: sim.sampler(truth, dim, load)


def _prediction_of(theory: Any, takes: tuple[str, ...]) -> Predict:
    if takes:
        return lambda truth, load, model, point: theory.predict(
            truth, load, **{name: point[name] for name in takes}
        )._asdict()
    return lambda truth, load, model, point: theory.predict(truth, load, model, point["dim"])._asdict()


@checked
def filter_text(point: Point) -> str | None:
    """The filter at a point as it is written; a ridge is one."""
    ridge, text = point.get("ridge"), point.get("filter")
    if ridge is not None and text is not None:
        raise ValueError("filter or ridge must be given, not both")
    return text if ridge is None else f"ridge:{ridge!r}"


@lru_cache(maxsize=1024)
def _filter(text: str | None) -> Filter | None:
    return None if text is None else filters.parse(text)


def _drawn(*, load: float, dim: int, **_: Any) -> dict[str, float]:
    return {"load": samples_for(load, dim) / dim}


def _work(method: str, dim: int, load: float) -> float:
    """About how long one draw takes, in arbitrary units."""
    samples = float(load) * float(dim)
    match method:
        case "krylov":
            return 100.0 + 20.0 * min(float(dim), samples) ** (1 / 3)
        case "lanczos":
            return 100.0 + dim
        case _:
            return 100.0 + 1e-3 * float(dim) ** 2 * (8.0 * dim + samples)


def _rows(found: Mapping[str, Any], loads: np.ndarray) -> dict[str, np.ndarray]:
    """Means over entries, one a spike or bulk atom, at every load."""
    known = {name: np.asarray(value) for name, value in found.items() if value is not None}
    return {name: value.reshape(*loads.shape, -1).mean(axis=-1) for name, value in known.items()}
