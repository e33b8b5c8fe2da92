"""`lingen new FILE.py`: a claim file to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["new"]

TEMPLATE = '''"""My theorem, as `lingen verify` checks it."""

import jax
import jax.numpy as jnp

from lingen.claims import Claim


def predict(spread):
    """The statement in numbers, for every point of the grid below: what holds as dim -> infinity."""
    return spread**2 / 12


def simulate(key, dim, spread):
    """One draw at a finite size, in JAX: another key gives another draw. Its mean is compared."""
    x = jax.random.uniform(key, (dim,), minval=-spread / 2, maxval=spread / 2)
    return jnp.mean((x - jnp.mean(x)) ** 2)


CLAIM = Claim(
    name="{name}",
    title="The variance of uniform numbers",
    statement=r"The sample variance of $d$ uniform numbers on an interval of length $a$ tends to $a^2/12$.",
    predict=predict,
    simulate=simulate,
    grid={{"spread": (0.5, 1.0, 2.0)}},  # every parameter of both functions but the size
    dims=(64, 128, 256),  # sizes, from which the limit is extrapolated
    rivals={{"a triangular law": lambda spread: spread**2 / 24}},  # what the same draws must refute
    # What draws cannot tell, if it is known. Without these lines nothing is assumed, at the cost of draws.
    concentration="a mean of bounded independent numbers",
    order_source="E[S] = (1 - 1/d) a^2 / 12",
)
'''


def new(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.py", help="The file to write; must not be there yet.")
    ],
) -> None:
    """Write a claim to start from: a statement, a prediction, a simulation and a rival, which holds as it is.

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
    typer.echo(f"{file}: check it with `lingen verify {file}`")
