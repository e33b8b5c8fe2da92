"""q of two Gaussian models of Σ = I by eigendecompositions, 64 draws, at one load or along several."""

import sys

import numpy as np

DIM, DRAWS = 256, 64


def root(rng, samples):
    x = rng.standard_normal((samples, DIM))
    values, vectors = np.linalg.eigh(x.T @ x / samples)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def overlap(rng, samples):
    first, second = root(rng, samples), root(rng, samples)
    return np.sum(first * second) / np.sqrt(np.sum(first**2) * np.sum(second**2))


count = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for load in np.geomspace(0.25, 4.0, count) if count > 1 else [1.0]:
    rng = np.random.default_rng(0)
    q = [overlap(rng, round(load * DIM)) for _ in range(DRAWS)]
    print(load, np.mean(q), np.std(q) / np.sqrt(DRAWS))
