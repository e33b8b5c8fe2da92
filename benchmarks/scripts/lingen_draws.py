"""q of two Gaussian models of Σ = I by krylov, 64 draws."""

import jax

import lingen

sampler = lingen.sims.convergence.sampler(lingen.population.isotropic(), dim=256, load=1.0, method="krylov")
q = lingen.ensemble(sampler, jax.random.key(0), 64).convergence
print(q.mean(), q.std() / 8.0)
