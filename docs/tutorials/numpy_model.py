# %% [markdown]
# # A NumPy model of your own
#
# A script that draws with `numpy.random.Generator` works as it is. This one draws a random graph of $N$ nodes with
# mean degree $c$ and measures the share of its largest component, which solves $S = 1 - e^{-cS}$ as $N \to \infty$ and
# is zero below $c = 1$.

# %%
import numpy as np
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import lingen as lg


def draw(rng, degree, size):
    edges = rng.integers(size, size=(2, rng.poisson(degree * size / 2)))
    links = coo_array((np.ones(edges.shape[1]), edges), shape=(size, size))
    _, label = connected_components(links, directed=False)
    return {"giant": np.bincount(label).max() / size}


def predict(degree, size):
    share = brentq(lambda s: 1 - s - np.exp(-degree * s), 1e-9, 1.0) if degree > 1 else 0.0
    return {"giant": share}


# %% [markdown]
# An `Experiment` names its parameters and what they may be. `numpy=` says that a draw is plain Python: it runs in
# worker processes, one a core, each draw with a generator of its own. Same seed, same numbers, however many workers.

# %%
graph = lg.Experiment(
    "random-graph",
    numpy=draw,
    predict=predict,
    observables={"giant": lg.Observable("share of the largest component")},
    parameters={
        "degree": lg.real(above=0, symbol="c"),
        "size": lg.whole(at_least=2, symbol="N", default=1000),
    },
)

# %% [markdown]
# ## Sweep
#
# Every combination of the values, simulated and predicted. With `out="graph.zarr"` it would be kept, and the same call
# would go on where it stopped.

# %%
data = lg.sweep(graph, degree=np.linspace(0.75, 1.25, 11), size=[500, 2000, 8000], draws=256)
_ = lg.plot(data, x="degree", hue="size", y="giant")

# %% [markdown]
# ## Infer
#
# Where is the transition, and with which exponents does it sharpen? The prediction is not looked at. What is known:
# $c = 1$, $\nu = \beta = 1/3$.

# %%
found = lg.infer(data, observable="giant", along="degree", size="size")
found

# %%
found.plot()
