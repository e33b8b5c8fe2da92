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
from lingen.checks import finite, integer, is_traced, nonnegative, positive, room, sound, vector
from lingen.models import precision

__all__ = [
    "Population",
    "atoms",
    "from_covariance",
    "from_samples",
    "in_range",
    "isotropic",
    "power_law",
    "spiked",
    "varying",
]

_LEAST = 1e-70
"""Samples that vary by less have eigenvalues whose squares are no numbers."""

_LEAVES = ("eigenvalues", "weights", "spikes")


@jax.tree_util.register_pytree_with_keys_class
@dataclass(frozen=True)
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
            if isinstance(getattr(self, name), np.ndarray | jax.Array):
                test(name, getattr(self, name))

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

    def moment(self, order: float) -> Float[Array, ""]:
        """τ(Σ^s) of the bulk: Σ_k w_k σ_k^s."""
        return jnp.sum(self.weights * self.eigenvalues**order)

    @at_once
    def with_spikes(self, eigenvalues: ArrayLike) -> Population:
        """The same bulk with spiked eigenvalues ℓ > 0, above, below or between its own, shape (r,)."""
        values = positive("spikes", eigenvalues)
        return self.replace(spikes=_decreasing(vector("spikes", values)))

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
        dim = integer("dim", dim, low=self.spikes.size + 1)
        room("dim", dim, 3.0 * dim)
        index = np.repeat(np.arange(self.eigenvalues.size), self.multiplicities(dim))
        return jnp.concatenate([self.spikes, self.eigenvalues[index]])

    def multiplicities(self, dim: int) -> np.ndarray:
        """How often each bulk atom occurs among the d − r bulk eigenvalues, shape (k,)."""
        if is_traced(self.weights):
            raise ValueError("weights must be known numbers when a dimension is drawn, got traced values")
        cumulative = np.cumsum(np.asarray(self.weights)) * (dim - self.spikes.size)
        return np.diff(np.concatenate([[0], np.rint(cumulative)])).astype(int)


@checked
@at_once
def isotropic(variance: ArrayLike = 1.0) -> Population:
    """Σ = variance · I."""
    value = _number("variance", variance)
    return Population(jnp.reshape(value, (1,)), jnp.ones(1), jnp.zeros(0))


@checked
@at_once
def spiked(strengths: ArrayLike) -> Population:
    """Σ = I + Σ_i θ_i v_i v_iᵀ: spiked eigenvalues ℓ_i = 1 + θ_i.

    Args:
        strengths: θ_i > −1 and not 0, shape (r,); negative ones are spikes below the bulk.
    """
    values = vector("strengths", strengths)
    wrong = np.zeros(0) if is_traced(values) else np.asarray(values)
    wrong = wrong[(wrong <= -1.0) | (wrong == 0.0)]
    if wrong.size:
        raise ValueError(f"strengths must be above -1 and not 0, got {wrong[0]:g}")
    return isotropic().with_spikes(1.0 + values)


@checked
@at_once
def power_law(exponent: ArrayLike, dim: int) -> Population:
    """σ_k = k^{−a}, k = 1..dim, every eigenvalue once (the bulk; no spikes).

    Args:
        exponent: a > 0.
        dim: number of eigenvalues.
    """
    exponent = _number("exponent", exponent)
    dim = integer("dim", dim, low=1)
    room("dim", dim, 4.0 * dim)
    values = jnp.arange(1, dim + 1, dtype=float) ** (-exponent)
    return Population(values, jnp.full(dim, 1.0 / dim), jnp.zeros(0), dim=dim)


@checked
@at_once
def atoms(values: ArrayLike, weights: ArrayLike | None = None) -> Population:
    """Bulk law Σ_k w_k δ(σ_k); weights are normalised to one, and equal when absent.

    Args:
        values: eigenvalues σ_k >= 0, not all zero, shape (k,).
        weights: w_k > 0, shape (k,).
    """
    values = vector("values", nonnegative("values", values))
    if values.size == 0 or (not is_traced(values) and not np.any(np.asarray(values) > 0)):
        raise ValueError(f"values must hold at least one positive eigenvalue, got {np.asarray(values)}")
    weights = jnp.ones(values.shape) if weights is None else vector("weights", positive("weights", weights))
    if weights.shape != values.shape:
        raise ValueError(f"weights must have the shape of values {values.shape}, got {weights.shape}")
    order = jnp.argsort(-values)
    return Population(values[order], (weights / weights.sum())[order], jnp.zeros(0))


@checked
@at_once
def from_covariance(covariance: ArrayLike) -> Population:
    """The spectrum of a symmetric positive semidefinite matrix, shape (d, d).

    Symmetry and sign are asked for to the precision of the numbers: that of their dtype, and that of their
    digits where they are written with few. Eigenvalues as small as the negative ones are zero.

    Raises:
        ValueError: if the matrix is not square, not symmetric, not finite or has an eigenvalue that is
            negative beyond that precision.
    """
    matrix = finite("covariance", covariance)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"covariance must be a square matrix, got shape {matrix.shape}")
    if matrix.size == 0:
        raise ValueError("covariance must have at least one row, got none")
    if is_traced(matrix):
        return _from_eigenvalues(_without_round_off(jnp.linalg.eigvalsh(matrix)), matrix.shape[0])
    known = np.asarray(matrix)
    blurred = precision.error(known, np.asarray(covariance).dtype)
    largest_entry = float(np.abs(known).max())
    if not np.allclose(known, known.T, rtol=1e-8, atol=max(2.0 * blurred, 1e-10 * largest_entry)):
        raise ValueError("covariance must be symmetric, got one that differs from its transpose")
    values = jnp.linalg.eigvalsh((matrix + matrix.T) / 2.0)
    smallest, largest = float(values[0]), float(values[-1])
    if largest <= 0 or smallest < -max(blurred * known.shape[0], 1e-10 * largest):
        shown = smallest if smallest < 0 else largest
        raise ValueError(f"covariance must have no negative eigenvalue and one positive, got {shown:g}")
    values = _without_round_off(values)
    if smallest < -1e-10 * largest:  # what the digits lack shows on both sides of zero
        values = jnp.where(values > -2.0 * smallest, values, 0.0)
    return _from_eigenvalues(values, values.size)


@checked
@at_once
def from_samples(samples: ArrayLike) -> Population:
    """The spectrum of the sample covariance of `samples`, shape (n, d), mean removed, divisor n − 1.

    Time and memory are those of min(n, d) eigenvalues: the directions that no sample has are one atom at 0.

    Raises:
        ValueError: if `samples` is not a finite array of two axes and at least two rows, does not vary, or
            varies beyond what double precision can square.
    """
    data = finite("samples", samples)
    if data.ndim != 2 or data.shape[0] < 2:
        raise ValueError(f"samples must have shape (n >= 2, d), got {data.shape}")
    if not is_traced(data):
        in_range("samples", data)
    centred = data - data.mean(axis=0)
    count, dim = data.shape
    scale = 1.0 if is_traced(centred) else varying("samples", centred)
    centred = centred / scale
    if count > dim:
        values = jnp.linalg.eigvalsh(centred.T @ centred / (count - 1))
    else:  # XXᵀ has the same eigenvalues but for d − n zeros, and centring leaves one zero more
        values = jnp.linalg.eigvalsh(centred @ centred.T / (count - 1))
        values = values.at[0].set(0.0)
    values = _without_round_off(values) * scale**2
    return _from_eigenvalues(values[-dim:], dim)


@checked
def in_range(name: str, values: ArrayLike) -> None:
    """`ValueError` for values whose squares are no numbers."""
    largest = max(float(np.max(values)), -float(np.min(values)))
    if largest > 1.0 / _LEAST:
        raise ValueError(f"{name} must be at most {1.0 / _LEAST:g} in size, got {largest:g}: change its unit")


@checked
def varying(name: str, centred: ArrayLike) -> float:
    """The power of two below the largest entry; `ValueError` where none varies, or too little for σ²."""
    largest = max(float(np.max(centred)), -float(np.min(centred)))
    if largest == 0.0:
        raise ValueError(f"{name} must vary, got {np.shape(centred)[0]} equal rows: their covariance is zero")
    if largest < _LEAST:
        raise ValueError(f"{name} must vary by {_LEAST:g} or more, got {largest:g}: change its unit")
    return 2.0 ** float(np.floor(np.log2(largest)))


def _without_round_off(values: Float[Array, "d"]) -> Float[Array, "d"]:
    """Eigenvalues no larger than the error of their computation are zero: a dead direction stays dead."""
    return jnp.where(values > values.size * jnp.finfo(values.dtype).eps * values[-1], values, 0.0)


def _number(name: str, value: ArrayLike) -> Array:
    number = positive(name, value)
    if number.size != 1:
        raise ValueError(f"{name} must be one number, got shape {number.shape}")
    return number


def _from_eigenvalues(values: Float[Array, "k"], dim: int) -> Population:
    """The population of the k given eigenvalues and d − k zeros; equal ones become one atom."""
    if is_traced(values):  # which of them are equal is not known yet
        values = jnp.concatenate([values, jnp.zeros(dim - values.size)])
        return Population(_decreasing(values), jnp.full(dim, 1.0 / dim), jnp.zeros(0), dim=dim)
    distinct, counts = np.unique(np.asarray(values), return_counts=True)
    if dim > values.size:
        zeros = dim - values.size
        if distinct[0] == 0.0:
            counts[0] += zeros
        else:
            distinct, counts = np.append(0.0, distinct), np.append(zeros, counts)
    return Population(jnp.asarray(distinct[::-1]), jnp.asarray(counts[::-1] / dim), jnp.zeros(0), dim=dim)


def _decreasing(values: Array) -> Array:
    return jnp.sort(values)[::-1]
