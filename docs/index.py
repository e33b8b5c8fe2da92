# %% [markdown]
# # lingen
#
# A theorem about a model is a prediction. lingen puts a simulation beside it, and says with error bars and a
# controlled error rate whether the one holds for the other.

# %%
import jax

import lingen as lg

claim = lg.Claim(
    "mean-square",
    statement=r"$\mathbb{E}\,x^2 = \sigma^2$ for $x \sim N(0, \sigma^2)$",
    predict=lambda sigma: sigma**2,
    simulate=lambda key, dim, sigma: sigma**2 * (jax.random.normal(key, (dim,)) ** 2).mean(),
    grid={"sigma": (0.5, 1.0, 2.0)},
    concentration="a sum of independent squares of Gaussians",
    order_source="exact at every dimension",
    rivals={"no square": lambda sigma: sigma},
)
verdict = lg.check(claim, jax.random.key(0))
assert verdict  # it holds
verdict

# %% [markdown]
# ```{toctree}
# :hidden:
#
# tutorials/own_theorem
# tutorials/numpy_model
# tutorials/samples_needed
# tutorials/convolutional
# tutorials/paper_figure
# guides/choosing
# guides/sharp_bits
# guides/carrying_on
# generated/gallery/index
# derived
# generated/reference/index
# clusters
# calibration
# inference
# results/fashion14/README
# security
# ```
