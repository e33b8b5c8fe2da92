"""The figure of the README: convergence and recovery against the load, theory and simulation.

Run from anywhere: `python docs/figures/two_objectives.py`; it writes two-objectives.svg beside itself.
"""

from pathlib import Path

import jax
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from lingen.models import population
from lingen.sims import decoupling
from lingen.sims.engine.ensemble import ensemble
from lingen.theory import convergence, recovery

STRENGTH, DIM, DRAWS = 2.0, 100_000, 64
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#999999"


def main() -> None:
    latent = population.spiked([STRENGTH])
    loads = np.geomspace(0.03, 8, 2000)
    points = 2.0 ** np.arange(-4.5, 3.1, 0.75)
    draws = [
        ensemble(decoupling.sampler(latent, DIM, load, method="krylov"), jax.random.key(i), DRAWS)
        for i, load in enumerate(points)
    ]
    plt.rcParams.update({"font.size": 10, "svg.fonttype": "path", "svg.hashsalt": "lingen"})
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    axes.axvline(STRENGTH**-2, color=GREY, linewidth=1, linestyle=":")
    axes.annotate(
        r"$\gamma_c=1/\theta^2$",
        (STRENGTH**-2, 0.93),
        xytext=(6, 0),
        textcoords="offset points",
        color="#555555",
    )
    curves = (
        (
            BLUE,
            "convergence $q$ of two models",
            convergence.overlap(latent, loads),
            [d.convergence for d in draws],
        ),
        (
            ORANGE,
            "recovery $Q$ of the latent",
            recovery.recovery(latent, loads)[:, 0],
            [d.recovery[:, 0] for d in draws],
        ),
    )
    for colour, label, line, samples in curves:
        axes.plot(loads, line, color=colour, label=label)
        means = [s.mean() for s in samples]
        errors = [2 * s.std(ddof=1) / len(s) ** 0.5 for s in samples]
        axes.errorbar(points, means, errors, fmt="o", markersize=4, color=colour, capsize=2)
    axes.set(xscale="log", xlabel=r"load $\gamma=n/d$", ylabel="overlap", ylim=(-0.02, 1.02), xlim=(0.03, 8))
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(Path(__file__).with_name("two-objectives.svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
