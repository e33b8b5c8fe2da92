"""Claims on ridges, combinations, critics and flows: what each rival says differs enough to be refuted."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from lingen.claims.library import (
    critics,
    denoiser_combinations,
    disagreement,
    entropic_transport,
    flow_batches,
    flows,
    message_passing,
    monge_gap,
    ridge_denoisers,
    ridge_models,
)
from lingen.sims.engine.ensemble import ensemble

TOPICS = (
    ridge_models,
    ridge_denoisers,
    disagreement,
    denoiser_combinations,
    critics,
    entropic_transport,
    flows,
    flow_batches,
    message_passing,
    monge_gap,
)
CLAIMS = [claim for topic in TOPICS for claim in topic.CLAIMS]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_every_rival_can_be_told_apart(claim):
    gaps = {name: 0.0 for name in claim.rivals}
    for point in claim.points:
        for dim in claim.dims if claim.exact else (None,):
            where = point if dim is None else {"dim": dim, **point}
            truth = np.asarray(claim.predict(**where), float)
            assert np.isfinite(truth).all()
            for name, rival in claim.rivals.items():
                found = np.asarray(rival(**where), float)
                gap = np.max(np.abs(found - truth) / (np.abs(truth) if claim.scale is None else claim.scale))
                gaps[name] = max(gaps[name], float(gap))
    assert all(gap > 1.5 * (claim.resolution or 0.01) for gap in gaps.values()), gaps


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_draw_has_the_shape_of_the_prediction(claim):
    point = claim.settled(claim.dims[0], claim.points[0])
    draw, key = claim.draw(claim.dims[0], point), jax.random.key(0)
    where = {"dim": claim.dims[0], **point} if claim.exact else point
    if claim.measure is None:  # traced alone: a shape needs no number
        found = jax.eval_shape(draw, key).shape
    else:
        found = np.shape(claim.measure(ensemble(draw, key, 2)))[1:]
    assert found == np.shape(claim.predict(**where))
