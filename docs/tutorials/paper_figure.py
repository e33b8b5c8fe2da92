# %% [markdown]
# # A paper figure from start to end
#
# A sweep, two panels in the width of one page, and files that go into LaTeX as they are.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import lingen as lg

wanted = {"spike": [1.0, 2.0], "dim": 10_000, "method": "krylov", "draws": 32}
load = np.geomspace(0.1, 4, 9)
agree = lg.sweep(lg.experiments.convergence, load=load, out="agree.zarr", **wanted)
found = lg.sweep(lg.experiments.recovery, load=load, out="found.zarr", **wanted)

# %% [markdown]
# `plot` draws on axes of your own and leaves their style alone: lines are theory, points simulation with error bars,
# colours and names are those of the experiment. What a journal asks for is set as for any figure of matplotlib.

# %%
style = {
    "font.size": 8,
    "axes.titlesize": 8,
    "legend.fontsize": 7,
    "svg.hashsalt": "paper",
    "pdf.fonttype": 42,
}
with plt.rc_context(style):
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 2.6), layout="constrained")
    lg.plot(agree, x="load", hue="spike", y="convergence", ax=left)
    lg.plot(found, x="load", hue="spike", y="recovery", ax=right)
    left.set_title(r"$\mathbf{a}$  two models agree", loc="left")
    right.set_title(r"$\mathbf{b}$  a latent is found", loc="left")
    figure.savefig("figure.pdf", metadata={"CreationDate": None})
    figure.savefig("figure.svg", metadata={"Date": None})

# %% [markdown]
# In a both strengths lie on one line: convergence does not see the latent. Without their dates the files are the same,
# byte for byte, whenever this runs. The sweeps are kept (`out=`): another
# look at the figure draws nothing again. What the caption must tell is in their attributes.

# %%
assert Path("figure.pdf").read_bytes().startswith(b"%PDF")
assert "<svg" in Path("figure.svg").read_text("utf-8")
print(f"n = {int(found['draws'].min())} draws a point, made {found.created[:10]} on {found.hardware}")

# %% [markdown]
# The theory's own figures come ready, each with its caption and where its numbers are from:
# `lingen figures phase-diagram --width column`.
