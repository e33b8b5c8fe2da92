"""Bond percolation on L rows of L + 1 sites, in plain NumPy: do open bonds join the left side and the right?"""

import numpy as np

from lingen import Claim, Experiment, Observable, real, whole


def draw(rng, occupation, size):
    right, down = rng.random((size, size)) < occupation, rng.random((size - 1, size + 1)) < occupation
    reached = np.zeros((size, size + 1), bool)
    reached[:, 0], count = True, 0
    while (now := int(reached.sum())) != count:
        count = now
        reached[:, 1:] |= reached[:, :-1] & right
        reached[:, :-1] |= reached[:, 1:] & right
        reached[1:] |= reached[:-1] & down
        reached[:-1] |= reached[1:] & down
    return {"crossing": float(reached[:, -1].any()), "reached": reached.mean()}


def predict(occupation, size):
    """At 1/2 exactly 1/2, for every size: either open bonds cross, or closed ones of the dual lattice."""
    return {
        "crossing": 0.5 if occupation == 0.5 else float(occupation > 0.5)
    }  # elsewhere: of an infinite lattice


PARAMETERS = {
    "occupation": real(at_least=0, at_most=1, symbol="p"),
    "size": whole(at_least=2, symbol="L", default=32),
}
SHOWN = {
    "crossing": Observable("crossing probability"),
    "reached": Observable("share of sites joined to the left side"),
}
LATTICE = Experiment("percolation", parameters=PARAMETERS, numpy=draw, predict=predict, observables=SHOWN)
CLAIM = Claim(
    "duality",
    of=LATTICE,
    observable="crossing",
    grid={"occupation": (0.5,)},
    sizes={"size": (8, 16)},
    exact=True,
    bounds=(0, 1),
    resolution=0.05,
    rivals={"sure": lambda: 1.0, "a square of as many sites": lambda size: 0.5 + 0.5 / size},
)
