"""Population: the truth, a covariance spectrum Σ = bulk + finitely many spikes.

Data are x ~ N(0, Σ) in R^d. Every law in lingen is invariant under rotations of the data, so a
population is its spectrum: the bulk eigenvalues σ_k with weights w_k (a probability law H), and the
spiked eigenvalues ℓ_1 >= ... >= ℓ_r that stand alone whatever the dimension.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float
from numpy.typing import ArrayLike

from lingen.boundary import at_once, checked
from lingen.checks import finite, is_traced, length, nonnegative, positive, sound, vector
from lingen.watching import in_notebook

__all__ = ["Population", "decreasing"]

_LEAVES = ("eigenvalues", "weights", "spikes")
_SHOWN = 5
"""Numbers that are listed; of more the range is told."""


@jax.tree_util.register_pytree_with_keys_class
@dataclass(frozen=True, repr=False)
class Population:
    """A covariance spectrum: bulk law H = Σ_k w_k δ(σ_k), and spikes.

    A pytree, whose leaves may be anything (a derivative, a tracer); numbers given by a caller are checked.

    Attributes:
        eigenvalues: bulk eigenvalues σ_k, shape (k,), in decreasing order.
        weights: their weights w_k, shape (k,), summing to one.
        spikes: spiked eigenvalues ℓ (not strengths θ = ℓ − 1), shape (r,), in decreasing order.
        dim: the dimension d at which the spectrum is exactly these eigenvalues, or None for a law
            that makes sense at every d.
    """

    eigenvalues: Float[Array, "k"]
    weights: Float[Array, "k"]
    spikes: Float[Array, "r"]
    dim: int | None = None

    def __post_init__(self) -> None:
        """Refuse eigenvalues that no covariance has."""
        for name, test in (("eigenvalues", nonnegative), ("spikes", positive), ("weights", finite)):
            value = getattr(self, name)
            if isinstance(value, np.ndarray | jax.Array):
                array = test(name, value)
                if isinstance(value, np.ndarray):
                    object.__setattr__(self, name, array)

    def tree_flatten_with_keys(self) -> tuple[tuple[tuple[Any, Any], ...], int | None]:
        """The three arrays are leaves, the dimension is static."""
        return tuple((jax.tree_util.GetAttrKey(name), getattr(self, name)) for name in _LEAVES), self.dim

    @classmethod
    def tree_unflatten(cls, dim: int | None, leaves: Iterable[Any]) -> Population:
        """Of any leaves, unchecked: derivatives have signs of their own."""
        made = object.__new__(cls)
        for name, leaf in zip((*_LEAVES, "dim"), (*leaves, dim), strict=True):
            object.__setattr__(made, name, leaf)
        return made

    def replace(self, **changes: Any) -> Population:
        """The same population with other fields.

        Raises:
            ValueError: for an eigenvalue that is negative or not finite, a spike that is not positive.
        """
        return replace(self, **changes)

    def check_numbers(self, name: str) -> None:
        """Raise `ValueError` unless this is a law, as one made by hand or by `replace` may not be.

        Args:
            name: what the caller calls it.
        """
        if is_traced(self):
            return
        for field in ("eigenvalues", "spikes"):
            sound(f"{name}.{field}", getattr(self, field), axes=1)
        if not np.any(np.asarray(self.eigenvalues) > 0):
            found = np.asarray(self.eigenvalues)
            raise ValueError(f"{name}.eigenvalues must hold at least one positive number, got {found}")
        sound(f"{name}.weights", self.weights, negative=True)
        weights = np.asarray(self.weights)
        if weights.shape != np.shape(self.eigenvalues):
            shapes = f"{np.shape(self.eigenvalues)}, got {weights.shape}"
            raise ValueError(f"{name}.weights must have the shape of the eigenvalues {shapes}")
        if abs(weights.sum() - 1.0) > 1e-6:  # one alone may be below 0: that of a node of a quadrature
            raise ValueError(f"{name}.weights must sum to 1, got {weights.sum():g}")

    def __repr__(self) -> str:
        leaves = [getattr(self, name) for name in _LEAVES]
        if is_traced(self) or not all(isinstance(leaf, np.ndarray | jax.Array) for leaf in leaves):
            return f"Population({', '.join(str(leaf) for leaf in (*leaves, self.dim))})"
        values, weights, spikes = (np.asarray(leaf) for leaf in leaves)
        parts = [f"bulk of {values.size} eigenvalues, {values.max():.4g} to {values.min():.4g}"]
        if values.size <= _SHOWN:
            equal = np.ptp(weights) < 1e-12
            parts = [f"bulk {_listed(values)}" + ("" if equal else f" (weights {_listed(weights)})")]
        if spikes.size:
            more = f" and {spikes.size - _SHOWN} more" if spikes.size > _SHOWN else ""
            parts.append(f"spikes {_listed(spikes[:_SHOWN])}{more}")
        if self.dim is not None:
            parts.append(f"d = {self.dim}")
        return f"Population({'; '.join(parts)})"

    _repr_html_ = in_notebook

    def moment(self, order: float) -> Float[Array, ""]:
        """τ(Σ^s) of the bulk: Σ_k w_k σ_k^s."""
        if is_traced((self.weights, self.eigenvalues, order)):
            return jnp.sum(self.weights * self.eigenvalues**order)
        with np.errstate(all="ignore"):  # an infinite moment is told by who needs it
            return jax.device_put(np.sum(np.asarray(self.weights) * np.asarray(self.eigenvalues) ** order))

    @at_once
    def with_spikes(self, eigenvalues: ArrayLike) -> Population:
        """The same bulk with spiked eigenvalues ℓ > 0, above, below or between its own, shape (r,)."""
        values = positive("spikes", eigenvalues)
        return self.replace(spikes=decreasing(vector("spikes", values)))

    def dimension(self, dim: int | None = None) -> int:
        """`dim`, or the population's own when absent; `ValueError` where there is neither."""
        size = self.dim if dim is None else dim
        if size is None:
            raise ValueError("dim must be given for a population without a dimension of its own, got None")
        return size

    def spectrum(self, dim: int) -> Float[Array, "dim"]:
        """The d eigenvalues of Σ at dimension `dim`: the spikes first, then the bulk.

        Each atom comes as often as its weight says: cumulative counts rounded, so equal weights share evenly.

        Raises:
            ValueError: if `dim` is not above the number of spikes, or the weights are traced.
        """
        dim = length("dim", dim, low=self.spikes.size + 1, each=3.0)
        index = np.repeat(np.arange(self.eigenvalues.size), self.multiplicities(dim))
        if is_traced((self.spikes, self.eigenvalues)):
            return jnp.concatenate([self.spikes, self.eigenvalues[index]])
        return jax.device_put(np.concatenate([np.asarray(self.spikes), np.asarray(self.eigenvalues)[index]]))

    def multiplicities(self, dim: int) -> np.ndarray:
        """How often each bulk atom occurs among the d − r bulk eigenvalues, shape (k,)."""
        if is_traced(self.weights):
            raise ValueError("weights must be known numbers when a dimension is drawn, got traced values")
        cumulative = np.cumsum(np.asarray(self.weights)) * (dim - self.spikes.size)
        return np.diff(np.concatenate([[0], np.rint(cumulative)])).astype(int)


@checked
def decreasing(values: Array) -> Array:
    """Eigenvalues in the order that a population holds them in."""
    if is_traced(values):
        return jnp.sort(values)[::-1]
    return jax.device_put(np.sort(np.asarray(values))[::-1])


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
