"""Posteriors by NUTS: samples, and whether the chains that drew them can be believed.

Chains of a NumPyro model as one pure function of a key, the starts and the data: it compiles once for all
data of one shape, and a whole ensemble of posteriors runs under one vmap. A posterior is `sound` when every
rank-normalised folded split R-hat is below 1.01, bulk and tails hold 400 effective samples, no transition
diverged, and nothing else speaks against it (`doubts`); one that is not says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Float, Key

from lingen import lazy
from lingen.boundary import checked
from lingen.machine.extras import installed_by
from lingen.models import diagnostics

__all__ = [
    "EFFECTIVE",
    "R_HAT",
    "Chains",
    "Model",
    "Posterior",
    "chains",
    "measure",
    "potential",
    "unconstrained",
]

infer = lazy.module("numpyro.infer")
Model = Callable[..., None]
"""A NumPyro model, `model(*data)`."""

R_HAT = 1.01
"""R-hat of chains that have forgotten where they began is below this."""
EFFECTIVE = 400.0
"""Effective samples of bulk and tails that R-hat and the ends of an interval need."""


class Chains(NamedTuple):
    """What the chains visited after warm-up."""

    samples: dict[str, Float[Array, "chains draws *shape"]]
    """Parameters and deterministic sites, in their own units."""
    diverging: Float[Array, "chains draws"]
    """1 where a transition diverged."""


class Posterior(NamedTuple):
    """Samples of the parameters and the diagnostics of the chains."""

    samples: Mapping[str, Float[np.ndarray, "chains draws *shape"]]
    r_hat: Mapping[str, float]
    """Rank-normalised folded split R-hat, the largest over a parameter's components; 1 is best."""
    effective: Mapping[str, float]
    """Effective sample size of the bulk, the smallest over a parameter's components."""
    divergences: int
    tail: Mapping[str, float] = MappingProxyType({})
    """Effective sample size of the tails, the smallest over a parameter's components."""
    doubts: tuple[str, ...] = ()
    """What else speaks against the numbers, such as data that do not follow the law."""

    @property
    def sound(self) -> bool:
        """Whether the chains agree, none diverged and nothing else speaks against the numbers."""
        return not self.trouble

    @property
    def trouble(self) -> str:
        """What is wrong, in one line; empty if nothing is."""
        worst = max(self.r_hat, key=lambda name: np.nan_to_num(self.r_hat[name], nan=np.inf))
        found = []
        if not self.r_hat[worst] < R_HAT:
            found.append(f"R-hat of {worst} is {self.r_hat[worst]:.3f}, not below {R_HAT:g}")
        found += [_few(part, counts) for part, counts in (("bulk", self.effective), ("tails", self.tail))]
        if self.divergences:
            found.append(f"{self.divergences} transitions diverged")
        return "; ".join(filter(None, (*found, *self.doubts)))

    @property
    def diagnostics(self) -> str:
        """R-hat, effective sample size and divergences in one line."""
        r_hat, effective = max(self.r_hat.values()), min((*self.effective.values(), *self.tail.values()))
        return f"R-hat {r_hat:.4f}, {effective:.0f} effective samples, {self.divergences} divergences"

    def flat(self, name: str) -> Float[np.ndarray, "samples *shape"]:
        """All samples of one parameter, chain after chain."""
        values = self.samples[name]
        return values.reshape(-1, *values.shape[2:])

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """The central credible interval of a scalar parameter."""
        low, high = np.quantile(self.flat(name), [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def to_arviz(self, attrs: Mapping[str, Any] | None = None, **groups: tuple[Any, Any]) -> Any:
        """The samples as an `arviz.InferenceData` (of ArviZ 1 on, an `xarray.DataTree`).

        Args:
            attrs: what is noted of the posterior beside its divergences.
            groups: other groups by name, the variables and the coordinates of each.

        Raises:
            ImportError: if ArviZ is not installed.
        """
        try:
            import arviz
        except ImportError:
            raise ImportError(f"to_arviz needs ArviZ: {installed_by('arviz')}") from None
        import xarray as xr

        variables = {
            name: (("chain", "draw", *(f"{name}_dim_{i}" for i in range(np.ndim(values) - 2))), values)
            for name, values in self.samples.items()
            if not name.startswith("_")
        }
        chains, draws = np.shape(next(iter(self.samples.values())))[:2]
        places = {"chain": np.arange(chains), "draw": np.arange(draws)}
        noted = {"divergences": self.divergences, **(attrs or {})}
        parts = {"posterior": xr.Dataset(variables, places, noted)}
        parts |= {name: xr.Dataset(held, where) for name, (held, where) in groups.items()}
        if hasattr(arviz, "InferenceData"):
            return arviz.InferenceData(**parts)
        return xr.DataTree.from_dict(parts)


@checked
def measure(found: Chains, held: Collection[str] = ()) -> Posterior:
    """Chains with their R-hat, effective sample sizes and divergences; parameters held have none."""
    samples = {name: np.asarray(values) for name, values in found.samples.items()}
    free = {name: x for name, x in samples.items() if name not in held}
    r_hat, bulk, tail = (
        {name: of(x) if np.isfinite(x).all() else np.nan for name, x in free.items()}
        for of in (diagnostics.r_hat, diagnostics.bulk, diagnostics.tail)
    )
    return Posterior(samples, r_hat, bulk, int(np.sum(found.diverging)), tail)


def _few(part: str, counts: Mapping[str, float]) -> str:
    """The parameter with too few effective samples, if there is one."""
    worst = min(counts, key=lambda name: np.nan_to_num(counts[name]), default=None)
    if worst is None or counts[worst] >= EFFECTIVE:
        return ""
    return f"the {part} of {worst} hold {counts[worst]:.0f} effective samples, fewer than {EFFECTIVE:g}"


@checked
@partial(jax.jit, static_argnames="model")
def unconstrained(
    model: Model, key: Key[Array, ""], start: Mapping[str, Any], data: tuple[Any, ...]
) -> dict[str, Array]:
    """Where chains begin, free of constraints: at `start`, and at random for the parameters it lacks."""
    return dict(_initialised(model, key, start, data).param_info.z)


@checked
def potential(model: Model, place: Mapping[str, Array], data: tuple[Any, ...]) -> Float[Array, ""]:
    """Minus the log density of the unconstrained parameters, up to a constant."""
    return _initialised(model, jr.key(0), {}, data).potential_fn(*data)(place)


@checked
@partial(jax.jit, static_argnames=("model", "warmup", "draws", "acceptance"))
def chains(
    model: Model,
    key: Key[Array, ""],
    places: Mapping[str, Float[Array, "chains *shape"]],
    covariance: Float[Array, "p p"] | None,
    data: tuple[Any, ...],
    held: Mapping[str, Array] | None = None,
    *,
    warmup: int,
    draws: int,
    acceptance: float = 0.8,
) -> Chains:
    """Chains of NUTS side by side, each adapting its own step size and mass matrix while it warms up.

    Args:
        model: a NumPyro model, `model(*data)`.
        key: typed key.
        places: unconstrained parameters where each chain begins.
        covariance: inverse mass matrix to begin with, dense, in the order of `ravel_pytree`; if absent a
            diagonal one is adapted from the identity.
        data: the model's arguments.
        held: unconstrained parameters that stay where they are.
        warmup: steps of adaptation, not kept.
        draws: samples kept of each chain.
        acceptance: target acceptance probability.
    """
    fixed = dict(held or {})
    one = partial(_chain, model, covariance, data, fixed, warmup, draws, acceptance)
    count = jax.tree.leaves(places)[0].shape[0]
    visited, diverging = jax.vmap(one)(jr.split(key, count), places)

    def constrain(place: Mapping[str, Array]) -> dict[str, Array]:
        return dict(infer.util.constrain_fn(model, data, {}, {**place, **fixed}, return_deterministic=True))

    return Chains(jax.vmap(jax.vmap(constrain))(visited), diverging)


def _chain(
    model: Model,
    covariance: Array | None,
    data: tuple[Any, ...],
    fixed: Mapping[str, Array],
    warmup: int,
    draws: int,
    acceptance: float,
    key: Array,
    place: Mapping[str, Array],
) -> tuple[Any, Array]:
    """One scan over warm-up and sampling: two would be compiled twice."""
    begin, step = infer.hmc.hmc(potential_fn=lambda z: potential(model, {**z, **fixed}, data), algo="NUTS")
    state = begin(
        place,
        num_warmup=warmup,
        inverse_mass_matrix=covariance,
        dense_mass=covariance is not None,
        target_accept_prob=acceptance,
        rng_key=key,
    )

    def advance(state: Any, _: None) -> tuple[Any, tuple[Any, Array]]:
        state = step(state)
        return state, (state.z, state.diverging)

    _, visited = jax.lax.scan(advance, state, None, length=warmup + draws)
    places, diverging = jax.tree.map(lambda leaf: leaf[warmup:], visited)
    return places, diverging.astype(float)


def _initialised(model: Model, key: Array, start: Mapping[str, Any], data: tuple[Any, ...]) -> Any:
    return infer.util.initialize_model(
        key,
        model,
        init_strategy=infer.init_to_value(values=dict(start)),
        model_args=data,
        dynamic_args=True,
        validate_grad=False,
    )
