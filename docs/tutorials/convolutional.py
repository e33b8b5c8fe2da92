# %% [markdown]
# # Convolutional against dense
#
# Two models are trained on disjoint sets of $n$ images. How many images does it take until they agree? A dense model
# estimates a covariance of $d \times d$ numbers; a convolutional one knows that images are stationary and estimates a
# power at each of $d$ frequencies. Theory gives the convergence $q$ of both.

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np

import lingen as lg
from lingen.models.images import stationary

pixels = 128
power = stationary.markov(0.8, pixels)  # c(j) = 0.8^|j| on a ring of pixels
population = lg.population.atoms(power)  # to a dense model the same powers are the eigenvalues of Σ

images = np.geomspace(2, 4096, 60)
dense = lg.theory.convergence.overlap(population, images / pixels)
convolutional = lg.theory.convolutional.overlap(power, images)

# %% [markdown]
# A few simulated points. Nothing of the prediction is known to them: images are drawn, models are made of two disjoint
# sets of them, and $q$ is measured.

# %%
counts = [4, 32, 256]
drawn = {"dense": [], "convolutional": []}
for seed, count in enumerate(counts):
    key = jax.random.key(seed)
    both = lg.ensemble(lg.sims.convergence.sampler(population, pixels, count / pixels), key, draws=32)
    drawn["dense"].append((both.convergence.mean(), both.convergence.std() / 32**0.5))
    both = lg.ensemble(lg.sims.convolutional.sampler(power, count), key, draws=256)
    share = both.shared / both.energy
    drawn["convolutional"].append((share.mean(), share.std() / 256**0.5))

# %%
figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
for (name, points), line in zip(drawn.items(), (dense, convolutional), strict=True):
    (curve,) = axes.semilogx(images, line, label=name)
    mean, error = np.transpose(points)
    axes.errorbar(counts, mean, 2 * error, fmt="o", color=curve.get_color(), capsize=2)
axes.set(xlabel="images $n$", ylabel="convergence $q$")
_ = axes.legend()

# %% [markdown]
# Lines are theory, points simulation with two standard errors. The number of images at which $q = 0.95$, read off the
# lines:

# %%
need = {
    name: float(np.interp(0.95, line, images))
    for name, line in (("dense", dense), ("convolutional", convolutional))
}
assert need["dense"] > 10 * need["convolutional"]
{name: round(count) for name, count in need.items()}

# %% [markdown]
# What a receptive field of $r$ pixels does is told by `taps=r` of the same functions, and swept by
# `lingen sweep convolutional --taps 3,9,27 --noise 1`.
