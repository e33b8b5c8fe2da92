"""Statements as HTML with MathML and as plain text."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from lingen.claims.library import registry
from lingen.scripts.report.formulas import to_html, to_text


@pytest.mark.parametrize("claim", registry.all_claims(), ids=lambda claim: claim.name)
def test_every_formula_of_every_claim_is_rendered(claim):
    for text in (claim.title, claim.statement, claim.reference, *claim.rivals):
        html = to_html(text)
        assert "<code>" not in html
        pieces = html.count("<wbr")  # a long formula is several, with places to break a line
        assert html.count("<math") - pieces == text.replace("$$", "$").replace(r"\$", "").count("$") / 2
        ElementTree.fromstring(f"<p>{html}</p>")


def test_punctuation_stays_with_its_formula():
    html = to_html("For $x=1$, so. Then $y$.")
    assert html.count('<span class="joined"><math') == 2
    assert "</math>,</span>" in html
    assert "</math>.</span>" in html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"$\tau(x^2)=\gamma^2$", "τ(x²) = γ²"),
        (r"$q_{\rm chol}=1-1/(2\gamma)$", "q_chol = 1−1/(2γ)"),
        (r"$\frac{a+b}{c}$ and $\sqrt{u^\top u}$", "(a+b)/c and √(u^⊤u)"),
        (r"$\bar g_k^2\to\hat\Pi$", "ḡ_k² → Π̂"),
        (r"$\sigma_k=k^{-3/2}$", "σ_k = k^(−3/2)"),
        (r"costs \$5, no formula", "costs $5, no formula"),
        (r"a lone $ stays", "a lone $ stays"),
    ],
)
def test_plain_text(source, text):
    assert to_text(source) == text


@pytest.mark.parametrize(
    "broken", [r"\frac{", r"\notacommand x", r"\text{<script>alert(1)</script>}", r"a & b", " "]
)
def test_a_formula_that_cannot_be_read_is_shown_as_its_source(broken):
    html = to_html(f"before ${broken}$ after")
    assert "<math" not in html
    assert "<script" not in html
    ElementTree.fromstring(f"<p>{html}</p>")
    assert html.startswith("before <code>")


def test_text_around_formulas_is_escaped():
    assert to_html("a < b & c $x$").startswith("a &lt; b &amp; c <math")


def test_styled_letters_are_unicode_letters():
    html = to_html(r"$\mathcal{N}\mathbb{E}\boldsymbol{x}\mathcal{L}$")
    assert all(letter in html for letter in "𝒩𝔼𝒙ℒ")
    assert "script" not in html
