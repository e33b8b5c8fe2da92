"""Claims of section G: two-layer linear networks learn mode by mode, along sigmoids and after plateaus."""

from __future__ import annotations

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import CONCENTRATED, DERIVED, FLOW
from lingen.sims import mode_curves as sim
from lingen.theory import mode_curves

__all__ = ["CLAIMS"]

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
    **FLOW,
    grid={"start": (1e-2, 1e-3)},
    predict=lambda start: _modes(start, lambda v, t, e: mode_curves.strength(v, t, e, rate=MODES_RATE)),
    sampler=lambda dim, start: sim.sampler(
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
    **CONCENTRATED,
    grid={"ratio": (1e2, 1e4)},
    predict=_delay,
    sampler=lambda dim, ratio: sim.plateau_sampler(
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

CLAIMS: tuple[Claim, ...] = (SIGMOIDS, PLATEAUS)
