"""Formulas of the pages as MathML, which browsers draw by themselves: no script, no font, no network."""

from __future__ import annotations

from docutils import nodes
from sphinx.util import logging

from lingen.scripts.report.formulas import to_html

LOG = logging.getLogger(__name__)


def setup(app):
    """Register the renderer `mathml`."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def inline(writer, node):
    """A formula in a line of text."""
    writer.body.append(f'<span class="math notranslate nohighlight">{drawn(node, "$")}</span>')
    raise nodes.SkipNode


def block(writer, node):
    """A formula on lines of its own."""
    identity = "".join(f' id="{name}"' for name in node.get("ids", [])[:1])
    writer.body.append(f'<div class="math notranslate nohighlight"{identity}>{drawn(node, "$$")}</div>\n')
    raise nodes.SkipNode


def drawn(node, mark: str) -> str:
    """The formula as MathML; one that cannot be read is a warning, and so no page in a strict build."""
    found = to_html(f"{mark}{node.astext()}{mark}")
    if "<math" not in found:
        LOG.warning("this formula cannot be read: %s", node.astext(), location=node)
    return found
