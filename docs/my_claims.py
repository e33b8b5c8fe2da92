"""My theorem, as `lingen verify docs/my_claims.py` checks it."""

from lingen.claims import Claim
from lingen.models import population
from lingen.sims import convergence as sim
from lingen.theory import convergence

TRUTH = population.isotropic()

CLAIM = Claim(
    name="my-theorem",
    title="Two models trained on disjoint data converge",
    statement=r"$q(\gamma)=F(1/\gamma)^2$ for $\gamma\ge 1$, with $F(c)={}_2F_1(-\frac12,\frac12;2;c)$",
    predict=lambda load: convergence.overlap(TRUTH, load),
    simulate=lambda key, dim, load: sim.draw(key, TRUTH, dim, load).convergence,
    grid={"load": (1.0, 4.0)},
    dims=(32, 64, 128),
    rivals={"a single pole": lambda load: load / (1 + load)},
    # What draws cannot tell, if it is known: the range, light tails, the order 1/d of the finite-size term.
    # Without these lines nothing is assumed, and a verdict takes more draws and larger sizes.
    bounds=(0, 1),
    concentration="q is a smooth function of Gaussian matrices (Ledoux 2001)",
    order_source="means of linear spectral statistics (Bai & Silverstein 2004)",
)
