# %% [markdown]
# # Verify your own theorem
#
# `lingen new` writes a file with an experiment and a claim that hold as they are. Change both to your own; `verify`
# says whether they hold, in one line and in `report/index.html`.

# %%
# !lingen new my_theorem.py

# %%
# !lingen verify my_theorem.py --quiet
