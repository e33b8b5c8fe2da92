"""What a cell of a sweep draws: its population, its filter, its method, and the observables measured.

Observables with an entry for each spike or bulk atom are averaged over them, so that every cell of a grid
holds the same scalars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Float, Key

from lingen.boundary import at_once, checked
from lingen.models import filters, population
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.sims import (
    convergence,
    decoupling,
    denoising,
    distances,
    leakage,
    memorisation,
    recovery,
    refitting,
    spectral_entropy,
)
from lingen.sims.dense.wishart import samples_for
from lingen.sims.engine import methods
from lingen.sims.krylov import draws as krylov
from lingen.sims.krylov.truncation import truncation_bias

__all__ = [
    "OBSERVABLES", "TOPICS", "Topic", "check", "filter_at", "identity", "method_at", "population_at",
    "sampler_at", "work",
]  # fmt: skip

Coordinates = Mapping[str, Any]


class Topic(NamedTuple):
    """One simulation that a sweep can run."""

    needs: tuple[str, ...]
    """Parameters without which it makes no sense."""
    refuses: tuple[str, ...]
    """Parameters that change nothing."""


TOPICS: dict[str, Topic] = {
    "convergence": Topic((), ()),
    "recovery": Topic(("spike",), ("filter", "ridge")),
    "decoupling": Topic(("spike",), ()),
    "memorisation": Topic((), ()),
    "distances": Topic((), ()),
    "denoising": Topic(("noise",), ("ridge",)),
    "leakage": Topic((), ("filter", "ridge")),
    "refitting": Topic((), ("filter", "ridge")),
    "entropy": Topic((), ("filter", "ridge")),
}
OBSERVABLES: dict[str, tuple[str, str]] = {
    "convergence": ("1", "convergence q"),
    "recovery": ("1", "recovery Q of the latent factor"),
    "outlier": ("variance", "sample eigenvalue of the spike"),
    "agreement": ("1", "squared overlap of the spike's eigenvectors of two models"),
    "nearest_cosine": ("1", "largest |cosine| of a sample with the training points"),
    "cosine_variance": ("1", "d × variance of the cosine with a training point"),
    "fresh_variance": ("1", "d × variance of the cosine with a fresh point"),
    "wasserstein2": ("variance", "W2²/d between truth and model"),
    "kl_forward": ("nat", "KL(truth ‖ model)"),
    "kl_reverse": ("nat", "KL(model ‖ truth)"),
    "frobenius": ("variance²", "‖S − Σ‖²_F"),
    "operator_norm": ("variance", "‖S − Σ‖"),
    "subspace": ("1", "1 − Q of the spike"),
    "test_risk": ("variance", "risk of the denoiser on a fresh point, per dimension"),
    "train_risk": ("variance", "risk of the denoiser on a training point, per dimension"),
    "response": ("1", "τ(S(S+s)⁻¹)"),
    "blind": ("1", "area under the ROC curve of an attacker who knows S"),
    "informed": ("1", "area under the ROC curve of an attacker who knows S and Σ"),
    "second_moment": ("variance²", "τ(Σ_t²) after two generations"),
    "log_volume": ("nat", "log det Σ_t / d after two generations"),
    "entropy": ("nat", "entropy −tr ρ log ρ of S/tr S"),
    "deficit": ("nat", "log d minus the entropy"),
}

LEAST_ROWS = 16
GENERATIONS = 2
"""Fits of a model in a sweep of refitting: the truth's samples, then the first model's."""

SAMPLERS: dict[str, Callable[..., Partial]] = {
    "recovery": recovery.sampler,
    "memorisation": memorisation.sampler,
    "distances": distances.sampler,
    "leakage": lambda truth, dim, load, *_: leakage.sampler(truth, dim, load),
    "refitting": lambda truth, dim, load, *_: refitting.sampler(truth, dim, load, generations=GENERATIONS),
    "entropy": lambda truth, dim, load, *_: spectral_entropy.sampler(truth, dim, load),
}


@checked
def check(topic: str, names: Any) -> None:
    """See that a topic exists and takes these parameters; `ValueError` otherwise."""
    if topic not in TOPICS:
        raise ValueError(f"topic must be one of {', '.join(TOPICS)}, got {topic!r}")
    known, names = TOPICS[topic], set(names)
    for name in known.needs:
        if name not in names:
            raise ValueError(f"{topic} must be given --{name}, got none")
    for name in known.refuses:
        if name in names:
            raise ValueError(f"{topic} must be without --{name}, which does not change it")
    if {"filter", "ridge"} <= names:
        raise ValueError("filter or ridge must be given, not both")


@checked
def population_at(topic: str, coordinates: Coordinates) -> Population:
    """The truth of a cell: isotropic or a power law, with a spike.

    Noise of variance s on the data makes it Σ + s, but for denoising, whose noise is not of the data.
    """
    get = coordinates.get
    exponent = get("exponent")
    noise = 0.0 if topic == "denoising" else get("noise") or 0.0
    return _population(None if exponent is None else (exponent, get("dim")), get("spike"), noise)


@lru_cache(maxsize=1024)
def _population(law: tuple[float, int] | None, spike: float | None, noise: float) -> Population:
    truth = population.isotropic() if law is None else population.power_law(*law)
    if noise:
        truth = truth.replace(eigenvalues=truth.eigenvalues + noise)
    return truth if spike is None else truth.with_spikes([1.0 + spike + noise])


@checked
def filter_at(coordinates: Coordinates) -> Filter | None:
    """The filter of a cell, or None for the topic's own."""
    return _filter(_filter_text(coordinates))


def _filter_text(coordinates: Coordinates) -> str | None:
    ridge = coordinates.get("ridge")
    return coordinates.get("filter") if ridge is None else f"ridge:{ridge!r}"


@lru_cache(maxsize=1024)
def _filter(text: str | None) -> Filter | None:
    return None if text is None else filters.parse(text)


@checked
def method_at(topic: str, coordinates: Coordinates) -> str:
    """The method that draws a cell; see `methods.choose`."""
    quantity = "convergence" if topic == "decoupling" else topic
    truth, model = population_at(topic, coordinates), filter_at(coordinates)
    return methods.choose(quantity, coordinates["method"], truth, coordinates["dim"], model).method


@checked
def identity(topic: str, coordinates: Coordinates) -> dict[str, Any]:
    """The coordinates in the one form that is hashed: what means the same is written the same."""
    kept = {k: v for k, v in coordinates.items() if k not in ("ridge", "filter", "method")}
    if kept.get("noise") == 0.0:
        del kept["noise"]
    written = _filter_text(coordinates)
    if written not in (None, "gaussian") or (written and topic == "denoising"):
        kept["filter"] = written
    return kept | {"method": method_at(topic, coordinates)}


@checked
@at_once
def sampler_at(topic: str, coordinates: Coordinates) -> Partial:
    """The draw of a cell: a dict of scalars as a function of a key."""
    truth = population_at(topic, coordinates)
    dim, load, model = coordinates["dim"], coordinates["load"], filter_at(coordinates)
    method = method_at(topic, coordinates)
    if topic == "denoising":
        drawn = denoising.sampler(truth, dim, load, model, method, noise=coordinates["noise"])
    elif topic == "decoupling" and method == "dense":
        drawn = decoupling.sampler(truth, dim, load, model)
    elif topic == "decoupling":
        first = _convergence(truth, dim, load, model, method, coordinates)
        drawn = Partial(decoupling.apart, first, recovery.sampler(truth, dim, load, None, method))
    elif topic == "convergence":
        drawn = _convergence(truth, dim, load, model, method, coordinates)
    else:
        drawn = SAMPLERS[topic](truth, dim, load, model, method)
    return Partial(_observe, drawn)


@checked
def work(topic: str, coordinates: Coordinates) -> float:
    """About how long one draw takes, in arbitrary units, for the time left."""
    dim, samples = float(coordinates["dim"]), float(coordinates["load"]) * float(coordinates["dim"])
    match method_at(topic, coordinates):
        case "krylov":
            return 100.0 + 20.0 * min(dim, samples) ** (1 / 3)
        case "lanczos":
            return 100.0 + dim
        case _:
            return 100.0 + 1e-3 * dim**2 * (8.0 * dim + samples)


def _observe(sampler: Partial, key: Key[Array, ""]) -> dict[str, Float[Array, ""]]:
    drawn = sampler(key)._asdict()
    return {name: jnp.mean(value) for name, value in drawn.items() if value is not None}


def _convergence(
    truth: Population, dim: int, load: float, model: Filter | None, method: str, coordinates: Coordinates
) -> Partial:
    if method != "krylov":
        return convergence.sampler(truth, dim, load, model, method)
    text, samples = _filter_text(coordinates), samples_for(load, dim)
    common = _krylov(dim, samples, float(truth.eigenvalues[0]), truth.spikes.size, text)
    source = common.args[0].replace(spikes=truth.spikes)
    return Partial(common.func, source, *common.args[1:])


@lru_cache(maxsize=65536)
def _krylov(dim: int, samples: int, bulk: float, spikes: int, filter: str | None) -> Partial:
    """The draw of q but for the strengths of the spikes, which its sizes, slow to find, do not depend on."""
    truth = population.isotropic(bulk).with_spikes([2.0 * bulk] * spikes)
    rows = _rows(dim, samples, spikes + 1) if filter in (None, "gaussian") else None
    return krylov.convergence_sampler(truth, dim, samples / dim, _filter(filter), rows=rows)


def _rows(dim: int, samples: int, width: int) -> int:
    """The fewest rows of a band that keep q accurate: far fewer suffice where n is not close to d."""
    rows, complete = LEAST_ROWS, min(dim, samples)
    while rows < complete and truncation_bias(dim, samples, rows) > krylov.ACCURACY:
        rows *= 2
    return min(complete, width * rows)
