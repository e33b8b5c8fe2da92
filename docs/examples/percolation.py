"""Bond percolation on L rows of L + 1 sites, in plain NumPy: do open bonds join left and right?"""

import numpy as np

from lingen import Claim, Experiment, Observable, real, whole


def draw(rng, occupation, size):
    right, down = rng.random((size, size)) < occupation, rng.random((size - 1, size + 1)) < occupation
    reached = np.zeros((size, size + 1), bool)
    reached[:, 0], before = True, 0
    while (now := int(reached.sum())) != before:
        before = now
        reached[:, 1:] |= reached[:, :-1] & right
        reached[:, :-1] |= reached[:, 1:] & right
        reached[1:] |= reached[:-1] & down
        reached[:-1] |= reached[1:] & down
    return {"crossing": float(reached[:, -1].any()), "reached": reached.mean()}


def predict(occupation, size):  # 1/2 at every size, by duality; elsewhere that of an infinite lattice
    return {"crossing": 0.5 if occupation == 0.5 else float(occupation > 0.5)}


LATTICE = Experiment(
    "percolation", numpy=draw, predict=predict, observables={"crossing": Observable("crossing probability")},
    parameters={"occupation": real(at_least=0, at_most=1, symbol="p"), "size": whole(at_least=2, default=32)})  # fmt: skip
DUALITY = Claim("duality", of=LATTICE, observable="crossing", grid={"occupation": (0.5,)}, sizes={"size": (8, 16)},
                exact=True, bounds=(0, 1), resolution=0.05,
                rivals={"a sure crossing": lambda: 1.0, "open bonds": lambda size: 0.5 + 1 / size})  # fmt: skip
