"""Student t distributions around places and of moments, and mixtures of them, to draw samples from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, logsumexp

from lingen.boundary import checked

__all__ = ["Student", "curved", "mixed", "moments"]

FREEDOM = 5.0
"""Its tails are wider than a posterior's."""
LEAST, LARGEST = 1e-3, 1e9
"""Curvatures are taken to lie between these."""


class Student(NamedTuple):
    """A t distribution."""

    centre: np.ndarray
    root: np.ndarray

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Samples."""
        normal = rng.standard_normal((count, self.centre.size))
        apart = normal * np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))[:, None]
        return self.centre + apart @ self.root.T

    def log_density(self, places: np.ndarray) -> np.ndarray:
        """Of places, one a row."""
        size = self.centre.size
        apart = (places - self.centre) @ np.linalg.inv(self.root).T
        constant = gammaln((FREEDOM + size) / 2) - gammaln(FREEDOM / 2) - size / 2 * np.log(FREEDOM * np.pi)
        log_det = np.sum(np.log(np.abs(np.diag(self.root))))
        return constant - log_det - (FREEDOM + size) / 2 * np.log1p(np.sum(apart**2, axis=1) / FREEDOM)


@checked
def curved(mode: np.ndarray, curvature: np.ndarray) -> Student:
    """Around a mode, as wide as the curvature there."""
    values, vectors = np.linalg.eigh(curvature)
    covariance = (vectors / np.clip(np.abs(values), LEAST, LARGEST)) @ vectors.T
    return Student(mode, np.linalg.cholesky((covariance + covariance.T) / 2))


@checked
def mixed(shapes: Sequence[Student], rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples of a mixture of equal shares, with their log density."""
    which = rng.integers(len(shapes), size=count)
    places = np.empty((count, shapes[0].centre.size))
    for k, shape in enumerate(shapes):
        places[which == k] = shape.draw(rng, int(np.sum(which == k)))
    densities = np.array([shape.log_density(places) for shape in shapes])
    return places, logsumexp(densities, axis=0) - np.log(len(shapes))


@checked
def moments(places: np.ndarray, weight: np.ndarray, centre: np.ndarray) -> Student:
    """Of weighted places about a centre."""
    apart = places - centre
    covariance = (apart * weight[:, None]).T @ apart
    covariance = (covariance + covariance.T) / 2
    return Student(centre, np.linalg.cholesky(covariance + 1e-9 * np.diag(np.diag(covariance) + 1e-12)))
