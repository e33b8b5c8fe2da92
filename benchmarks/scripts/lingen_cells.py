"""A sweep of so many small cells, 4 draws each, into a store."""

import sys

import jax
import numpy as np

import lingen


def draw(key, shift):
    return {"value": shift + jax.random.normal(key)}


tiny = lingen.Experiment(
    "tiny",
    simulate=draw,
    observables={"value": lingen.Observable("value")},
    parameters={"shift": lingen.real(symbol="s")},
)
data = lingen.sweep(tiny, shift=np.linspace(0.0, 1.0, int(sys.argv[1])), draws=4, out="cells.zarr")
print(float(data["value"].mean()))
