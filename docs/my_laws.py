"""Claims on a variance, a quantile, a probability and a whole law: `lingen verify docs/my_laws.py`."""

import jax.random as jr
from scipy import stats

from lingen.claims import Claim, LawClaim
from lingen.claims.estimates import probability, quantile, variance

# d^(1/2) times the mean of d exponentials less one: normal as d → ∞, a gamma law at every d
DRAW = {"simulate": lambda key, dim: (jr.exponential(key, (dim,)).mean() - 1) * dim**0.5, "points": ({},)}
FINITE = {**DRAW, "exact": True, "dims": (4, 64)}


def gamma(dim):
    """The law of the draw at dimension d."""
    return stats.gamma(dim, loc=-(dim**0.5), scale=dim**-0.5)


CLAIMS = (
    Claim("sum-variance", predict=lambda dim: 1.0, estimate=variance, rivals={"grows": lambda dim: dim / 32},
          resolution=0.05, **FINITE),
    Claim("sum-decile", predict=lambda dim: gamma(dim).ppf(0.9), estimate=quantile(0.9),
          rivals={"a normal quartile": lambda dim: stats.norm.ppf(0.75)}, resolution=0.05, **FINITE),
    # as d → ∞: the finite-size term is of order d^(-1/2) or 1/d, the draws tell which
    Claim("sum-tail", predict=lambda: stats.norm.sf(1), estimate=probability(lambda x: x > 1),
          rivals={"a quarter": lambda: 0.25}, orders=(1 / 2, 1), dims=(16, 64, 256), resolution=0.1, **DRAW),
    LawClaim("sum-law", law=lambda dim: gamma(dim).cdf, rivals={"normal": lambda dim: stats.norm.cdf},
             resolution=0.02, **{**FINITE, "dims": (4,)}),
)  # fmt: skip
