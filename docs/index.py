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
# ## Begin
#
# Python 3.11 or newer. In a checkout, into an environment of your own:
#
# ```sh
# python3 -m venv env && . env/bin/activate
# pip install .                   # or the wheel that you were given: pip install lingen-*.whl
# lingen new my_theorem.py        # an experiment and a claim that hold as they are, to change
# lingen verify my_theorem.py     # the verdict, and report/index.html with the figure
# ```
#
# `make verify` in a checkout needs a bare python3 alone: it installs, and checks every claim that ships.
# Then [verify your own theorem](tutorials/own_theorem), with
# [a model in plain NumPy](tutorials/numpy_model), or [move sliders](explore).

# %% [markdown]
# ```{toctree}
# :hidden:
#
# tutorials/own_theorem
# tutorials/numpy_model
# tutorials/phase_diagram
# tutorials/samples_needed
# tutorials/convolutional
# tutorials/paper_figure
# explore
# guides/choosing
# guides/sharp_bits
# guides/carrying_on
# generated/gallery/index
# derived
# generated/reference/index
# clusters
# calibration
# inference
# examples/fashion
# examples/large
# results/fashion14/README
# results/fashion28/README
# security
# ```
