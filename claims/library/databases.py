"""Claims of section T: are two databases correlated, and who is who?"""

from __future__ import annotations

from lingen.claims.claim import Claim
from lingen.claims.library.sources import UNIT
from lingen.sims import databases as sim
from lingen.theory import databases

__all__ = ["CLAIMS"]

DETECTION = Claim(
    name="databases-detection",
    title="Correlation of shuffled databases is detected by ρ²d, whatever the number of users",
    section="T",
    statement=r"Two databases of $n$ users and $d$ features with correlation $\rho$, rows shuffled: the test by "
    r"$\langle\sum_ix_i,\sum_jy_j\rangle$ has area under the ROC curve $\Phi(\sqrt{\rho^2d/2})$ for every $n$.",
    reference="K & Nazer, arXiv 2206.12011; Elimelech & Huleihel, arXiv 2302.03380; area derived (docs/derivations)",
    **UNIT,
    grid={"users": (1, 8), "strength": (2.0,)},
    predict=lambda users, strength: databases.detection(strength).detection,
    sampler=lambda dim, users, strength: sim.detection_sampler(dim, users, strength / dim**0.5),
    measure=lambda draws: draws.detection,
    dims=(16, 32, 64),
    thorough=True,
    rivals={
        "more users help: ρ²dn": lambda users, strength: (
            databases.detection(strength * (2.0 * users) ** 0.5).detection
        ),
        "shuffling hides it: ρ²d/n": lambda users, strength: (
            databases.detection(strength / (2.0 * users) ** 0.5).detection
        ),
    },
    label="area under the ROC curve",
)
SWAPS = Claim(
    name="databases-swaps",
    title="How likely two users are exchanged",
    section="T",
    statement=r"The share of pairs of users whose exchange is at least as likely as the true matching is "
    r"$I_{(1-\rho)/2}(\frac d2,\frac d2)\le(1-\rho^2)^{d/2}$ at every $n$ and $d$: the matching is found when "
    r"$-\frac d2\log(1-\rho^2)>2\log n$; here $\rho=\frac12$.",
    reference="Dai, Cullina & Kiyavash, arXiv 1903.01422; derived (docs/derivations)",
    **UNIT,
    grid={"users": (48,)},
    predict=lambda users, dim: databases.predict_alignment(dim, 0.5, users).improving_swaps,
    sampler=lambda dim, users: sim.alignment_sampler(dim, users, 0.5),
    measure=lambda draws: draws.improving_swaps,
    dims=(2, 5),
    exact=True,
    rivals={
        "the bound (1−ρ²)^{d/2}": lambda users, dim: 0.75 ** (dim / 2),
        "one user at a time, exponent d/4": lambda users, dim: float(databases.swap_chance(dim / 2, 0.5)),
    },
    label="share of improving swaps",
)

CLAIMS: tuple[Claim, ...] = (DETECTION, SWAPS)
