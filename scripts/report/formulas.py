"""Statements are text with $...$ and $$...$$: turned into HTML with MathML, or into a line of plain text."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from xml.etree import ElementTree

__all__ = ["to_html", "to_text"]

FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<!\\)\$(.+?)(?<!\\)\$", re.DOTALL)
JOINED = re.compile(r'(<math(?![^>]*display="block")(?:(?!</math>).)*</math>)([.,;:?!)]+)', re.DOTALL)
"""An inline formula and the punctuation behind it, which must not begin a line."""
LONG = 24
"""Characters of a formula that need no line break."""
RELATIONS = frozenset("=≤≥<>→≈∼≪≫∝∈")
NAMESPACE = "http://www.w3.org/1998/Math/MathML"
ELEMENTS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "mpadded", "mphantom", "menclose"),
    *("mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "mover", "munder", "munderover", "mmultiscripts"),
    *("mtable", "mtr", "mtd"),
}
ATTRIBUTES = {
    *("display", "mathvariant", "form", "fence", "separator", "stretchy", "symmetric", "largeop", "accent"),
    *("movablelimits", "lspace", "rspace", "minsize", "maxsize", "mathsize", "mathcolor", "accentunder"),
    *("displaystyle", "scriptlevel", "linethickness", "notation", "width", "height", "depth", "voffset"),
    *("columnalign", "columnlines", "columnspacing", "rowlines", "rowspacing", "rowalign", "mathbackground"),
}
"""What a formula may say of its looks; a link is no such thing."""
VARIANTS = {
    "script": "SCRIPT",
    "double-struck": "DOUBLE-STRUCK",
    "fraktur": "FRAKTUR",
    "bold": "BOLD",
    "bold-italic": "BOLD ITALIC",
}
OPERATORS = {";": ";", "~": "∼", ",": ","}
ACCENTS = {
    **dict.fromkeys("^ˆ", "\u0302"),
    **dict.fromkeys("~˜", "\u0303"),
    "¯": "\u0304",
    "˙": "\u0307",
    "→": "\u20d7",
}


def to_html(statement: str) -> str:
    """The statement as HTML: text escaped, each formula as MathML.

    A formula that cannot be read is shown as its source, so that a slip in a user's LaTeX costs one formula.
    """
    page = "".join(_html(kind, piece) for kind, piece in _pieces(statement))
    return JOINED.sub(r'<span class="joined">\1\2</span>', page)


def to_text(statement: str) -> str:
    r"""The statement as one line of text, the formulas in Unicode: `$q_{\rm a}^2$` gives `q_a²`."""
    parts = (piece if kind == "text" else _text(piece) for kind, piece in _pieces(statement))
    return " ".join("".join(parts).replace("\\$", "$").split())


def _pieces(statement: str) -> list[tuple[str, str]]:
    pieces, end = [], 0
    for match in FORMULA.finditer(statement):
        pieces.append(("text", statement[end : match.start()]))
        pieces.append(("block", match[1]) if match[1] else ("inline", match[2]))
        end = match.end()
    return [*pieces, ("text", statement[end:])]


def _html(kind: str, piece: str) -> str:
    if kind == "text":
        return html.escape(piece.replace("\\$", "$"), quote=False)
    tree = _tree(piece, kind)
    if tree is None:
        return f"<code>{html.escape(piece)}</code>"
    parts = [tree] if kind == "block" else _lines(tree)
    return "<wbr />".join(ElementTree.tostring(part, encoding="unicode") for part in parts)


def _lines(tree: ElementTree.Element) -> list[ElementTree.Element]:
    """A long formula cut before its relations, where lines may break: browsers break none within `math`."""
    row = tree[0] if len(tree) == 1 and tree[0].tag == "mrow" else tree
    if len("".join(tree.itertext())) <= LONG:
        return [tree]
    parts = [ElementTree.Element("math", tree.attrib)]
    for child in row:
        piece = child
        if child.tag == "mo" and child.text in RELATIONS and len(parts[-1]):
            parts.append(ElementTree.Element("math", tree.attrib))
            piece = ElementTree.Element("mo", child.attrib | {"form": "infix"})
            piece.text = child.text
        parts[-1].append(piece)
    return parts


@lru_cache(maxsize=4096)
def _tree(source: str, kind: str) -> ElementTree.Element | None:
    """The formula's MathML in the dialect that browsers draw, or None where the LaTeX cannot be read."""
    from latex2mathml.converter import convert

    try:
        tree = ElementTree.fromstring(convert(source.strip(), display=kind))
    except Exception:  # latex2mathml raises IndexError, KeyError and its own on malformed input
        return None
    for element in tree.iter():
        element.tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
        if element.tag not in ELEMENTS:
            return None
        element.attrib = {name: value for name, value in element.attrib.items() if name in ATTRIBUTES}
        _modernise(element)
    if any((e.text or "").startswith("\\") for e in tree.iter()) or not "".join(tree.itertext()).strip():
        return None
    return tree


def _modernise(element: ElementTree.Element) -> None:
    """Write styled letters as the Unicode letters they stand for: browsers ignore `mathvariant` by now."""
    variant = VARIANTS.get(element.get("mathvariant", ""))
    if variant and element.text:
        element.text = "".join(_letter(c, variant) for c in element.text)
        del element.attrib["mathvariant"]
    if element.tag == "mi" and element.text in OPERATORS:
        element.tag, element.text = "mo", OPERATORS[element.text]


def _letter(character: str, variant: str) -> str:
    case = "CAPITAL" if character.isupper() else "SMALL"
    name = unicodedata.name(character, "").removeprefix("GREEK ")
    short = name.removeprefix(f"LATIN {case} LETTER ").removeprefix(f"{case} LETTER ")
    for candidate in (f"MATHEMATICAL {variant} {case} {short}", f"{variant} {case} {short}"):
        try:
            return unicodedata.lookup(candidate)
        except KeyError:
            continue
    return character


def _text(source: str) -> str:
    tree = _tree(source, "inline")
    return source if tree is None else _flat(tree)


def _flat(element: ElementTree.Element) -> str:
    parts = [_flat(child) for child in element]
    own = {"mspace": " "}.get(element.tag, element.text or "")
    match element.tag, parts:
        case "mfrac", [over, under]:
            return f"{_group(over)}/{_group(under)}"
        case "msqrt", _:
            return f"√{_group(''.join(parts))}"
        case "mover", [base, accent]:
            mark = ACCENTS.get(accent.strip())
            return unicodedata.normalize("NFC", base + mark) if mark and len(base) == 1 else f"{base}{accent}"
        case (("msub" | "munder"), [base, low]):
            return base + _below(low)
        case "msup", [base, high]:
            return base + _above(high)
        case (("msubsup" | "munderover"), [base, low, high]):
            return base + _below(low) + _above(high)
        case "mo", _ if own in "=<>≤≥≪≫∼≈→∈≠≍∝" and own:
            return f" {own} "
        case _:
            return own + "".join(parts)


def _group(inner: str) -> str:
    simple = len(inner) <= 1 or inner.isalnum() or (inner[0] == "(" and inner.find(")") == len(inner) - 1)
    return inner if simple else f"({inner})"


SUPERSCRIPTS = str.maketrans("0123456789+−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _above(high: str) -> str:
    raised = high.translate(SUPERSCRIPTS)
    return raised if not set(raised) & set(high) else "^" + _group(high)


def _below(low: str) -> str:
    lowered = low.translate(SUBSCRIPTS)
    return lowered if not set(lowered) & set(low) else "_" + _group(low)
