"""How draws are laid out on devices: what of a draw decides it, the width of a group, the mesh.

The width depends on the draw alone, never on how many draws or devices there are, so that the numbers do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh
from threadpoolctl import ThreadpoolController

from lingen.boundary import checked

__all__ = [
    "GROUP_BYTES", "Traits", "choose_devices", "equations", "light_blas", "mesh_for", "mesh_of",
    "one_blas_thread", "platform_of", "traits_of", "width_for", "with_axis",
]  # fmt: skip

SMALL = 512
"""Rows of matrices for which several threads of BLAS take longer than one: thirty times as long at 64."""
GROUP_BYTES = 1 << 28
GROUP_LARGEST = {"cpu": 32, "gpu": 256, "tpu": 256}
FACTORISATIONS = frozenset(
    {
        "cholesky", "eig", "eigh", "ffi_call", "geqrf", "hessenberg", "householder_product", "lu", "ormqr",
        "qr", "schur", "svd", "triangular_solve", "tridiagonal", "tridiagonal_solve",
    }
)  # fmt: skip


class Traits(NamedTuple):
    """What of a draw decides how it runs: sizes, and whether it factorises (stacks of) matrices."""

    largest_bytes: int
    output_bytes: int
    factorises: bool
    factorises_stacks: bool


@checked
def traits_of(draw: Any, key: Array) -> Traits:
    """The traits of a draw, a `Partial`."""
    leaves, tree = jax.tree.flatten((draw, key))
    return _traced_traits(tree, tuple((np.shape(leaf), jnp.result_type(leaf)) for leaf in leaves))


@lru_cache(maxsize=256)
def _traced_traits(tree: Any, shapes: tuple[tuple[tuple[int, ...], Any], ...]) -> Traits:
    """Traits by tracing the draw on shapes alone, once for all its numbers."""

    def call(leaves: list[Any]) -> Any:
        draw, key = jax.tree.unflatten(tree, leaves)
        return draw(key)

    arguments = [jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in shapes]
    jaxpr = jax.make_jaxpr(call)(arguments).jaxpr
    found = list(equations(jaxpr))
    operands = [e.invars[0].aval.ndim for e in found if e.primitive.name in FACTORISATIONS]
    largest = max((_bytes(v.aval) for e in found for v in e.outvars), default=8)
    output = sum(_bytes(v.aval) for v in jaxpr.outvars)
    return Traits(largest, output, bool(operands), any(axes > 2 for axes in operands))


@checked
def equations(jaxpr: Any) -> Iterator[Any]:
    """All equations of a program, those of its inner programs too."""
    for equation in jaxpr.eqns:
        yield equation
        for parameter in jax.tree.leaves(equation.params, is_leaf=_holdsequations):
            inner = getattr(parameter, "jaxpr", parameter)
            if hasattr(inner, "eqns"):
                yield from equations(inner)


def _holdsequations(parameter: Any) -> bool:
    return hasattr(parameter, "jaxpr") or hasattr(parameter, "eqns")


@checked
def width_for(traits: Traits, platform: str) -> int:
    """Draws in a group: one for a draw that factorises on CPU, else a power of two set by its size."""
    if platform == "cpu" and traits.factorises:
        return 1
    fitting = max(1, GROUP_BYTES // max(traits.largest_bytes, 1))
    return min(GROUP_LARGEST.get(platform, 8), 1 << (fitting.bit_length() - 1))


@checked
def with_axis(tree: Any) -> Any:
    """A stack of one."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], tree)


@checked
def mesh_for(traits: Traits, devices: Sequence[jax.Device] | None) -> Mesh:
    """Where a draw with these traits runs: on CPU, stacked factorisations on the first device only.

    On several host devices they share one pool of threads and can wait for themselves for ever.
    """
    mesh = mesh_of(choose_devices(devices))
    if traits.factorises_stacks and platform_of(mesh) == "cpu":
        return mesh_of((mesh.devices.flat[0],))
    return mesh


@checked
def choose_devices(devices: Sequence[jax.Device] | None) -> tuple[jax.Device, ...]:
    """These devices, or all local ones; `ValueError` if there are none."""
    chosen = tuple(jax.local_devices() if devices is None else devices)
    if not chosen:
        raise ValueError("devices must hold at least one device, got none")
    return chosen


@checked
@lru_cache
def mesh_of(devices: tuple[jax.Device, ...]) -> Mesh:
    """A mesh with one axis, "draws"."""
    return Mesh(np.asarray(devices), ("draws",))


@checked
def platform_of(mesh: Mesh) -> str:
    """The kind of devices of a mesh: cpu, gpu, tpu."""
    return str(mesh.devices.flat[0].platform)


def one_blas_thread() -> AbstractContextManager[Any]:
    """Keep the host's BLAS to one thread, while the devices use the cores.

    Its threads and XLA's wait for each other by spinning: left alone, a factorisation of a small matrix can
    take forty times as long, and its last bits depend on the number of threads.
    """
    return _controller().limit(limits=1, user_api="blas")


@checked
def light_blas(dim: int) -> AbstractContextManager[Any]:
    """One thread of the host's BLAS for matrices of so few rows that several only wait for each other."""
    return one_blas_thread() if dim <= SMALL else nullcontext()


@lru_cache
def _controller() -> ThreadpoolController:
    import scipy.linalg  # noqa: F401  (the LAPACK that JAX calls on CPU; a library must be loaded to be limited)

    return ThreadpoolController()


def _bytes(aval: Any) -> int:
    return int(np.prod(getattr(aval, "shape", ()), dtype=np.int64)) * 8
