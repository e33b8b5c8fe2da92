"""Posteriors: densities of NumPyro models, importance sampling around modes, chains."""
