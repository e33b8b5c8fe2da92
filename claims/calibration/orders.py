"""Planted finite-size terms: of an order that is not known, that is one of several, or that is called what it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lingen.claims.calibration import laws
from lingen.claims.calibration.families import FAR, LARGE, LIGHT, PROVED, SIZES, Family

__all__ = ["ORDERS", "UNTRUE"]


def _term(power: float, dims: tuple[int, ...]) -> Callable[[int], float]:
    """b d^{−p}, with b such that the extrapolation in 1/d is 3 % off."""
    return _scaled_term(lambda d: d**-power, dims)


def _scaled_term(shape: Callable[[float], float], dims: tuple[int, ...]) -> Callable[[int], float]:
    d = np.asarray(dims, float)
    line = np.polynomial.Polynomial.fit(1 / d, [shape(x) for x in d], 1)(0.0)
    return lambda dim: 0.03 * shape(float(dim)) / float(line)


def _orders() -> list[Family]:
    powers = {"1/4": 0.25, "1/3": 1 / 3, "1/2": 0.5, "2/3": 2 / 3, "3/2": 1.5}
    found = [
        Family(f"d^(−{word}), d = {dims[0]} to {dims[-1]}", "order", laws.normal(0.01), _term(p, dims), dims)
        for word, p in powers.items()
        for dims in (SIZES, LARGE)
    ]
    found += [
        Family(f"d^(−{word}), sizes that reach it", "order", laws.normal(0.01), _term(p, SIZES), FAR)
        for word, p in powers.items()
    ]
    others: list[tuple[str, Callable[[float], float]]] = [
        ("log d / d", lambda d: np.log(d) / d),
        ("d^(−1/2) + 4/d", lambda d: d**-0.5 + 4 / d),
        ("d^(−1/2) − 2/d", lambda d: d**-0.5 - 2 / d),
        ("1/d + 20/d²", lambda d: 1 / d + 20 / d**2),
        ("log² d / d", lambda d: np.log(d) ** 2 / d),
        ("d^(−1/2) log d", lambda d: np.log(d) * d**-0.5),
    ]
    found += [Family(name, "order", laws.normal(0.01), _scaled_term(f, SIZES), SIZES) for name, f in others]
    found += [
        Family("1/d, nothing proved", "order", laws.normal(0.02), lambda d: 0.5 / d, SIZES),
        Family("1/d, nothing proved, far", "order", laws.normal(0.05), lambda d: 0.5 / d, LARGE),
        Family("an alternating 0.2/d", "order", laws.normal(0.01), lambda d: 0.2 * (-1) ** int(np.log2(d)) / d, SIZES),
        Family("d^(−1/2), two sizes", "order", laws.normal(0.01), _term(0.5, SIZES), (64, 256)),
        Family("d^(−1/2), thirty sizes", "order", laws.normal(0.01), _term(0.5, SIZES), tuple(range(64, 256, 6))),
        Family("d^(−1/2), bounded", "order", lambda r, n: 0.99 + 0.02 * r.uniform(size=n), _term(0.5, SIZES), SIZES,
               declared={"bounds": (0.9, 1.2)}),
    ]  # fmt: skip
    return found


def _candidates() -> list[Family]:
    """Several orders are stated, one of which is right."""

    def stated(*orders: Any) -> dict[str, Any]:
        return {**LIGHT, "orders": orders}

    both = lambda d: d**-0.5 + 4 / d  # noqa: E731
    return [
        Family("d^(−1/2) of 1/3, 1/2, 1", "order", laws.normal(0.01), _term(0.5, SIZES), SIZES,
               declared=stated(1 / 3, 1 / 2, 1)),
        Family("d^(−1/3) of 1/3, 1/2, 1, far", "order", laws.normal(0.01), _term(1 / 3, SIZES), FAR,
               declared=stated(1 / 3, 1 / 2, 1)),
        Family("1/d of 1/2, 1, noisy", "order", laws.normal(0.1), lambda d: 1 / d, SIZES, declared=stated(1 / 2, 1)),
        Family("d^(−1/2) + 4/d of 1, 1/2 with 1", "order", laws.normal(0.01), _scaled_term(both, SIZES), (*SIZES, 512),
               declared=stated(1, (1 / 2, 1))),
    ]  # fmt: skip


def _untrue() -> list[Family]:
    """What declarations cost that are not true: no promise holds here."""
    return [
        Family("d^(−1/2), called proved as 1/d", "untrue", laws.normal(0.01), _term(0.5, SIZES), SIZES, declared=PROVED),
        Family("a jump of 1 %, called light", "untrue", laws.jump(0.01, 1e-3), declared=LIGHT),
        Family("Student 1.5, called light", "untrue", laws.student(1.5, 0.05), declared=LIGHT),
    ]  # fmt: skip


ORDERS: tuple[Family, ...] = (*_orders(), *_candidates())
UNTRUE: tuple[Family, ...] = tuple(_untrue())
