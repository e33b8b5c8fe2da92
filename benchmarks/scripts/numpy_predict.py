"""q foretold from the spectrum of the digits, and measured on 16 splits a size."""

import numpy as np
from scipy.integrate import quad_vec
from scipy.optimize import brentq
from sklearn.datasets import load_digits

x = load_digits().data
x = x - x.mean(axis=0)
count, dim = x.shape
sigma = np.maximum(np.linalg.eigvalsh(x.T @ x / count), 0.0)


def foretold(load):
    """τ(E√S²)/τ(Σ), √S = (1/π)∫ S(S+t)⁻¹ t^(−1/2) dt with t = e^u."""
    top = sigma.sum()

    def kappa(t):
        return brentq(lambda k: k * (1.0 - np.mean(sigma / (sigma + k)) / load) - t, t, t + top / load)

    def integrand(u):
        return sigma / (sigma + kappa(np.exp(u))) * np.exp(0.5 * u)

    mean = quad_vec(integrand, np.log(sigma.max()) - 40.0, np.log(sigma.max()) + 40.0, epsrel=1e-6)[0] / np.pi
    return np.sum(mean**2) / np.sum(sigma)


def root(rows):
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


rng = np.random.default_rng(0)
for samples in 2 ** np.arange(2, 12):
    seen = []
    if 2 * samples <= count:
        for _ in range(16):
            order = rng.permutation(count)[: 2 * samples]
            first, second = root(x[order[:samples]]), root(x[order[samples:]])
            seen.append((np.sum(first * second), (np.sum(first**2) + np.sum(second**2)) / 2.0))
    shared, energy = np.mean(seen, axis=0) if seen else (np.nan, 1.0)
    print(samples, foretold(samples / dim), shared / energy)
