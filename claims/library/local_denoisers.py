"""Claims of section V: a local denoiser that shares no weights is a dense one of its window."""

from __future__ import annotations

from jax.tree_util import Partial

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED
from lingen.models.images import stationary
from lingen.sims import local_denoisers as sim
from lingen.theory import convolutional, equivariant

__all__ = ["CLAIMS"]

RHO, NOISE, LARGE, WINDOWS = 0.6, 0.3, 4096, 8


def _limit(load):
    """A window wide against the correlation length is a dense model of its pixels."""
    return equivariant.stationary_disagreement(stationary.markov(RHO, LARGE), load * LARGE, LARGE, NOISE)


def _share(factor, sampler, key):
    found = sampler(key)
    return factor * found.disagreement / found.energy


def _sampler(dim, load):
    """A window of dim pixels, on a ring of eight such."""
    power = stationary.markov(RHO, WINDOWS * dim)
    return Partial(_share, load, sim.sampler(power, round(load * dim), dim, NOISE))


def _bare(load):
    """κ = s: the variance of a fit at many samples, taken for that of any."""
    many = 1e9
    first = float(_limit(many)) * many / load
    return load * first / (1.0 + first)


LOCAL = Claim(
    name="local-denoisers",
    title="A local denoiser learns from images alone",
    section="V",
    statement=r"Every pixel regressed on its own window of $r$ pixels, weights not shared: the dense theory with $\Sigma\to C_W$ at the load "
    r"$n/r$, here for wide windows, $\rho=0.6$, $s=0.3$: $\frac nr(1-q)$.",
    reference=DERIVED,
    **CONCENTRATED,
    order_source="traces over a window of r pixels and real Wishart matrices expand in 1/r: docs/derivations, V4",
    grid={"load": (1.0,)},
    predict=lambda load: load * _limit(load),
    sampler=_sampler,
    dims=(17, 33, 65),
    resolution=0.05,
    rivals={
        "shared weights, load nd/r": lambda load: (
            load * convolutional.disagreement(stationary.markov(RHO, 520), 65 * load, 65, NOISE)
        ),
        "the noise is s, not κ": _bare,
    },
    label="(n/r)(1 − q)",
)
CLAIMS: tuple[Claim, ...] = (LOCAL,)
