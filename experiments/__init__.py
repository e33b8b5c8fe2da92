"""Both on a grid: an experiment is a draw and a prediction of the same parameters."""
