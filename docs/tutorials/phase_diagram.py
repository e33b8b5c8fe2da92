# %% [markdown]
# # A phase diagram and its critical point
#
# A latent factor of strength $\theta$ is found in $n = \gamma d$ samples only above $\gamma_c = 1/\theta^2$. A sweep
# over both shows the line; a sweep over sizes tells where on it, and how sharply, things change.

# %%
import numpy as np

import lingen as lg

recovery = lg.experiments.recovery
data = lg.sweep(
    recovery,
    load=np.geomspace(0.1, 4, 17),
    spike=np.geomspace(0.5, 3, 13),
    dim=1000,
    method="krylov",
    draws=16,
)

# %% [markdown]
# ## The diagram
#
# Any two axes make a heat map, on axes like any other of matplotlib. The theorem's line goes on top.

# %%
axes = lg.plot(data, heat=["load", "spike"], y="recovery")
strength = np.geomspace(0.5, 3, 100)
inside = strength**-2 < 4
axes.plot(strength[inside] ** -2, strength[inside], color="white", linestyle="--")  # fmt: skip

# %% [markdown]
# ## Across the line
#
# At $\theta = 1$ the factor appears at $\gamma = 1$. At a finite $d$ nothing is sharp: curves of several sizes fan out,
# and how they do so tells the critical point.

# %%
across = lg.sweep(
    recovery,
    load=np.linspace(0.8, 1.25, 10),
    spike=1.0,
    dim=[1000, 4000, 16_000],
    method="krylov",
    draws=64,
)
lg.plot(across, x="load", hue="dim", y="recovery")  # fmt: skip

# %% [markdown]
# ## The critical point
#
# One scaling function for all sizes is fitted, its critical point and exponents inferred. Theory says
# $\gamma_c = 1$, $\nu = \beta = 1/3$, and has not been looked at.

# %%
found = lg.infer(across, observable="recovery", along="load", size="dim")
found

# %%
found.plot()  # fmt: skip

# %% [markdown]
# Larger sizes and more draws tighten the intervals. From a shell:
#
# ```sh
# lingen sweep recovery --load 0.8:1.25:19 --spike 1 --dim 10000:1000000:log:5 --method krylov --draws 256 --out q.zarr
# lingen infer q.zarr
# ```
#
# [What is believed, and why](../inference.md).
