"""Claims of section G: how linear generators are learnt in time."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from flax import struct

from lingen.claims.claim import Claim
from lingen.models import population
from lingen.models.descent import Descent
from lingen.sims import collapse as collapse_sim
from lingen.sims import dynamics as sim
from lingen.sims import mode_curves as modes_sim
from lingen.sims import random_features as features_sim
from lingen.theory import collapse, denoising, dynamics, mode_curves, random_features

__all__ = ["CLAIMS"]

DERIVED = "derived (docs/derivations.md)"
ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 4.0])
NOISE, RATE = 2.0, 0.02
LOOKS, EVERY = (5, 20, 80), 5


@struct.dataclass
class _NoNoise(Descent):
    """A rival: the noise left out of the time scale, (1−2ηλ)^T."""

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
    reference="derived from Gaussian fourth moments (docs/derivations.md)",
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

MODES = np.array([4.0, 2.0, 1.0])
MODES_RATE, MODES_EVERY, MODES_RECORDS = 5e-3, 20, 8


def _modes(start, predict=mode_curves.strength):
    time = MODES_RATE * MODES_EVERY * np.arange(1, MODES_RECORDS + 1)[:, None]
    return np.asarray(predict(MODES, time, start))


def _exponential(value, time, start):
    return start + (1.0 - start) * (1.0 - np.exp(-8.0 * value * time))


SIGMOIDS = Claim(
    name="learning-sigmoids",
    thorough=True,
    title="Two layers learn along sigmoids, mode by mode",
    section="G",
    statement=r"A tied autoencoder $W^\top W$ of $r\to\infty$ hidden units, started at $W^\top W\approx\varepsilon 1$, learns mode $\lambda$ along "
    r"$a(t)=1/(1+(1/\varepsilon-1)e^{-8\lambda t})$: nothing, then everything, the strongest mode first. Eigenvalues 4, 2, 1; $d$ stands for $r$.",
    reference="Saxe, McClelland & Ganguli, ICLR 2014; " + DERIVED,
    grid={"start": (1e-2, 1e-3)},
    predict=lambda start: _modes(start, lambda v, t, e: mode_curves.strength(v, t, e, rate=MODES_RATE)),
    sampler=lambda dim, start: modes_sim.sampler(
        MODES, dim, start=start, rate=MODES_RATE, records=MODES_RECORDS, every=MODES_EVERY
    ),
    measure=lambda draws: draws.strength,
    dims=(64, 128),
    scale=1.0,
    rivals={
        "exponentials": lambda start: _modes(start, _exponential),
        "all modes at once": lambda start: _modes(
            start, lambda v, t, e: mode_curves.strength(np.full(3, v.mean()), t, e)
        ),
    },
    label="strength of modes",
)


def _delay(ratio, values=MODES):
    return np.asarray(
        mode_curves.plateau_time(values, 1e-4 / ratio, rate=MODES_RATE)
        - mode_curves.plateau_time(values, 1e-4, rate=MODES_RATE)
    )


PLATEAUS = Claim(
    name="learning-plateaus",
    title="Plateaus last as long as log(1/ε)/λ",
    section="G",
    statement=r"From small random weights, as few hidden units as modes, the modes of a tied autoencoder come one by one. Starting $\sqrt{\varepsilon'/\varepsilon}$ "
    r"smaller delays mode $\lambda$ by $\log(\varepsilon/\varepsilon')/8\lambda$ (with a step $\eta$: $\eta\log(\varepsilon/\varepsilon')/2\log(1+4\eta\lambda)$).",
    reference=DERIVED,
    grid={"ratio": (1e2, 1e4)},
    predict=_delay,
    sampler=lambda dim, ratio: modes_sim.plateau_sampler(
        MODES, dim, starts=(1e-4, 1e-4 / ratio), rate=MODES_RATE, steps=900
    ),
    measure=lambda draws: draws.delay,
    dims=(4,),
    rivals={
        "one delay for all modes": lambda ratio: _delay(ratio, np.full(3, 2.0)),
        "delays as 1/λ²": lambda ratio: _delay(ratio, MODES**2 / 2.0),
    },
    label="delay",
)

SPECTRUM = np.array([4.0, 3.0, 2.0, 1.0, 0.5, 0.25])


def _collapse(variance, threshold=None):
    exact = collapse.predict(SPECTRUM, variance if threshold is None else threshold, SPECTRUM.size)
    return np.append(np.asarray(exact.weight), exact.information)


def _no_threshold(variance):
    return np.append(SPECTRUM, 0.5 * np.log1p(SPECTRUM / variance).sum())


COLLAPSE = Claim(
    name="learning-collapse",
    thorough=True,
    title="Latents below the decoder's variance collapse",
    section="G",
    statement=r"A linear VAE of decoder variance $\beta$ ends with squared weights $(\lambda_k-\beta)_+$ along the eigenvectors and carries "
    r"$\sum_k\frac12\log(\lambda_k/\beta)_+$ nats: latent $k$ is active iff $\lambda_k>\beta$. Eigenvalues 4, 3, 2, 1, 0.5, 0.25; six latents.",
    reference="Tipping & Bishop 1999; Lucas, Tucker, Grosse & Norouzi, NeurIPS 2019",
    grid={"variance": (0.75, 1.5, 2.5)},
    predict=_collapse,
    sampler=lambda dim, variance: collapse_sim.sampler(SPECTRUM, variance, SPECTRUM.size),
    measure=lambda draws: np.column_stack([draws.weight, draws.information]),
    dims=(SPECTRUM.size,),
    scale=1.0,
    rivals={
        "a threshold at β²": lambda variance: _collapse(variance, variance**2),
        "no threshold": _no_threshold,
    },
    label="weights, nats",
)

FEATURE_NOISE, FEATURE_TIMES = 0.25, np.array([1.0, 3.0, 10.0, 20.0])


def _sine(h):
    return jnp.sin(1.5 * h)


def _features(field, clock=lambda load: 1.0):
    """A field along training; a rival's clock runs at another speed."""

    def predict(load):
        found = random_features.predict(ISOTROPIC, load, clock(load) * FEATURE_TIMES, FEATURE_NOISE, _sine)
        return np.asarray(getattr(found, field))

    return predict


def _features_claim(name, title, statement, field, rivals, label):
    return Claim(
        name=name,
        title=title,
        section="G",
        statement=statement,
        reference="Bonnaire, Urfin, Biroli & Mézard 2025 (the two times); " + DERIVED,
        grid={"load": (0.5, 1.0, 2.0)},
        predict=_features(field),
        sampler=lambda dim, load: features_sim.kernel_sampler(
            ISOTROPIC, dim, load, copies=dim, noise=FEATURE_NOISE, times=FEATURE_TIMES
        ),
        measure=lambda draws: getattr(draws, field),
        dims=(12, 18, 26),
        scale=1.0,
        rivals=rivals,
        thorough=True,
        exploratory=True,
        resolution=0.05,
        label=label,
    )


MEMORISING = _features_claim(
    "learning-memorisation-time",
    "Memorisation takes a time linear in n",
    r"A random-features denoiser of $p\gg n,d$ features recalls its training points in a time $n(\sigma+s)/2v^2s$, linear in $n$: its overlap with "
    r"a training point beyond that with a fresh one, along training. $\varphi=\sin(1.5h)$, $s=0.25$, $p=\infty$.",
    "memorisation",
    {"a time constant in n": lambda load: _features("memorisation")(1.0)},
    "memorisation",
)
GENERALISING = _features_claim(
    "learning-generalisation-time",
    "Generalisation takes a time that does not know n",
    r"The same denoiser first learns the linear map $\lambda/(\lambda+s)$ in a time $d/2\mu_1^2(\lambda+s)$, whatever $n$, and loses it again as it "
    r"memorises: its overlap with a fresh point along training.",
    "generalisation",
    {"a time growing with n": _features("generalisation", lambda load: 1.0 / load)},
    "generalisation",
)

CLAIMS: tuple[Claim, ...] = (
    CURVE,
    OVERFITTING,
    STOPPING,
    MINIBATCH,
    SIGMOIDS,
    PLATEAUS,
    COLLAPSE,
    MEMORISING,
    GENERALISING,
)
