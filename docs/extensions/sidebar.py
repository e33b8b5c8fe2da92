"""The list of pages at the side opens where the reader is: the whole of it would take most of a build."""

from __future__ import annotations


def setup(app):
    """Stand before the theme, which asks for the whole."""
    app.connect("html-page-context", collapse, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def collapse(app, pagename, templatename, context, doctree) -> None:
    """Let the page's list of pages be that of its own branch."""
    whole = context.get("toctree")
    if whole is not None:
        context["toctree"] = lambda **options: whole(**options | {"collapse": True})
