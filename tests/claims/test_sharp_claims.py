"""The long claims: what each rival says differs enough for the resolution asked of it."""

import jax.random as jr
import numpy as np
import pytest
from jax.tree_util import Partial

from lingen.claims.library import critical_window, edges, power_laws, sharp
from lingen.sims.engine.ensemble import ensemble

CLAIMS = (*edges.CLAIMS, *critical_window.CLAIMS, *power_laws.CLAIMS, *sharp.CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_every_rival_can_be_told_apart(claim):
    dims = claim.dims if claim.exact else (None,)
    gaps = {name: 0.0 for name in claim.rivals}
    for point in claim.points:
        for dim in dims:
            where = point if dim is None else {"dim": dim, **point}
            truth = np.asarray(claim.predict(**where))
            scale = np.abs(truth) if claim.scale is None else claim.scale
            for name, rival in claim.rivals.items():
                gap = np.max(np.abs(np.asarray(rival(**where)) - truth) / scale)
                gaps[name] = max(gaps[name], float(gap))
    assert all(gap > 1.5 * (claim.resolution or 0.01) for gap in gaps.values()), gaps


def test_a_mean_of_several_draws_keeps_the_mean_and_not_the_noise():
    draws = ensemble(sharp._averaged(Partial(jr.normal)), jr.key(0), 2000)
    np.testing.assert_allclose(draws.std(), sharp.TOGETHER**-0.5, rtol=0.1)
