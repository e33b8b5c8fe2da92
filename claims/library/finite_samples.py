"""Claims of section D, continued: the distances that finite samples of one law have to each other and to it."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, SMOOTH
from lingen.experiments.experiment import Experiment, Observable
from lingen.experiments.parameters import whole, word
from lingen.models import population
from lingen.sims import finite_samples as sim
from lingen.theory import distances, finite_samples

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
DIMS = (16, 32, 64)
MODES = 8
POWER = population.power_law(1.0, MODES)


def _truth(load):
    """The distance of one sample to the truth."""
    return distances.wasserstein2(ISOTROPIC, load)


EQUAL = Claim(
    name="fid-equal",
    title="The FID of two samples of one law is linear in 1/n",
    section="D",
    statement=r"Two samples of $n\ge d$ points of $N(0,I)$ have $W_2^2/d\to d/2n$ between them, linear in $1/n$ at every load, while that of one "
    r"and the truth is not.",
    reference=DERIVED,
    **SMOOTH,
    grid={"load": (1.0, 4.0)},
    predict=lambda load: finite_samples.fid(load),
    sampler=lambda dim, load: sim.fid_sampler(ISOTROPIC, dim, load),
    dims=DIMS,
    rivals={
        "the sum of both distances to the truth": lambda load: 2.0 * _truth(load),
        "the distance of one to the truth": _truth,
        "twice as many samples of one: d/4n": lambda load: 0.25 / load,
    },
    label="FID / d",
)
UNEQUAL = Claim(
    name="fid-unequal",
    title="The FID of samples of unlike sizes, also below the dimension",
    section="D",
    statement=r"Loads $1/c_1,1/c_2$: $W_2^2/d\to2-\frac4\pi\int_0^b\sqrt{\frac{1-v}v(1-c_1v)(1-c_2v)}\,dv$, $b=\min(1,1/c_1,1/c_2)$.",
    reference="Haagerup & Möller 2013 (products of Wishart matrices); " + DERIVED,
    **SMOOTH,
    points=({"first": 2.0, "second": 8.0}, {"first": 0.5, "second": 2.0}, {"first": 0.5, "second": 0.5}),
    predict=lambda first, second: finite_samples.fid(first, second),
    sampler=lambda dim, first, second: sim.fid_sampler(ISOTROPIC, dim, first, second),
    dims=DIMS,
    rivals={
        "the sum of both distances to the truth": lambda first, second: _truth(first) + _truth(second),
        "(c₁+c₂)/4 at every load": lambda first, second: (1 / first + 1 / second) / 4.0,
    },
    label="FID / d",
)
FIRST_ORDER = Experiment(
    "fid-first-order",
    parameters={
        "samples": whole(at_least=2, symbol="n", title="samples n"),
        "mean": word("known", "fitted", default="known"),
    },
    sampler=lambda samples, mean: sim.fid_sampler(POWER, MODES, samples / MODES, mean=mean == "fitted"),
    observables={"fid": Observable("FID / d")},
)


def _first(mean):
    return finite_samples.fid_first_order(POWER, MODES, 1e9, mean=mean == "fitted") * 1e9 / MODES


ANY = Claim(
    name="fid-any-spectrum",
    title="The FID of two large samples of any law",
    section="D",
    statement=r"At $n\gg d$ two samples of $N(0,\Sigma)$ have $W_2^2=\frac1n\sum_{kl}\sigma_k\sigma_l(1+\delta_{kl})/(\sigma_k+\sigma_l)$ between "
    r"them, and $2\,\mathrm{tr}\,\Sigma/n$ more where means are fitted; here $\sigma_k=1/k$, $d=8$.",
    reference=DERIVED,
    concentration=CONCENTRATED["concentration"],
    of=FIRST_ORDER,
    observable="fid",
    sizes={"samples": (256,)},
    exact=True,
    grid={"mean": ("known", "fitted")},
    predict=lambda samples, mean: (
        finite_samples.fid_first_order(POWER, MODES, samples, mean=mean == "fitted") / MODES
    ),
    rivals={
        "as for Σ = I of that variance, τ(Σ)(d+1)/2n": lambda samples, mean: (
            np.mean(POWER.eigenvalues) * (MODES + 1) / 2 / samples + _fitted(mean) / samples
        ),
        "no diagonal term": lambda samples, mean: (_first(mean) - np.mean(POWER.eigenvalues) / 2.0) / samples,
        "means count once": lambda samples, mean: (_first(mean) - _fitted(mean) / 2.0) / samples,
    },
    label="FID / d",
)


def _fitted(mean):
    return 2.0 * np.mean(POWER.eigenvalues) if mean == "fitted" else 0.0


def _at_sizes(name, title, statement, sampler, predict, rivals, label) -> Claim:
    """A claim that is exact at every size, at few samples."""
    return Claim(
        name=name,
        title=title,
        section="D",
        statement=statement,
        reference=DERIVED,
        **CONCENTRATED,
        grid={"samples": (3, 12)},
        predict=predict,
        sampler=sampler,
        dims=(8, 32),
        exact=True,
        rivals=rivals,
        label=label,
    )


SLICED = _at_sizes(
    "sliced-exact",
    "The averaged-sliced distance is blind to the dimension",
    r"$E\,W_2^2(u^\top x,u^\top\hat x)=2\tau(\Sigma)(1-\sqrt{2/n}\,\Gamma(\frac{n+1}2)/\Gamma(\frac n2))$ for every $n$, $d$ and $\Sigma$: "
    r"about $\tau(\Sigma)/2n$, whatever the load; here half the eigenvalues at 1 and half at 10.",
    lambda dim, samples: sim.sliced_sampler(TWO_ATOMS, dim, samples / dim),
    lambda samples, dim: finite_samples.sliced(TWO_ATOMS, dim, samples),
    {
        "the bulk distance, τ(Σ)d/4n": lambda samples, dim: 5.5 * dim / 4.0 / samples,
        "the max-sliced one, τ(Σ)d/n": lambda samples, dim: 5.5 * dim / samples,
        "its first order, τ(Σ)/2n": lambda samples, dim: 5.5 / 2.0 / samples,
    },
    "sliced W₂²",
)
MMD = _at_sizes(
    "mmd-exact",
    "A kernel's mean discrepancy is blind to the load",
    r"For $N(0,I)$, a Gaussian kernel with $h^2=d$ and every $n$, $d$: $E\,MMD^2=\psi(2)+E\psi(2r)-2E\psi(1+r)$, $\psi(v)=(1+v/d)^{-d/2}$, "
    r"$r\sim\chi^2_n/n$; about $1/2en$ at any $d$.",
    lambda dim, samples: sim.mmd_sampler(ISOTROPIC, dim, samples / dim, np.sqrt(dim)),
    lambda samples, dim: finite_samples.mmd(ISOTROPIC, dim, samples, np.sqrt(dim)),
    {
        "the load counts, d/n": lambda samples, dim: dim / samples,
        "its first order at large d, 1/2en": lambda samples, dim: 0.5 * np.exp(-1.0) / samples,
        "as the sliced distance": lambda samples, dim: finite_samples.sliced(ISOTROPIC, dim, samples),
    },
    "MMD²",
)

CLAIMS: tuple[Claim, ...] = (EQUAL, UNEQUAL, ANY, SLICED, MMD)
