"""Claims of section N: samplers of linear diffusion models, their steps, drifts and guidance."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, SMOOTH, UNIT
from lingen.models import filters, population, schedules
from lingen.sims import diffusion as sim
from lingen.sims import gauge as sim_gauge
from lingen.sims import guidance as sim_guidance
from lingen.theory import convergence, diffusion, diffusion_steps, guidance

__all__ = ["CLAIMS"]

TWO_ATOMS = population.atoms([1.0, 10.0])
ISOTROPIC = population.isotropic()
DIMS = (16, 32, 64)
SHORT = 16
ANGLE = 1.0

SAMPLERS = {
    "ddpm": (filters.ddpm(schedules.linear(SHORT)), "DDPM, the noise of its steps shared as well"),
    "ddim": (filters.ddim(schedules.linear(SHORT)), "deterministic DDIM"),
    "euler": (filters.euler(schedules.karras(SHORT)), "Euler's steps on the probability flow"),
    "heun": (filters.heun(schedules.karras(SHORT)), "Heun's steps on the probability flow"),
}


def _observed(draws):
    return np.stack([draws.convergence, draws.step_error], axis=-1)


def _sampler(name: str) -> Claim:
    filter, words = SAMPLERS[name]

    def without_step_errors(load):
        return np.array([float(convergence.overlap(TWO_ATOMS, load)), 0.0])

    def one_seed_for_the_law(load):
        value = diffusion.predict(TWO_ATOMS, load, filter)
        return np.array([float(convergence.overlap(TWO_ATOMS, load, filter)), float(value.step_error)])

    rivals = {"as many steps as one likes: the exact flow": without_step_errors}
    if name == "ddpm":
        rivals["one seed, the noise of the steps is nothing new"] = one_seed_for_the_law
    return Claim(
        name=f"diffusion-{name}",
        title=f"A real sampler is a filter: {name}",
        section="N",
        statement=rf"{SHORT} reverse steps with the learnt linear score are a filter $g$ of $\lambda$, and every noise its own: "
        r"$q=\sum_t\tau(\bar g_t^2)/\sum_t\tau(E g_t^2)$, and $W_2^2/d=\tau((g-g_\infty)^2)$ from infinitely many steps; "
        rf"{words}, half the eigenvalues at 1 and half at 10.",
        reference=DERIVED,
        **SMOOTH,
        grid={"load": (0.5, 2.0)},
        predict=lambda load: np.stack(
            [np.asarray(x) for x in diffusion.predict(TWO_ATOMS, load, filter)], -1
        ),
        sampler=lambda dim, load: sim.sampler(TWO_ATOMS, dim, load, filter),
        measure=_observed,
        dims=DIMS if name == "ddpm" else DIMS[1:],
        rivals=rivals,
        label="q, step error",
        thorough=True,
    )


def _order(name: str, power: int) -> Claim:
    """Doubling the steps divides W2² by 4^power; a rival takes the other order from the same first point."""
    make = {"euler": filters.euler, "heun": filters.heun, "ddim": filters.ddim}[name]
    schedule = schedules.linear if name == "ddim" else schedules.karras
    first, load = 16, 2.0

    def error(steps):
        return float(diffusion_steps.step_error(TWO_ATOMS, load, make(schedule(steps))))

    def wrong(steps):
        return error(first) * (first / steps) ** (2 * (3 - power))

    return Claim(
        name=f"diffusion-order-{name}",
        title=f"The order of {name}'s step error",
        section="N",
        statement=rf"$W_2$ between $T$ steps and infinitely many falls like $T^{{-{power}}}$ ({name}), from "
        rf"$\tau((g_T(S)-g_\infty(S))^2)$ at each $T$; half the eigenvalues at 1 and half at 10, $\gamma=2$.",
        reference=DERIVED,
        **SMOOTH,
        grid={"steps": (first, 2 * first, 4 * first)},
        predict=error,
        sampler=lambda dim, steps: sim.sampler(TWO_ATOMS, dim, load, make(schedule(steps))),
        measure=lambda draws: draws.step_error,
        dims=DIMS[:2],
        rivals={f"order {3 - power}": wrong},
        label="W2² / d",
        thorough=True,
    )


REVERSE = Claim(
    name="diffusion-reverse",
    title="The reverse diffusion agrees less than the probability flow",
    section="N",
    statement=r"$\Sigma=I$, infinitely many steps, the same seed and Brownian path: $q=1-1/(3\gamma)$ for $\gamma\ge 1$ and "
    r"$\gamma-\gamma^2/3$ for $\gamma\le 1$, below the probability flow's $q$, though both sample $N(0,S)$; 600 steps of DDPM.",
    reference=DERIVED,
    **SMOOTH,
    **UNIT,
    grid={"load": (0.5, 1.0, 2.0)},
    predict=diffusion.reverse_diffusion_overlap_isotropic,
    sampler=lambda dim, load: sim.sampler(ISOTROPIC, dim, load, filters.ddpm(schedules.linear(600))),
    measure=lambda draws: draws.convergence,
    dims=(8, 16, 32),
    rivals={"the probability flow's q": lambda load: convergence.overlap(ISOTROPIC, load)},
    label="q",
    thorough=True,
)


GAUGE = Claim(
    name="diffusion-gauge",
    thorough=True,
    title="A turn of the drift: the same law, other samples",
    section="N",
    statement=r"The drift $J_sC_s^{-1}x$ with $J_s$ antisymmetric leaves the law of the samples as it is; with "
    r"$J_s=\omega(s)\,C_s^{1/2}JC_s^{1/2}$, $J^2=-1$ and $\theta=\int\omega\,ds$ it multiplies the same-seed $q$ with another model by "
    r"$\cos\theta$; $\Sigma=I$, $\theta=1$.",
    reference=DERIVED,
    **SMOOTH,
    grid={"load": (2.0, 4.0)},
    predict=lambda load: np.array(diffusion.predict_gauge(ISOTROPIC, load, ANGLE)),
    sampler=lambda dim, load: sim_gauge.sampler(ISOTROPIC, dim, load, ANGLE),
    measure=lambda draws: np.stack([draws.convergence, draws.same_law], axis=-1),
    dims=(16, 32),
    rivals={
        "q is a property of the law": lambda load: np.array(
            [float(convergence.overlap(ISOTROPIC, load)), 1.0]
        ),
        "the law turns as well": lambda load: (
            np.array(diffusion.predict_gauge(ISOTROPIC, load, ANGLE)) * np.array([1.0, np.cos(ANGLE) ** 2])
        ),
    },
    label="q, same law",
)


def _guided(value) -> np.ndarray:
    return np.stack([np.asarray(value.flow), np.asarray(value.diffusion)], axis=-1)


def _everywhere(variance):
    def rival(dim, weight):
        prior = TWO_ATOMS.eigenvalues
        value = np.asarray(variance(guidance.conditional(prior, 2.0), prior, weight))
        return np.stack([value, value], axis=-1)

    return rival


GUIDANCE = Claim(
    name="diffusion-guidance",
    title="Guidance does not sample the tilted law",
    section="N",
    statement=r"The score $(1+w)\nabla\log p_c-w\nabla\log p_u$ on Gaussians: the probability flow gives variance "
    r"$\lambda_c^{1+w}\lambda_u^{-w}$, the reverse diffusion $\lambda_c\,\frac{\lambda_c(\lambda_c/\lambda_u)^{2w}-\lambda_u}{(2w+1)(\lambda_c-\lambda_u)}$, "
    r"both from infinite noise; neither is $1/((1+w)/\lambda_c-w/\lambda_u)$. Here $\lambda_u=1, 10$ and $y=x+\sqrt2\,w$.",
    reference=DERIVED,
    **CONCENTRATED,
    grid={"weight": (0.5, 2.0)},
    predict=lambda dim, weight: _guided(guidance.predict(TWO_ATOMS, 2.0, jnp.asarray(weight))),
    sampler=lambda dim, weight: sim_guidance.sampler(TWO_ATOMS, dim, 2.0, weight),
    measure=_guided,
    dims=(8,),
    exact=True,
    rivals={
        "the tilted law": _everywhere(guidance.tilted_variance),
        "the flow's law for both": _everywhere(guidance.flow_variance),
        "no guidance": _everywhere(lambda known, prior, weight: known),
    },
    label="variance",
)

CLAIMS: tuple[Claim, ...] = (
    *(_sampler(name) for name in SAMPLERS),
    _order("euler", 1),
    _order("heun", 2),
    _order("ddim", 1),
    REVERSE,
    GAUGE,
    GUIDANCE,
)
