"""Claims of sections C and R on power-law spectra σ_k = k^{−a}: slow convergence, and latents found one by one."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, PAPER, UNIT
from lingen.models import population
from lingen.sims import power_laws as sim
from lingen.sims.lanczos import draws as lanczos
from lingen.theory import convergence, power_laws

__all__ = ["CLAIMS"]

SCALING = (
    r"For $\sigma_k=k^{-a}$ and $d\to\infty$ at fixed $n$, $1-q\simeq K_a n^{1-a}$ for $1<a<2$ and $D_a/n$ for $a>2$. At finite "
    r"$n$ and $d$ it is $1-\sum_k\bar g_k^2/\sum_k\sigma_k+\frac1{4n}$; "
)


def _scaling(name, title, words, exponent, dims, samples, rivals, **kw) -> Claim:
    """1 − q of a power law at two numbers of samples a factor four apart."""

    def at(dim, samples):
        return power_laws.disagreement(population.power_law(exponent, dim), samples)

    def sloped(power):
        """The right value at the fewer samples, continued by another power of n."""
        return lambda dim, samples: at(dim, few) * (samples / few) ** -power

    few = samples[0]
    return Claim(
        name=name,
        title=title,
        section="C",
        statement=SCALING + words,
        reference=PAPER + "; docs/derivations",
        **CONCENTRATED,
        **UNIT,
        grid={"samples": samples},
        predict=at,
        sampler=lambda dim, samples: sim.sampler(population.power_law(exponent, dim), dim, samples),
        measure=lambda draws: draws.disagreement,
        dims=dims,
        exact=True,
        rivals={text: sloped(power) for text, power in rivals.items()},
        label="1 − q",
        **kw,
    )


FLAT = _scaling(
    "power-law",
    "A power law converges slowly",
    r"here $a=3/2$, $d=512$, and a factor four in $n$.",
    1.5,
    (512,),
    (24, 96),
    {"1/n for every spectrum": 1.0, "no faster than n^(−1/4)": 0.25},
    resolution=0.025,
)
FLAT_LARGE = _scaling(
    "power-law-large",
    "A power law converges as n^(1−a): ten thousand dimensions",
    r"here $a=3/2$, $d=10^4$, and a factor four in $n$.",
    1.5,
    (10_000,),
    (32, 128),
    {"1/n for every spectrum": 1.0, "the exponent a/2": 0.75, "the exponent (a−1)/2": 0.25},
    thorough=True,
    resolution=0.02,
)
STEEP = _scaling(
    "power-law-steep",
    "A steep power law converges as 1/n",
    r"here $a=5/2$, $d=64$, and a factor four in $n$.",
    2.5,
    (64,),
    (64, 256),
    {"the exponent a − 1": 1.5, "the exponent a/2": 1.25, "the exponent 1/2": 0.5},
    thorough=True,
    resolution=0.03,
)
DIAGONAL = Claim(
    name="power-law-diagonal",
    title="A steep spectrum feels the diagonal of its covariance",
    section="C",
    statement=r"For a steep spectrum few modes count, and the deterministic equivalent of $1-q$ misses the term $\frac1{4n}$: the "
    r"diagonal entries of $S$ fluctuate twice as much as the others; here $a=5/2$, $d=64$, $n=128$.",
    reference="derived (docs/derivations)",
    **CONCENTRATED,
    **UNIT,
    grid={"samples": (128,)},
    predict=lambda dim, samples: power_laws.disagreement(population.power_law(2.5, dim), samples),
    sampler=lambda dim, samples: sim.sampler(population.power_law(2.5, dim), dim, samples),
    measure=lambda draws: draws.disagreement,
    dims=(64,),
    exact=True,
    rivals={
        "the deterministic equivalent alone": lambda dim, samples: (
            1 - convergence.overlap(population.power_law(2.5, dim), samples / dim)
        )
    },
    label="1 − q",
    thorough=True,
    resolution=0.03,
)


def _latents(name: str, title: str, dim: int, samples: tuple[int, ...], steps: int, **kw) -> Claim:
    """Overlaps of the first latents of a power law a = 3/2."""

    def at(dim, samples):
        return power_laws.latents(population.power_law(1.5, dim), samples, LATENTS).overlap

    def growing(power):
        """Latents whose n_k grow from n₁ on like another power of k."""

        def rival(dim, samples):
            needed = power_laws.latents(population.power_law(1.5, dim), samples, 1).samples[0]
            return [1 - needed * k**power / samples for k in range(1, LATENTS + 1)]

        return rival

    return Claim(
        name=name,
        title=title,
        section="R",
        statement=r"Over $\sigma_k=k^{-3/2}$ the $k$-th latent is found from $n_k=\sum_{j\ne k}\sigma_j^2/(\sigma_k-\sigma_j)^2\sim "
        r"\pi^2k^2/3a^2$ samples on, each at its own load; well above it "
        r"$Q_k=\frac{1-n_k/n}{1+\frac1n\sum_j\sigma_j/(\sigma_k-\sigma_j)}$. Here $k=1,\dots,6$, "
        + f"$d={dim}$.",
        reference="derived (docs/derivations); Maillard & Goldt, arXiv 2605.21402",
        **CONCENTRATED,
        **UNIT,
        grid={"samples": samples},
        predict=at,
        sampler=lambda dim, samples: lanczos.recovery_sampler(
            population.power_law(1.5, dim), dim, samples / dim, leading=LATENTS, steps=steps
        ),
        measure=lambda draws: draws.recovery,
        dims=(dim,),
        exact=True,
        scale=1.0,
        rivals={"all latents are found with the first": growing(0.0), "n_k grows as k³": growing(3.0)},
        label="Q_k",
        **kw,
    )


LATENTS = 6
ONE_BY_ONE = _latents("latents", "Latents are found one by one", 128, (1024,), 24)
ONE_BY_ONE_LARGE = _latents(
    "latents-large",
    "Latents are found one by one: ten thousand dimensions",
    10_000,
    (1024, 4096),
    32,
    thorough=True,
)

CLAIMS: tuple[Claim, ...] = (FLAT, FLAT_LARGE, STEEP, DIAGONAL, ONE_BY_ONE, ONE_BY_ONE_LARGE)
