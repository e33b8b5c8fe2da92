"""Claims of section V: a model equivariant under shifts is a dense one of a single cell."""

from __future__ import annotations

from jax.tree_util import Partial

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, Fields
from lingen.models import population
from lingen.models.images import stationary
from lingen.sims import equivariant as sim
from lingen.theory import convergence, equivariant

__all__ = ["CLAIMS"]

CELLS: Fields = {
    "section": "V",
    "reference": DERIVED,
    **CONCENTRATED,
    "order": (2,),
    "order_source": "complex Wishart matrices expand in 1/w² (Goodman–Pastur), and of the L = w sectors two are real: "
    "docs/derivations, V2",
}
WIDTHS = (8, 16, 32)
RHO, NOISE, LARGE = 0.6, 0.3, 4096
TWO = population.atoms([1.0, 10.0])


def _cells(name, title, words, source, loads, rivals) -> Claim:
    """Of independent cells, whose mean variance is the energy."""
    return Claim(
        name=name,
        title=title,
        statement=r"Covariances averaged over $L$ shifts by $w$ pixels fall into $L$ complex Wishart matrices of $w$ "
        rf"pixels: $q$ is that of a dense model at the load $n/w$ with the spectrum of the cell, whatever $L$ (here $L=w$, {words}).",
        **CELLS,
        grid={"load": loads},
        predict=lambda load: equivariant.overlap(source, load * 1e6, 10**6),
        sampler=lambda dim, load: sim.sampler(source, round(load * dim), dim, dim),
        measure=lambda draws: draws.shared / source.moment(1.0),
        dims=WIDTHS,
        rivals=rivals,
        label="q",
    )


ISOTROPIC = _cells(
    "equivariant-cells",
    "Equivariance makes the cell the dimension",
    r"$\Sigma=I$",
    population.isotropic(),
    (1.0, 2.0),
    {
        "a dense model, load n/d": lambda load: 0.0,
        "shifts are samples, load nL/w": lambda load: 1.0,
        "two real samples of each: load 2n/w": lambda load: convergence.overlap(
            population.isotropic(), 2.0 * load
        ),
    },
)
TWO_ATOMS = _cells(
    "equivariant-two-atoms",
    "Equivariance for any spectrum of the cell",
    "half of its pixels of variance 1 and half of 10",
    TWO,
    (0.5,),
    {"only the load matters": lambda load: convergence.overlap(population.isotropic(), load)},
)


def _share(sampler, key):
    found = sampler(key)
    return found.disagreement / found.energy


def _stationary(dim, load):
    power = stationary.markov(RHO, dim * dim)
    return Partial(_share, sim.stationary_sampler(power, round(load * dim), dim, NOISE))


def _limit(load):
    """Every sector has the whole spectrum, as one of all pixels has."""
    return equivariant.stationary_disagreement(stationary.markov(RHO, LARGE), load * LARGE, LARGE, NOISE)


STATIONARY = Claim(
    name="equivariant-denoiser",
    title="An equivariant denoiser of stationary images",
    statement=r"Of images stationary by the pixel each sector has the eigenvalues $p_{k+Lm}$: two denoisers equivariant by cells of $w$ "
    r"pixels, given one noisy image, have $1-q=v/(m+v)$, $m=\langle p^2(p+s)/(p+\kappa)^2\rangle$, $v=\kappa^2\langle p/(p+\kappa)^2\rangle"
    r"\langle p(p+s)/(p+\kappa)^2\rangle/(n/w-\langle p^2/(p+\kappa)^2\rangle)$.",
    **CELLS,
    grid={"load": (1.0,)},
    predict=_limit,
    sampler=lambda dim, load: _stationary(dim, load),
    dims=WIDTHS,
    resolution=0.02,
    thorough=True,
    rivals={
        "the noise is s, not κ": lambda load: _bare(load),
        "that of the sampler": lambda load: equivariant.stationary_disagreement(
            stationary.markov(RHO, LARGE), load * LARGE, LARGE
        ),
    },
    label="1 − q",
)


def _bare(load):
    """The variance of a fit at many samples, taken for that of any."""
    many = 1e9
    first = float(_limit(many)) * many / load
    return first / (1.0 + first)


CLAIMS: tuple[Claim, ...] = (ISOTROPIC, TWO_ATOMS, STATIONARY)
