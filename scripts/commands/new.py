"""`lingen new FILE.py`: an experiment and a claim to start from."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["new"]

TEMPLATE = '''"""My theorem: lingen verify FILE.py; lingen sweep FILE.py --spread 0.5:2:4 --size 64,128"""

import jax
import jax.numpy as jnp

from lingen import Claim, Experiment, real, whole


def simulate(key, spread, size):  # one draw, in JAX: another key gives another; numbers or arrays, by name
    x = jax.random.uniform(key, (size,), minval=-spread / 2, maxval=spread / 2)
    return {{"variance": jnp.mean((x - jnp.mean(x)) ** 2)}}


def predict(spread, size):  # what theory says the mean of the draws is: here as size -> infinity
    return {{"variance": spread**2 / 12}}


MODEL = Experiment(  # both, as functions of the same parameters: it can be swept, inferred from and plotted
    "{name}", simulate=simulate, predict=predict,
    parameters={{"spread": real(above=0, symbol="a"), "size": whole(at_least=2, default=64)}})
CLAIM = Claim(  # that the one holds for the other, at these points; the limit is extrapolated from the sizes
    "{name}", of=MODEL, grid={{"spread": (0.5, 1.0, 2.0)}}, sizes={{"size": (64, 128, 256)}},
    title="The variance of uniform numbers",
    statement=r"The sample variance of uniform numbers on an interval of length $a$ tends to $a^2/12$.",
    rivals={{"a triangular law": lambda spread: spread**2 / 24}},  # what the same draws must refute
    # What draws cannot tell, if it is known. Without these two nothing is assumed, at the cost of draws.
    concentration="a mean of bounded independent numbers", order_source="E[S] = (1 - 1/size) a^2 / 12")
'''


def new(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.py", help="The file to write; must not be there yet.")
    ],
) -> None:
    """Write an experiment and a claim to start from: a draw, a prediction, a rival, which holds.

    Exit code 0 when it is written, 2 for bad usage. A file that is there already is never written over.
    """
    name = re.sub(r"[\W_]+", "-", file.stem).strip("-")
    if file.suffix != ".py" or not name:
        raise ValueError(f"FILE.py must end in .py, got {file}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(TEMPLATE.format(name=name))
    except OSError as error:
        if file.exists():
            raise ValueError(f"FILE.py must be a new file, got {file}: it is there already") from None
        raise ValueError(f"FILE.py {file}: cannot write there ({error.strerror or error})") from None
    path = shlex.quote(str(file))
    typer.echo(
        f"{file}: check it with `lingen verify {path}`, sweep it with `lingen sweep {path} --spread 0.5:2:4`"
    )
