"""Claims of section P: the best probability paths are chords of a plane, whose metric the data set."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.along_loads import along_loads
from lingen.claims.library.sources import CONCENTRATED, DERIVED
from lingen.models import population
from lingen.models.systems import PathSchedule
from lingen.sims import kinetic as sim
from lingen.theory import distances, kernel_density, kinetic

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
SETS = {
    "random": np.random.default_rng(0).normal(size=(50, 10)),
    "cluster": np.asarray([[1.0, 0.0], [1.01, 0.0], [-1.0, 0.3], [0.0, 1.0]]),
    "line": np.arange(6.0)[:, None] - 2.0,
    "repeated": np.repeat(np.eye(3), [1, 2, 3], axis=0),
}
"""Data: points, equally likely."""
SHARES = {name: np.unique(x, axis=0, return_counts=True)[1] / len(x) for name, x in SETS.items()}
CUBE = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3), axis=-1).reshape(-1, 3)
TIMES = np.append(np.sin(np.linspace(0.0, np.pi / 2.0, 65)[:-1]) ** 2, 1.0)
LAWS = {
    "two": population.atoms([0.2, 1.8]),
    "unequal": population.atoms([0.5, 3.0], [0.8, 0.2]),
    "power": population.power_law(1.5, 200),
}
LOAD = 0.2
ANGLES = (np.arange(96) + 0.5) * np.pi / 192.0


def _entropy(data):
    return len(SETS[data]), SETS[data].shape[1]


SUM = Claim(
    name="kinetic-sum-rule",
    title="What noise hides of any data set sums to its entropy",
    section="P",
    statement=r"For data on $n$ points, equally likely and distinct, $\int_0^\infty s(1-\lambda(s))\,ds=\log n/d$, "
    r"$\lambda(s)=\frac1dE\|E[x_1|sx_1+x_0]\|^2$: 50 random points in 10 dimensions, a tight cluster, 6 points on a line; "
    r"for repeated points the entropy of the distinct ones.",
    reference="Guo, Shamai & Verdú, IEEE Trans. Inf. Theory 51, 1261 (2005); " + DERIVED,
    concentration="bounded by a multiple of log n (1+‖x₀‖²), of exponential tails: " + DERIVED,
    grid={"data": tuple(SETS)},
    predict=lambda data, dim: kinetic.sum_rule(SHARES[data], SETS[data].shape[1]),
    sampler=lambda dim, data: sim.sum_sampler(SETS[data]),
    dims=(1,),
    exact=True,
    rivals={
        "a function of n/√d": lambda data, dim: _entropy(data)[0] / _entropy(data)[1] ** 0.5,
        "a function of n/d": lambda data, dim: _entropy(data)[0] / _entropy(data)[1],
        "every point counts, repeated or not: log n/d": lambda data, dim: (
            np.log(_entropy(data)[0]) / _entropy(data)[1]
        ),
    },
    label="∫ s (1−λ) ds",
)


def _two():
    return kinetic.energies(kinetic.two_points(kinetic.angles()))


CHORD = Claim(
    name="kinetic-chord",
    title="The best probability path is a straight chord",
    section="P",
    statement=r"With $K(\varphi)=\lambda\sec^2\varphi-\tan^2\varphi$, $\tan\varphi=a/m$, paths $ax_1+mx_0$ are those of a plane in polar "
    r"coordinates $M=\sqrt{a^2+m^2}$ and $\Phi=\int\sqrt K$: the least kinetic energy is $4\sin^2(\Phi_1/2)$. Here for two points $\pm1$, "
    r"found by a search over all schedules.",
    reference=DERIVED,
    grid={"points": (2,)},
    predict=lambda points, dim: _two().optimal,
    sampler=lambda dim, points: sim.line_sampler(np.asarray([1.0, -1.0])),
    measure=lambda draws: draws.optimal,
    dims=(1,),
    exact=True,
    deterministic=True,
    rivals={
        "that of conditional optimal transport": lambda points, dim: _two().conditional,
        "the best with a² + m² = 1, Φ₁²": lambda points, dim: _two().preserving,
        "optimal transport, W2²": lambda points, dim: 2.0 - 2.0 * np.sqrt(2.0 / np.pi),
    },
    label="kinetic energy",
)


def _schedules():
    best = kinetic.schedule(kinetic.two_points(kinetic.angles()), TIMES)
    turn = PathSchedule(jnp.sin(np.pi * TIMES / 2.0), jnp.cos(np.pi * TIMES / 2.0))
    return {
        "chord": best,
        "straight": PathSchedule(jnp.asarray(TIMES), jnp.asarray(1.0 - TIMES)),
        "turning": turn,
    }


def _cube(path):
    found = _two()
    return {"chord": found.optimal, "straight": found.conditional, "turning": found.trigonometric}[path]


CUBE_PATHS = Claim(
    name="kinetic-cube",
    title="The energy of a path hangs on the separation alone",
    section="P",
    statement=r"On the corners of the cube $\{-1,1\}^3$, of the separation of two points, the schedule of the chord has the energy "
    r"$4\sin^2(\Phi_1/2)$, conditional optimal transport $2-\int_0^\infty(1-\lambda)ds$ and $a=\sin\frac{\pi t}2$ "
    r"$\frac\pi2\int K\,d\varphi$: by exact posterior means.",
    reference=DERIVED,
    concentration="at most a multiple of 1+‖x₀‖², of exponential tails: " + DERIVED,
    grid={"path": ("chord", "straight", "turning")},
    predict=lambda path, dim: _cube(path),
    sampler=lambda dim, path: sim.schedule_sampler(CUBE, TIMES, _schedules()[path]),
    dims=(1,),
    exact=True,
    rivals={
        "one number for all, the least": lambda path, dim: _two().optimal,
        "one number for all, Φ₁²": lambda path, dim: _two().preserving,
        "three coordinates count thrice": lambda path, dim: 3.0 * _cube(path),
    },
    label="kinetic energy",
)


def _transport(law):
    unit = LAWS[law].moment(1.0)
    return 2.0 - 2.0 * LAWS[law].moment(0.5) / unit**0.5


GAUSSIAN = Claim(
    name="kinetic-gaussian",
    title="Kinetic optimal paths reach optimal transport for two variances and no more",
    section="P",
    statement=r"For $N(0,\Sigma)$, $\tau(\Sigma)=1$, $K=\sin^2\varphi\cos^2\varphi\,\tau\big((1-\Sigma)^2/(\cos^2\varphi+\Sigma\sin^2\varphi)\big)$; "
    r"the least energy is $W_2^2/d=2(1-\tau\sqrt\Sigma)$ iff $\Sigma$ has at most two distinct eigenvalues. Here two atoms, of equal and "
    r"of unequal weights, and $k^{-1.5}$ with 200 modes.",
    reference=DERIVED,
    grid={"law": tuple(LAWS)},
    predict=lambda law, dim: kinetic.gaussian(LAWS[law]).optimal,
    sampler=lambda dim, law: sim.gaussian_sampler(LAWS[law]),
    measure=lambda draws: draws.optimal,
    dims=(1,),
    exact=True,
    deterministic=True,
    rivals={
        "that of conditional optimal transport": lambda law, dim: kinetic.gaussian(LAWS[law]).conditional,
        "optimal transport always, 2(1−τ√Σ)": lambda law, dim: _transport(law),
        "the best with a² + m² = 1": lambda law, dim: kinetic.gaussian(LAWS[law]).preserving,
    },
    label="kinetic energy",
)
LEARNT = along_loads(
    "kinetic-learnt",
    "The best path to a learnt Gaussian falls short of optimal transport",
    r"For the learnt law $N(0,S)$, $\Sigma=I$: $K=1-(1+t)/(1+\kappa(t))$, $t=\cot^2\varphi$, $\kappa(1-c/(1+\kappa))=t$.",
    (0.5, 1.0, 2.0, 8.0),
    "optimal",
    section="P",
    reference=DERIVED,
    predict=lambda load: kinetic.gaussian(ISOTROPIC, load).optimal,
    sampler=lambda dim, load: sim.sampler(ISOTROPIC, dim, load),
    dims=(32, 64, 128),
    rivals={
        "optimal transport, W2²/d": lambda load: distances.wasserstein2(ISOTROPIC, load),
        "the best with a² + m² = 1": lambda load: kinetic.gaussian(ISOTROPIC, load).preserving,
        "that of conditional optimal transport": lambda load: kinetic.gaussian(ISOTROPIC, load).conditional,
    },
    label="kinetic energy",
)


def _lengths(draws):
    """The energies of the mean metric: a midpoint rule over the angles."""
    metric = np.mean(draws, axis=0)
    step = ANGLES[1] - ANGLES[0]
    return np.asarray(
        [4.0 * np.sin(np.sqrt(metric).sum() * step / 2.0) ** 2, 2.0 - np.pi / 2.0 + metric.sum() * step]
    )


def _condensed(load):
    """K a step where typical points condense."""
    reach = np.pi / 2.0 - np.arctan(1.0 / float(kernel_density.condensation_width(load)))
    return [4.0 * np.sin(reach / 2.0) ** 2, 2.0 - np.pi / 2.0 + reach]


RANDOM = Claim(
    name="kinetic-random-points",
    title="Random points are found one by one",
    section="P",
    statement=r"For $n=e^{\alpha d}$ points of $N(0,I)$, $K=\Phi(u)+O(1/d)$, $u=\sqrt{d(1+s^{-2})}(\frac12\log(1+s^2)-\alpha)$, so that as "
    r"$d\to\infty$ the least energy is $2(1-\sqrt{1-e^{-2\alpha}})$ and that of conditional optimal transport $2-\arccos e^{-\alpha}$. "
    r"Here $\alpha=0.2$, with the weight of the data point drawn as for kernel-collapse.",
    reference=DERIVED,
    **CONCENTRATED,
    grid={"load": (LOAD,)},
    predict=lambda load, dim: list(kinetic.random_points(load, dim)[:2]),
    sampler=lambda dim, load: sim.planted_sampler(dim, load, ANGLES),
    estimate=_lengths,
    dims=(2048,),
    thorough=True,
    exact=True,
    settle=lambda dim, load: {},
    rivals={
        "the points count for nothing, λ = 1 (2 and 2)": lambda load, dim: [2.0, 2.0],
        "one law, N(0, I), whatever n": lambda load, dim: list(kinetic.gaussian(ISOTROPIC)[:2]),
        "condensation at typical points, α = I(s²)": lambda load, dim: _condensed(load),
    },
    label="kinetic energy",
)

CLAIMS: tuple[Claim, ...] = (SUM, CHORD, CUBE_PATHS, GAUSSIAN, LEARNT, RANDOM)
