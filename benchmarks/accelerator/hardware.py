"""What the hardware can do: bandwidth, matrix products, the least time of a kernel and of a call."""

from __future__ import annotations

import os

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from record import Places, Record, timed

PRECISIONS = (
    ("float64", jnp.float64, None),
    ("float32", jnp.float32, None),
    ("float32", jnp.float32, "highest"),
)


def measure(record: Record, where: Places) -> None:
    """Everything in a few seconds."""
    kind = where.device.device_kind
    record.say("device", kind=kind, jax=jax.__version__, cores=os.cpu_count(), devices=jax.device_count())
    x = jnp.ones(1 << (20 if record.quick else 28))
    seconds = timed(jax.jit(lambda x: x + 1.0), x)[1]
    record.say("copy of float64", GB_a_second=2 * x.nbytes / seconds / 1e9)
    del x
    n = 256 if record.quick else 8192
    for name, dtype, precision in PRECISIONS:
        a = jr.normal(jr.key(0), (n, n), dtype)
        seconds = timed(jax.jit(lambda a, p=precision: jnp.matmul(a, a, precision=p)), a)[1]
        told = f"product in {name}" + (f", precision {precision}" if precision else "")
        record.say(told, TFLOP_a_second=2 * n**3 / seconds / 1e12, relative_error=_error(dtype, precision))
    turns = jax.jit(lambda x: jax.lax.fori_loop(0, 1000, lambda _, x: jnp.sort(x) + 1.0, x))
    record.say("one turn of a loop", us=timed(turns, jnp.ones(64))[1] * 1e3)
    record.say("one call from Python", us=timed(jax.jit(lambda x: x + 1.0), jnp.ones(64))[1] * 1e6)


def _error(dtype: jnp.dtype, precision: str | None) -> float:
    """Of a product of 512 × 512 normals, of the largest entry: ten bits of TF32 would show."""
    x = jr.normal(jr.key(1), (512, 512), dtype)
    exact = np.asarray(x, float) @ np.asarray(x, float)
    found = np.asarray(jnp.matmul(x, x, precision=precision), float)
    return float(np.abs(found - exact).max() / np.abs(exact).max())
