# %% [markdown]
# # Carrying on: from the command to the draw and back
#
# For those who work on lingen itself. One parameter, the load of
#
# ```sh
# lingen sweep convergence --load 0.5,1 --dim 64 --method dense --draws 8 --out q.zarr
# ```
#
# is followed here from the shell to a random matrix and back into a file. Each step is one file, and is run below.
#
# | step | file | what happens to the load |
# |---|---|---|
# | 1 | `scripts/commands/sweep.py`, `sweep_request.py` | a flag of the experiment's own parameter, still text |
# | 2 | `experiments/grid/axes.py`, `experiments/parameters.py` | text becomes values, each held against its kind and bounds |
# | 3 | `experiments/grid/sweep.py` | the grid: every combination, a flat index a cell |
# | 4 | `experiments/library/convergence.py`, `experiments/truths.py` | a point becomes a population, a filter, a method |
# | 5 | `sims/convergence.py` | a sampler: the load is a leaf of a pytree, so all loads share one compilation |
# | 6 | `experiments/grid/keys.py` | the key of the cell, from the seed and the cell's coordinates alone |
# | 7 | `experiments/grid/run.py`, `call.py`, `sims/engine/layout.py` | many cells in one compiled call, over all devices |
# | 8 | `experiments/grid/part.py`, `experiments/store/store.py` | means and errors, written whole or not at all |
# | 9 | `experiments/grid/theory.py`, `theory/convergence.py` | the same load, predicted; it never meets the draw before here |
# | 10 | `experiments/store/dataset.py` | an axis of an `xarray.Dataset` |
#
# ## Steps 1 to 3: from text to a grid

# %%
import numpy as np

import lingen as lg
from lingen.experiments.grid.draws import sampler_at
from lingen.experiments.grid.keys import cell_key, key_words
from lingen.experiments.grid.sweep import Sweep

experiment = lg.experiments.convergence
grid = Sweep.of(experiment, {"load": "0.5,1", "dim": "64", "method": "dense"}, 8)
point = experiment.point({"load": 0.5, "dim": 64, "method": "dense"})  # one cell of it
assert grid.size == 2

# %% [markdown]
# ## Steps 4 to 7: from a point to draws
#
# A draw is a pure function of its key. What a cell gives does not depend on which cells it shares a call with.

# %%
sampler = sampler_at(experiment, point)
key = cell_key(*key_words(experiment.key_name, experiment.hashed(point), point["seed"]))
draws = lg.ensemble(sampler, key, draws=8)["convergence"]
draws

# %% [markdown]
# ## Steps 8 to 10: means, predictions, a dataset
#
# The whole walk is `lg.sweep`, or the command. It gives the same numbers as the steps above, to the last bits.

# %%
data = lg.sweep(experiment, load=[0.5, 1.0], dim=64, method="dense", draws=8)
cell = data.sel(load=0.5).squeeze()
np.testing.assert_allclose(cell["convergence"], draws.mean(), rtol=1e-12)

predicted = lg.theory.convergence.overlap(lg.population.isotropic(), 0.5)
np.testing.assert_allclose(cell["convergence_theory"], predicted, rtol=1e-12)
data

# %% [markdown]
# ## A topic of your own
#
# Four new files of one name, and a test: `theory/<topic>.py`, `sims/<topic>.py`, `experiments/library/<topic>.py`,
# `claims/library/<topic>.py`. No table, command or figure has to learn of it. `theory` and `sims` never import each
# other: a simulation that has seen the prediction proves nothing. CONTRIBUTING.md has the rules, `make test` and
# `make lint` hold them.
