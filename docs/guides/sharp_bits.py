# %% [markdown]
# # Sharp bits
#
# **Double precision.** Importing lingen turns on 64-bit numbers in JAX, for everything else in the process too.

# %%
import jax
import jax.numpy as jnp

import lingen as lg

assert lg.population.spiked([2.0]).spikes.dtype == jnp.float64

# %% [markdown]
# **Keys.** A draw is a function of its key: the same key gives the same numbers, another key others. There is no hidden
# state to seed.

# %%
latent = lg.population.spiked([2.0])
sampler = lg.sims.convergence.sampler(latent, dim=32, load=1.0)
first, again, other = (sampler(jax.random.key(seed)).convergence for seed in (0, 0, 1))
assert first == again
assert first != other

# %% [markdown]
# **First calls compile.** The first call of a sampler takes longer than those that follow. What was compiled is kept in
# a folder for later processes ([where, and how to choose it](../clusters.md)).
#
# **Devices.** `ensemble` spreads draws over all devices of one kind; the numbers do not depend on how many there are.

# %%
draws = lg.ensemble(sampler, jax.random.key(0), draws=16)
assert draws.convergence.shape == (16,)
