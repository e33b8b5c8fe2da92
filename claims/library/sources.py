"""Where the shipped claims are stated, and what is known of their observables beyond their draws, with its source.

What is known is a set of fields of `Claim`, written `**SMOOTH`: the verdict names the source among its assumptions.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "BETWEEN",
    "BOUNDED_PARTS",
    "CONCENTRATED",
    "DERIVED",
    "EDGE",
    "FLOW",
    "MESSAGES",
    "OUTLIERS",
    "PAPER",
    "SCALED",
    "SMOOTH",
    "THIN",
    "UNIT",
]  # fmt: skip

Fields = dict[str, Any]

PAPER = "Maillard & Goldt, arXiv 2605.21402"
DERIVED = "derived (docs/derivations)"

UNIT: Fields = {"bounds": (0.0, 1.0)}
"""A probability, a share, an overlap of positive matrices or of subspaces."""

CONCENTRATED: Fields = {
    "concentration": "smooth functions of Gaussian matrices concentrate: Ledoux 2001; Guionnet & Zeitouni 2000",
}
BOUNDED_PARTS: Fields = {
    "concentration": "means of many bounded parts, each of small influence, concentrate: McDiarmid 1989",
}
SMOOTH: Fields = {
    **CONCENTRATED,
    "order_source": "the mean of a linear spectral statistic is dτ + O(1), so of its density 1/d: Bai & Silverstein 2004",
}
"""Smooth functions of linear spectral statistics."""
OUTLIERS: Fields = {
    **CONCENTRATED,
    "order_source": "away from the threshold outliers and their overlaps expand in 1/d: Paul 2007; Benaych-Georges & "
    "Nadakuditi 2011",
}
THIN: Fields = {
    **CONCENTRATED,
    "order_source": "at fixed n the Gram matrix is n(1 + O(d^(-1/2))) with a mean that expands in 1/d: Wishart moments",
}
EDGE: Fields = {
    **CONCENTRATED,
    "order_source": "the largest eigenvalue fluctuates on the scale d^(-2/3): Johnstone 2001; Ma 2012",
}
SCALED: Fields = {
    "concentration": "the spiked Tracy–Widom laws have tails e^(-cx^(3/2)) and lighter: Bloemendal & Virág 2013",
    "order_source": "the scaling function is approached on the scale d^(-1/3): Bloemendal & Virág 2013",
}
FLOW: Fields = {
    **CONCENTRATED,
    "order_source": "random weights of h hidden units, W⊤W = 1 + O(h^(-1/2)) with mean 1, expand in 1/h: Wishart moments",
}
MESSAGES: Fields = {
    "concentration": "overlaps of approximate message passing concentrate: Rush & Venkataramanan 2018",
}
BETWEEN: Fields = {"bounds": (0.5, 1.0)}
"""The agreement of two coins of one bias."""
