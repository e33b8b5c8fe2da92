"""What it costs: draws by kind, eigendecompositions, predictions, products with stored data."""

from __future__ import annotations

import time

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from record import Places, Record, beside, on, timed

from lingen.models import population
from lingen.sims import convergence, ensemble
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import group_width
from lingen.sims.krylov import draws as krylov
from lingen.sims.lanczos import products
from lingen.theory import convergence as prediction
from lingen.theory import denoising
from lingen.theory.spectrum import spectral_law


def draws(record: Record, where: Places) -> None:
    """A draw within `ensemble`, and one draw of the same on one core of the host."""
    isotropic, spiked = population.isotropic(), population.spiked([2.0])
    kinds = {
        f"dense q, d = {dim}": (
            convergence.sampler(isotropic, dim, 1.0),
            max(8, min(512, 4_000_000_000 // dim**3)),
        )
        for dim in (64, 256, 1024)
    } | {
        "krylov q, d = 10⁶": (krylov.convergence_sampler(isotropic, 10**6, 1.0), 8192),
        "krylov q, d = 10⁶, a spike": (krylov.convergence_sampler(spiked, 10**6, 1.0), 8192),
        "krylov Q, d = 10⁶, a spike": (krylov.recovery_sampler(spiked, 10**6, 1.0), 8192),
    }
    for name, (draw, count) in list(kinds.items())[: 1 if record.quick else None]:
        if record.left() < 20:
            return
        count = 64 if record.quick else count
        first = _seconds(draw, jr.key(1), count)
        again = _seconds(draw, jr.key(2), count)
        call = jax.jit(lambda draw, key: draw(key))
        host = timed(call, *on(where.host, (draw, jr.key(0))))[1]
        record.say(
            name, ms=again / count * 1e3, host_ms=host * 1e3, times_faster=host / (again / count),
            width=group_width(draw, jr.key(0)), first_s=first,
        )  # fmt: skip


def _seconds(draw: object, key: jax.Array, count: int) -> float:
    start = time.perf_counter()
    ensemble(draw, key, count)
    return time.perf_counter() - start


def eigenvalues(record: Record, where: Places) -> None:
    """eigh and eigvalsh of one sample covariance, by size."""
    for dim in (64,) if record.quick else (64, 256, 1024, 2048):
        if record.left() < 20:
            return
        x = jr.normal(jr.key(dim), (2 * dim, dim))
        beside(record, f"eigh, d = {dim}", jax.jit(jnp.linalg.eigh), where, x.T @ x / (2 * dim))
        beside(record, f"eigvalsh, d = {dim}", jax.jit(jnp.linalg.eigvalsh), where, x.T @ x / (2 * dim))
        if dim <= 256:
            stack = jnp.broadcast_to(x.T @ x / (2 * dim), (64, dim, dim)) + 0.0
            beside(record, f"eigh of 64 together, d = {dim}", jax.jit(jnp.linalg.eigh), where, stack)


def predictions(record: Record, where: Places) -> None:
    """The loops of the theory: κ, q and densities, many at once."""
    dim, wide = (500, 1000) if record.quick else (10_000, 100_000)
    loads, many = np.geomspace(0.1, 10, 200), np.geomspace(0.1, 10, 1000)
    points, grid = population.power_law(1.0, 500), np.linspace(1e-3, 3, 1000)
    law, wider = population.power_law(1.5, dim), population.power_law(1.5, wide)
    jobs = {
        f"q, {dim} eigenvalues, 200 loads": jax.jit(lambda: prediction.overlap(law, loads)),
        f"κ, {wide} eigenvalues, 1,000 loads": jax.jit(lambda: denoising.effective_noise(wider, many, 0.01)),
        "density, 500 atoms, 1,000 points": jax.jit(lambda: spectral_law.density(points, 0.5, grid)),
    }
    for name, job in jobs.items():
        if record.left() < 20:
            return
        compilation, here = timed(job)
        numbers = {"ms": here * 1e3, "compile_s": compilation}
        if where.host != where.device:
            with jax.default_device(where.host):
                numbers["host_ms"] = timed(job)[1] * 1e3
            numbers["times_faster"] = numbers["host_ms"] / numbers["ms"]
        record.say(name, **numbers)


def stored_products(record: Record, where: Places) -> None:
    """Products S v of Lanczos with stored data, against the bandwidth."""
    del where
    for dim in (256,) if record.quick else (4096, 16384):
        if record.left() < 20:
            return
        source = wishart.source(population.isotropic(), dim, 1.0)
        for dtype in ("float32", "float64"):
            data = jax.block_until_ready(products.stored(source, jr.key(0), dtype))
            for seeds in (1, 8):
                v = jr.normal(jr.key(1), (seeds, dim))
                seconds = timed(jax.jit(lambda data, v: data.apply((), v)[1]), data, v)[1]
                size = dim * dim * jnp.dtype(dtype).itemsize
                what = f"S v, d = {dim}, {dtype}, {seeds} seeds"
                record.say(what, ms=seconds * 1e3, GB_a_second=size / seconds / 1e9)
            del data
