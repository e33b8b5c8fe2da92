# %% [markdown]
# # How many samples does my data need?
#
# `forecast` takes any array of samples. It reads the spectrum of their covariance, predicts from it how models trained
# on $n$ samples converge, find the latent factors and stop memorising, and corrects the prediction by what disjoint
# splits of the same data measure.

# %%
from sklearn.datasets import load_digits

import lingen as lg

images = load_digits().images  # 1,797 images of 8 × 8 pixels
answer = lg.forecast(images, until="q=0.9,leak=1.2")
answer

# %% [markdown]
# ## The figure
#
# Lines are predicted, points measured on disjoint splits; a point exists only where the data hold two sets of that size.

# %%
answer.plot()

# %% [markdown]
# ## The numbers
#
# Each answer carries a 95 % interval, says what it rests on, and whether this data set has that many samples (`None`:
# perhaps).

# %%
for one in answer.answers:
    print(
        f"{one.quantity:8}{one.part:10}n = {one.samples:6.0f} ({one.low:.0f} to {one.high:.0f}), {one.basis}"
    )

# %%
q = answer.answers[0]
assert q.low < q.samples < q.high < len(images)
assert q.holds

# %% [markdown]
# ## On the command line
#
# The same question of a folder of images, an array in a file, or a set that ships with scikit-learn:
#
# ```sh
# lingen predict photographs/ --patch 16 --until q=0.9,leak=1.2,latents=20
# lingen predict measurements.npy --filter ridge:0.1
# ```
#
# Where samples come in families, such as the frames of one video, say so (`groups=` here, `--group` there): a split
# that puts a frame on one side and the next on the other measures agreement that new data would not give.
