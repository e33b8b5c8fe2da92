"""Claims of section C: two models trained on disjoint data converge, continuously in the load."""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.along_loads import DIMS, along_loads
from lingen.claims.library.sources import PAPER, SMOOTH, UNIT, Fields
from lingen.models import filters, population
from lingen.models.population import Population
from lingen.sims import convergence as sim
from lingen.theory import convergence

__all__ = ["CLAIMS"]

LOADS = (0.25, 0.5, 1.0, 2.0, 4.0)


def _claim(name, title, statement, source, filter=None, loads=LOADS, **more) -> Claim:
    """A claim on q along loads, for one population and one filter."""
    fields: Fields = {"section": "C", "label": "q", **UNIT, **more}
    return along_loads(
        name, title, statement, loads, "convergence", **fields,
        predict=lambda load: convergence.overlap(source, load, filter),
        sampler=lambda dim, load: sim.sampler(source, dim, load, filter),
    )  # fmt: skip


def _isotropic(load):
    return convergence.overlap(population.isotropic(), load)


def _one_pole(load):
    return load / (1.0 + load)


TWO_ATOMS = population.atoms([1.0, 10.0], [0.5, 0.5])
POWER_LAW = population.power_law(1.5, 64)

ISOTROPIC = _claim(
    "convergence-isotropic",
    "Convergence without a threshold",
    r"For $\Sigma=I$ and the maximum-likelihood Gaussian, $q(\gamma)=F(1/\gamma)^2$ for $\gamma\ge 1$ and "
    r"$q(\gamma)=\gamma F(\gamma)^2$ for $\gamma\le 1$, with $F(c)={}_2F_1(-\tfrac12,\tfrac12;2;c)$: two models "
    r"trained on disjoint data agree more and more, with no threshold; $q(1)=(8/3\pi)^2$.",
    population.isotropic(),
    rivals={
        "a sharp transition at γ = 1": lambda load: max(0.0, 1.0 - 1.0 / load) if load > 1 else 0.05 * load,
        "a single pole, γ/(1+γ)": _one_pole,
    },
)

FILTERS = {
    "ridge": (filters.ridge(0.3), r"g=\sqrt{\lambda+\rho}", "the ridge-regularised Gaussian, $\\rho=0.3$"),
    "ode": (
        filters.ode_sampler(0.2, 3.0),
        r"g=\sigma_1\sqrt{(\lambda+\sigma_0^2)/(\lambda+\sigma_1^2)}",
        "the probability-flow sampler from noise $\\sigma_1=3$ to $\\sigma_0=0.2$",
    ),
    "denoiser": (filters.denoiser(0.5), r"g=\lambda/(\lambda+s)", "the linear denoiser at noise $s=0.5$"),
    "early-stopped": (
        filters.early_stopped(0.5, 0.2),
        r"g=\frac{\lambda}{\lambda+s}(1-e^{-2t(\lambda+s)})",
        "the denoiser stopped at time $t=0.5$, $s=0.2$",
    ),
    "pca": (filters.pca(fraction=0.25), r"g=\sqrt\lambda\,1(\lambda\ge\lambda_r)", "PCA of rank $r=d/4$"),
}


def _filtered(name: str) -> Claim:
    filter, formula, words = FILTERS[name]
    return _claim(
        f"convergence-{name}",
        f"Convergence is free: {name}",
        rf"For $\Sigma=I$ and {words}, the two sample covariances are asymptotically free, so "
        rf"$q=\tau(g)^2/\tau(g^2)$ with ${formula}$.",
        population.isotropic(),
        filter,
        loads=(1.0, 2.0, 4.0) if name == "pca" else (0.5, 1.0, 2.0),
        rivals={"the Gaussian filter's q": _isotropic},
        thorough=name == "pca",
    )


SPIKED = _claim(
    "convergence-spiked",
    "Convergence is blind to a latent factor",
    r"A spike of strength $\theta=1$ moves $q$ only by $O(1/d)$: in the limit $q$ is that of $\Sigma=I$ on both sides "
    r"of the recovery threshold $\gamma_c=1/\theta^2=1$.",
    population.spiked([1.0]),
    loads=(0.5, 1.0, 2.0),
    rivals={"q counts the latent as half": lambda load: 0.5 * (_isotropic(load) + max(0.0, 1 - 1 / load))},
)


def _general(name: str, words: str, source: Population) -> Claim:
    return _claim(
        f"convergence-{name}",
        f"Convergence for any spectrum: {words}",
        r"For any $\Sigma$, $q=\sum_k\bar g_k^2/\sum_k E[g^2]_k$ with $\bar g_k$ the deterministic equivalent of "
        rf"$E\,g(S)$ in direction $k$; here {words}.",
        source,
        loads=(0.5, 1.0, 2.0),
        rivals={"only the load matters: the isotropic q": _isotropic},
    )


AVERAGED = Claim(
    name="convergence-averaging",
    title="Averaging models measures convergence",
    section="C",
    statement=r"The mean of $k$ same-seed samples keeps the fraction $(1+(k-1)q)/k$ of the variance ($\Sigma=I$, $\gamma=1$).",
    reference=PAPER,
    **SMOOTH,
    **UNIT,
    grid={"models": (2, 4)},
    predict=lambda models: convergence.averaged_variance(population.isotropic(), 1.0, models=models),
    sampler=lambda dim, models: sim.average_sampler(population.isotropic(), dim, 1.0, models=models),
    measure=lambda draws: draws.averaged_variance,
    dims=DIMS,
    rivals={"independent models, 1/k": lambda models: 1.0 / models},
    label="variance fraction",
)

GAUGE = Claim(
    name="convergence-gauge",
    title="q is not a distance between laws",
    section="C",
    statement=r"The same learnt law $N(0,S)$, sampled with Cholesky square roots instead of symmetric ones, has "
    r"$q_{\rm chol}=1-1/(2\gamma)$ ($\Sigma=I$, $\gamma\ge 1$): $q$ depends on the square root, so it is a property of the "
    r"sampler and not a distance between laws.",
    reference="derived (docs/derivations)",
    **SMOOTH,
    **UNIT,
    grid={"load": (1.0, 2.0, 4.0)},
    predict=convergence.cholesky_overlap,
    sampler=lambda dim, load: sim.gauge_sampler(population.isotropic(), dim, load),
    measure=lambda draws: draws.cholesky,
    dims=DIMS,
    rivals={"the symmetric square root's q": _isotropic},
    label="q (Cholesky)",
)

CLAIMS: tuple[Claim, ...] = (
    ISOTROPIC,
    *(_filtered(name) for name in FILTERS),
    SPIKED,
    _general("two-atoms", "half the eigenvalues at 1 and half at 10", TWO_ATOMS),
    _general("power-law", r"a power law $\sigma_k=k^{-3/2}$ of 64 eigenvalues", POWER_LAW),
    AVERAGED,
    GAUGE,
)
