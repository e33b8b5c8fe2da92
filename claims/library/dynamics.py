"""Claims of section G: the learning curve of a linear denoiser under gradient descent."""

from __future__ import annotations

import numpy as np
from flax import struct

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, SMOOTH
from lingen.models import population
from lingen.models.descent import Descent
from lingen.sims import dynamics as sim
from lingen.theory import denoising, dynamics

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 4.0])
NOISE, RATE = 2.0, 0.02
LOOKS, EVERY = (5, 20, 80), 5


@struct.dataclass
class _NoNoise(Descent):
    """A rival: the noise left out of the time scale, (1−2ηλ)^T, with a pole that the gain does not have."""

    @property
    def singularity(self):
        return self.noise

    def __call__(self, eigenvalues):
        kept = Descent(self.steps, self.rate, 1e-9)(eigenvalues)
        return kept * eigenvalues / (eigenvalues + self.noise)


def _curves(load, fields, make=Descent, steps=LOOKS):
    """Fields of the predicted learning curve at the given numbers of steps, shape (fields, steps)."""
    curve = dynamics.predict(TWO_ATOMS, load, make(np.array(steps, float), RATE, NOISE))
    return np.array([getattr(curve, field) for field in fields])


def _trained(dim, load):
    return sim.sampler(TWO_ATOMS, dim, load, noise=NOISE, rate=RATE, records=LOOKS[-1] // EVERY, every=EVERY)


def _looked(draws, fields, looks=LOOKS, every=EVERY):
    looks = np.array(looks) // every - 1
    return np.stack([getattr(draws.learning, field)[:, 0, looks] for field in fields], axis=1)


OVERFIT = ("train_risk", "convergence", "memorisation")

CURVE = Claim(
    name="learning-curve",
    thorough=True,
    title="The learning curve of the linear denoiser",
    section="G",
    statement=r"After $T$ steps $\eta$ of gradient descent on $E\|W(x+\sqrt s z)-x\|^2$ from $W=0$, mode $\lambda$ of $S$ is learnt to "
    r"$g=\frac{\lambda}{\lambda+s}(1-(1-2\eta(\lambda+s))^T)$, for $\eta\to 0$ to $\frac{\lambda}{\lambda+s}(1-e^{-2t(\lambda+s)})$; the test risk is "
    r"$\tau(\Sigma\,E(1-g)^2)+s\,\tau(E g^2)$. Half the eigenvalues at 1 and half at 4, $s=2$, after 5, 20 and 80 steps.",
    reference="classical; " + DERIVED,
    **SMOOTH,
    grid={"load": (0.5, 2.0)},
    predict=lambda load: _curves(load, ("test_risk",)),
    sampler=_trained,
    measure=lambda draws: _looked(draws, ("test_risk",)),
    dims=(16, 32),
    rivals={
        "a time scale without the noise": lambda load: _curves(load, ("test_risk",), _NoNoise),
        "trained at once": lambda load: np.full((1, 3), denoising.test_risk(TWO_ATOMS, load, NOISE)),
    },
    label="test risk",
)

OVERFITTING = Claim(
    name="learning-overfitting",
    title="Training risk, agreement and memorisation along training",
    section="G",
    statement=r"Along the same descent: training risk $\tau(E\,S(1-g)^2)+s\,\tau(E g^2)$; overlap $q=\tau(\bar g^2)/\tau(E g^2)$ of two "
    r"denoisers of disjoint data; squared cosines of outputs with training points over those with fresh ones, $\tau(E\,S g^2)/\tau(\Sigma\,E g^2)$: "
    r"the gap of the risks opens in time, while this ratio falls.",
    reference=DERIVED,
    **SMOOTH,
    grid={"load": (0.5, 2.0)},
    predict=lambda load: _curves(load, OVERFIT),
    sampler=_trained,
    measure=lambda draws: _looked(draws, OVERFIT),
    dims=(24, 48),
    rivals={"a time scale without the noise": lambda load: _curves(load, OVERFIT, _NoNoise)},
    thorough=True,
    resolution=0.02,
    label="train risk, q, memorisation",
)

STOP_NOISE, STOP_RATE, STOP_EVERY = 3.0, 2e-3, 7
STOP_LOOKS = np.array([7, 14, 28, 140])


def _over_last(risks):
    return risks[..., :-1] / risks[..., -1:]


def _stopping(load):
    curve = dynamics.predict(ISOTROPIC, load, Descent(STOP_LOOKS.astype(float), STOP_RATE, STOP_NOISE))
    return _over_last(np.asarray(curve.test_risk))


STOPPING = Claim(
    name="learning-stopping",
    title="When to stop",
    section="G",
    statement=r"For $\Sigma=I$ late training raises the test risk iff the smallest eigenvalue learnt exceeds the true one, $(1/\sqrt\gamma-1)^2>1$, "
    r"that is $\gamma<\frac14$, whatever the noise; there the best time is finite. Test risk after 7, 14 and 28 steps over that after 140, $s=3$: "
    r"the best step is near 9 at $\gamma=\frac18$ and near 14 at $\gamma=\frac15$.",
    reference=DERIVED,
    **SMOOTH,
    grid={"load": (0.125, 0.2)},
    predict=_stopping,
    sampler=lambda dim, load: sim.sampler(
        ISOTROPIC,
        dim,
        load,
        noise=STOP_NOISE,
        rate=STOP_RATE,
        records=STOP_LOOKS[-1] // STOP_EVERY,
        every=STOP_EVERY,
    ),
    measure=lambda draws: _over_last(draws.learning.test_risk[:, 0, STOP_LOOKS // STOP_EVERY - 1]),
    dims=(40, 80),
    rivals={"never stop: the last step is the best": lambda load: np.ones(3)},
    thorough=True,
    label="test risk over that of the last step",
)

ONLINE_LOOKS, ONLINE_NOISE = (10, 40, 160), 0.5


def _online(dim, batch, steps=ONLINE_LOOKS):
    curve = dynamics.online_curve(TWO_ATOMS, dim, steps[-1], RATE, ONLINE_NOISE, batch)
    return np.asarray(curve)[np.array(steps) - 1]


MINIBATCH = Claim(
    name="learning-minibatch",
    thorough=True,
    title="The learning curve of minibatches",
    section="G",
    statement=r"On batches of $B$ new points, exactly at every $d$ and $\eta$: $m_k\mapsto m_k((1-2\eta c_k)^2+4\eta^2c_k^2/B)+\frac{4\eta^2c_k}{B}"
    r"(\sum_j c_jm_j+\omega)$, $c=\sigma+s$, and the test risk is $(\omega+\sum_k c_km_k)/d$.",
    reference="derived from Gaussian fourth moments (docs/derivations)",
    **CONCENTRATED,
    grid={"batch": (2, 8)},
    predict=_online,
    sampler=lambda dim, batch: sim.sampler(
        TWO_ATOMS, dim, 1.0, noise=ONLINE_NOISE, rate=RATE, records=16, every=10, mode="online", batch=batch
    ),
    measure=lambda draws: _looked(draws, ("test_risk",), ONLINE_LOOKS, 10)[:, 0],
    dims=(8,),
    exact=True,
    rivals={"no noise of the batches": lambda dim, batch: _online(dim, 10**9)},
    label="test risk",
)

CLAIMS: tuple[Claim, ...] = (CURVE, OVERFITTING, STOPPING, MINIBATCH)
