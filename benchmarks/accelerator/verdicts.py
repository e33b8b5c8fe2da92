"""Claims from start to verdict on the accelerator, and steps a second of trained networks."""

from __future__ import annotations

import time

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from record import Places, Record

from lingen.claims.checking import Budget, check
from lingen.claims.library import registry
from lingen.experiments.ladder import presets
from lingen.sims.networks import training
from lingen.sims.networks.settings import Settings

CLAIMS = (
    "convergence-isotropic", "recovery-above", "denoising-effective-noise", "edge-threshold",
    "distance-kl-forward", "memorisation-nearest",
)  # fmt: skip


def claims(record: Record, where: Places) -> None:
    """Time and outcome of each, from a cache that is empty, then again."""
    del where
    known = [claim for claim in registry.all_claims() if claim.name in CLAIMS]
    for claim in known[: 1 if record.quick else None]:
        if record.left() < 30:
            return
        numbers: dict[str, float] = {}
        for turn in ("first_s", "again_s"):
            start = time.perf_counter()
            verdict = check(claim, jr.key(0), Budget(seconds=min(60.0, record.left() / 2)))
            numbers[turn] = time.perf_counter() - start
        record.say(
            claim.name, **numbers, outcome=str(verdict.outcome), draws=int(verdict.provenance["draws"])
        )


def networks(record: Record, where: Places) -> None:
    """Steps a second of four networks of each kind of the preset `medium`, on images of 28 × 28."""
    del where
    preset, side = presets.PRESETS["medium"], 8 if record.quick else 28
    images = jnp.asarray(np.random.default_rng(0).normal(size=(2048, side, side, 1)), jnp.float32)
    settings = (
        Settings(steps=4, batch=4) if record.quick else Settings(steps=200, batch=preset.settings.batch)
    )
    chunk = 2 if record.quick else 50
    for kind in ("cnn", "unet"):
        if record.left() < 30:
            return
        architecture = presets.architecture(preset, kind, (side, side))
        rows = training.halves(2048, 2, jr.key(0))
        state = training.begin(architecture, settings, rows.shape[0], jr.key(1))
        seconds = []
        start = time.perf_counter()
        for after in training.train(
            state, images, rows, 1024, architecture, settings, jr.key(2), chunk=chunk
        ):
            jax.block_until_ready(after.loss)
            seconds.append(time.perf_counter() - start)
            start = time.perf_counter()
        record.say(
            f"{kind} of medium", members=int(rows.shape[0]), batch=settings.batch,
            steps_a_second=chunk / float(np.median(seconds[1:] or seconds)), first_chunk_s=seconds[0],
        )  # fmt: skip
