# %% [markdown]
# # How to choose
#
# ## Which method
#
# | method | draws | takes | costs |
# |---|---|---|---|
# | `dense` | matrices, all of their spectrum | everything; the reference | $d^3$ |
# | `krylov` | chains that are exact in law | isotropic bulks with spikes | the same at every $d$ |
# | `lanczos` | products with data, no $d \times d$ array | any spectrum | $nd$ a step |
#
# `auto` takes the fastest that is valid, and says why:

# %%
import jax

import lingen as lg
from lingen.sims.engine.methods import choose

latent = lg.population.spiked([2.0])
for dim in (100, 10_000):
    print(dim, choose(lg.sims.recovery.METHODS, "auto", latent, dim))

# %% [markdown]
# ## Which sizes and orders
#
# A limit is compared with draws at several sizes, whose finite-size term is fitted and removed.
#
# - Three or four sizes, each twice the one before, so that the fit can be tested; two cannot test a shape.
# - A proof of the order (`order=1, order_source="..."`) is worth most: that power alone is fitted, and the interval is
#   least. Without a proof every shape that fits is allowed for; `orders=(1/3, 1/2, 1)` states candidates.
# - `exact=True` where the statement holds at every size: each is compared as it stands, and small sizes are cheapest.
# - To infer a critical point: at least three sizes and five controls, geometric sizes as wide as you can pay.
#
# ## Resolution and cost
#
# The resolution is the relative error that a verdict can tell apart, 1 % unless you ask for another. Half of it costs
# about four times the draws; where only a range is declared (`bounds`), never fewer than
# $\log(2/\alpha)$ times the range over the resolution. What is known of the observable (`concentration`, `bounds`) saves
# more than any machine ([the table](../calibration.md)).
#
# ## Undecided: what now
#
# The sentence of the verdict says what is missing. Here the budget is too small on purpose:

# %%
claim = lg.Claim(
    "mean-square",
    statement=r"$\mathbb{E}\,x^2 = \sigma^2$",
    predict=lambda sigma: sigma**2,
    simulate=lambda key, dim, sigma: ((sigma * jax.random.normal(key, (dim,))) ** 2).mean(),
    grid={"sigma": (0.5, 1.0)},
    concentration="a sum of independent squares of Gaussians",
    order_source="exact at every dimension",
    rivals={"no square": lambda sigma: sigma},
)
verdict = lg.check(claim, budget=lg.Budget(resolution=1e-4, max_draws=256))
assert verdict.outcome.value == "undecided"
verdict

# %% [markdown]
# | it says | do |
# |---|---|
# | draws do not suffice, and about how many would | a larger budget (`--budget thorough`), or a coarser resolution |
# | extrapolation is the larger part | larger sizes, or a proof of the order; more draws do not help |
# | a tail leaves no interval | declare the range, or compare a quantile: `estimate=median` |
# | a rival survives | points of the grid where the two differ, or a finer resolution |
