"""Claims of section G: when random-features denoisers generalise, and when they memorise."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.library.sources import SMOOTH
from lingen.models import population
from lingen.sims import random_features as sim
from lingen.theory import feature_width, random_features

__all__ = ["CLAIMS"]

ISOTROPIC = population.isotropic()
NOISE, TIMES, WIDTH = 0.25, np.array([1.0, 3.0, 10.0, 20.0]), 4


def _sine(h):
    return jnp.sin(1.5 * h)


def _predict(field, clock=lambda load: 1.0):
    """A field along training; a rival's clock runs at another speed."""

    def predict(load):
        return np.asarray(
            getattr(feature_width.predict(load, clock(load) * TIMES, NOISE, _sine, WIDTH), field)
        )

    return predict


def _wide(field):
    """A rival: the plane of infinite width, with the background that a finite one adds to all eigenvalues."""

    def predict(load):
        return np.asarray(
            getattr(random_features.predict(ISOTROPIC, load, TIMES, NOISE, _sine, WIDTH), field)
        )

    return predict


def _claim(name, title, statement, field, rivals):
    return Claim(
        name=name,
        title=title,
        section="G",
        statement=statement,
        reference="derived (docs/derivations), in the setting of Bonnaire, Urfin, Biroli & Mézard 2025",
        **SMOOTH,
        grid={"load": (0.5, 1.0, 2.0)},
        predict=_predict(field),
        sampler=lambda dim, load: sim.sine_sampler(
            ISOTROPIC, dim, load, width=WIDTH * dim, noise=NOISE, times=TIMES
        ),
        measure=lambda draws: getattr(draws, field),
        dims=(48, 96),
        rivals={**rivals, "a width that only adds a background": _wide(field)},
        thorough=True,
        label=field,
    )


MEMORISING = _claim(
    "learning-memorisation-time",
    "Memorisation takes a time linear in n",
    r"Flow of a denoiser with $p=4d$ random features $\varphi=\sin(1.5h)$, $\Sigma=I$, $s=0.25$: its overlap with a training point beyond that "
    r"with a fresh one, at times $d$, $3d$, $10d$, $20d$, by $\rho(\zeta)=1/(1+\mathrm{tr}(K(\rho K+D-\zeta)^{-1})/n)$, with "
    r"$K=\mu_1^2FF^\top+v^2$, $D=s\mu_1^2FF^\top+c$. For many features and samples it fills up in a time $n(1+s)/2v^2s$, linear in $n$.",
    "memorisation",
    {"a time constant in n": lambda load: _predict("memorisation")(1.0)},
)
GENERALISING = _claim(
    "learning-generalisation-time",
    "Generalisation takes a time that does not know n",
    r"The same denoiser first learns the linear map, for many features and samples in a time $d/2\mu_1^2(1+s)$ whatever $n$, and loses it again "
    r"as it memorises: its overlap with a fresh point at times $d$, $3d$, $10d$, $20d$.",
    "generalisation",
    {"a time growing with n": _predict("generalisation", lambda load: 1.0 / load)},
)

CLAIMS: tuple[Claim, ...] = (MEMORISING, GENERALISING)
