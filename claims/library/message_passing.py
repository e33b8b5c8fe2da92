"""Claims of section B on latents with structure: approximate message passing and its two branches."""

from __future__ import annotations

from typing import Any

from lingen.claims.claim import Claim
from lingen.claims.library.sources import DERIVED, MESSAGES, UNIT
from lingen.experiments.library.message_passing import EXPERIMENT, laws
from lingen.models import population
from lingen.models.latents import priors
from lingen.sims import message_passing as sim
from lingen.theory import message_passing as theory
from lingen.theory import recovery
from lingen.theory.moments import scalar_channel

__all__ = ["CLAIMS"]

MODEL = (
    r"$X=\sqrt{\theta/d}\,wv^\top+Z$ with independent entries $v_j\sim P_v$, $w_i\sim P_w$; $M(\varpi)=E\langle x\rangle^2$ in the scalar "
    r"channel of signal-to-noise $\varpi$. "
)
SHARE = 0.05
REFERENCE = "Lesieur, Krzakala & Zdeborová 2017; " + DERIVED
COMMON: dict[str, Any] = {"section": "B", "reference": REFERENCE, "of": EXPERIMENT, **MESSAGES, **UNIT}


def _pca(load: float, strength: float) -> float:
    """Q of R1."""
    return float(recovery.recovery(population.spiked([strength]), load)[0])


def _at_rest(load: float, strength: float, latent: str, weights: str = "gauss", hint: float = 0.5) -> Any:
    """The fixed point that messages reach, from above if they were told the latent."""
    return theory.overlap(load, strength, informed=hint > 1.0, **laws(latent, weights, SHARE))


def _weights_known(load: float, strength: float, latent: str, weights: str) -> Any:
    return scalar_channel.overlap(laws(latent, weights, SHARE)["latent"], load * strength)


EVOLUTION = Claim(
    name="message-passing-evolution",
    title="State evolution: messages, step by step",
    statement=MODEL
    + r"After each step of approximate message passing $\cos^2(\hat v,v)=m_v$ and $\cos^2(\hat w,w)=m_w$ with "
    r"$m_w=M_w(\theta m_v)$, $m_v=M_v(\gamma\theta m_w)$; here both are signs, $\gamma=1$, $\theta=2$, from $m_v=M_v(\frac12)$.",
    observable="path",
    sizes={"dim": (4000,)},
    points=(
        {
            "load": 1.0,
            "strength": 2.0,
            "latent": "rademacher",
            "weights": "rademacher",
            "hint": 0.5,
            "steps": 6,
        },
    ),
    rivals={
        "power iteration: no structure": lambda load, strength, hint, steps: (
            theory.predict(load, strength, hint=hint, steps=steps).path
        ),
        "structure in v alone": lambda load, strength, hint, steps: (
            theory.predict(load, strength, hint=hint, steps=steps, latent=priors.rademacher()).path
        ),
    },
    components={"step": (1, 2, 3, 4, 5, 6)},
    label="cos²(v̂, v)",
    **COMMON,
)
RECOVERY = Claim(
    name="message-passing-recovery",
    title="What structure adds to principal components",
    statement=MODEL
    + r"At rest the Bayes-optimal messages overlap with the latent as $m_v=M_v(\gamma\theta m_w)$, $m_w=M_w(\theta m_v)$, "
    r"more than the $Q$ of principal components, with the same threshold $\gamma\theta^2=1$. Here 5 % of the entries of $v$ "
    r"are not zero ($\gamma=2$, $\theta=\frac32$), or $w$ is made of signs, two clusters ($\gamma=\frac12$, $\theta=3$).",
    observable="recovery",
    predict=_at_rest,
    sizes={"dim": (8000,)},
    points=tuple(
        {"load": load, "strength": strength, "latent": latent, "weights": weights, "hint": 0.5, "steps": 9}
        for load, strength, latent, weights in (
            (2.0, 1.5, "sparse", "gauss"),
            (0.5, 3.0, "gauss", "rademacher"),
        )
    ),
    rivals={"principal components": _pca, "the weights are known": _weights_known},
    label="cos²(v̂, v)",
    **COMMON,
)
BRANCHES = Claim(
    name="message-passing-branches",
    title="Sparse latents: known before they can be found",
    statement=MODEL
    + r"With 5 % of the entries of $v$ not zero and $\theta=1$ the transition is of first order: from $\gamma>0.497$ on messages "
    r"stay with a latent that they were told, while untold messages, and principal components, need $\gamma>1/\theta^2=1$. Here "
    r"$\gamma=0.8$.",
    observable="recovery",
    predict=_at_rest,
    sizes={"dim": (16000,)},
    points=tuple(
        {"load": 0.8, "strength": 1.0, "latent": "sparse", "hint": hint, "steps": 8} for hint in (30.0, 0.002)
    ),
    rivals={
        "one branch: what messages find by themselves": lambda load, strength, latent: _at_rest(
            load, strength, latent
        ),
        "one branch: what stays": lambda load, strength, latent: _at_rest(load, strength, latent, hint=30.0),
    },
    scale=1.0,
    resolution=0.03,
    label="cos²(v̂, v)",
    **COMMON,
)


def _once(load: float, strength: float, latent: str, weights: str) -> float:
    """The gain of the posterior mean of each entry of the component, and no step more."""
    known = _pca(load, strength)
    prior = laws(latent, weights, SHARE)["latent"]
    return float(scalar_channel.overlap(prior, known / (1.0 - known))) - known


def _of_v_alone(load: float, strength: float, latent: str, weights: str) -> Any:
    return _at_rest(load, strength, latent) - _pca(load, strength)


SPECTRAL = Claim(
    name="message-passing-spectral",
    title="From the principal component on: what messages gain on it in the same data",
    statement=MODEL
    + r"Messages that start from the principal component $u$ of the same $X$, as if it were an observation of $v$ with "
    r"$\varpi=Q/(1-Q)$ beside the data, follow state evolution from there if their first step takes off what $u$ owes to the noise, "
    r"$\hat w'=(\theta d)^{-1/2}Xb/(1+\gamma\theta)$, $b=\sqrt{\varpi(1+\varpi)d}\,u$. Here $v$ ($\gamma=2$, $\theta=\frac32$), $w$ "
    r"($\gamma=\frac12$, $\theta=3$) or both ($\gamma=1$, $\theta=2$) are made of signs.",
    observable="gain",
    sizes={"dim": (2000,)},
    points=tuple(
        {
            "load": load,
            "strength": strength,
            "latent": latent,
            "weights": weights,
            "start": "spectral",
            "steps": 8,
        }
        for load, strength, latent, weights in (
            (2.0, 1.5, "rademacher", "gauss"),
            (0.5, 3.0, "gauss", "rademacher"),
            (1.0, 2.0, "rademacher", "rademacher"),
        )
    ),
    rivals={
        "nothing: principal components, or a Gaussian prior": lambda: 0.0,
        "one posterior mean of the component": _once,
        "structure in v alone": _of_v_alone,
    },
    scale=1.0,
    resolution=0.01,
    label="gain in cos²(v̂, v)",
    **COMMON | {"reference": "Montanari & Venkataramanan 2021; " + DERIVED},
)


def _learnt(load: float, low: float, strength: float, latent: str, law: priors.Prior | None = None) -> float:
    """What is learnt between two strengths, of this latent or of another law's."""
    prior = law or laws(latent, "gauss", SHARE)["latent"]
    ends = (theory.information(load, value, latent=prior) for value in (strength, low))
    return float(next(ends) - next(ends))


INFORMATION = Claim(
    name="message-passing-information",
    title="The potential is the information that messages gather",
    section="B",
    statement=MODEL
    + r"The mutual information per dimension is the least value of $\gamma I_w(\theta m_v)+I_v(\gamma\theta m_w)+"
    r"\frac12\gamma\theta(1-m_v)(1-m_w)$ over the fixed points; it grows with $\theta$ by $\frac12\gamma$ times the error of messages that know "
    r"the latent, $\|wv^\top-\hat w\hat v^\top\|^2/nd$. Here from $\theta=1$ to 2, $v$ of signs ($\gamma=2$) or 5 % sparse ($\gamma=0.8$).",
    reference="Miolane 2017; Guo, Shamai & Verdú 2005; " + DERIVED,
    **MESSAGES,
    points=tuple(
        {"load": load, "low": 1.0, "strength": 2.0, "latent": latent}
        for load, latent in ((2.0, "rademacher"), (0.8, "sparse"))
    ),
    predict=_learnt,
    sampler=lambda dim, load, low, strength, latent: sim.information_sampler(
        load,
        low,
        strength,
        hint=30.0,
        steps=6,
        dim=dim,
        latent=laws(latent, "gauss", SHARE)["latent"],
        nodes=4,
    ),
    measure=lambda draws: draws.information,
    dims=(4000,),
    resolution=0.02,
    rivals={
        "a latent without structure": lambda load, low, strength, latent: _learnt(
            load, low, strength, latent, priors.gauss()
        ),
        "nothing is known of the latent": lambda load, low, strength, latent: 0.5 * load * (strength - low),
    },
    label="information per dimension (nats)",
    thorough=True,
)

CLAIMS: tuple[Claim, ...] = (EVOLUTION, RECOVERY, BRANCHES, SPECTRAL, INFORMATION)
