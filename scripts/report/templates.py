"""The report's templates and its style, filled in."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["asset", "filled", "style"]


def filled(name: str, /, **values: Any) -> str:
    """A template with these values."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_read),
    )
    return environment.get_template(name).render(values)


def style(within: str = "") -> Markup:
    """The style sheet, of a whole page or of what lies within a selector alone."""
    text = _read("report.css")
    if not within:
        return Markup(text)
    return Markup(
        f"{within} {{\nfont: 1rem/1.6 var(--serif); color: var(--ink);\n{text.replace(':root', '&')}\n}}"
    )


def asset(name: str) -> Markup:
    """A style or a script as it stands."""
    return Markup(_read(name))


def _read(name: str) -> str:
    return (files("lingen.scripts.report") / "assets" / name).read_text("utf-8")
