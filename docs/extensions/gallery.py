"""The gallery: one page a claim, made from the report that `lingen verify` wrote.

A page shows the statement, the figure and the verdict as the report has them, the derivation, and the code of
prediction, simulation and rivals. The report is the folder `lingen_verdicts` of the configuration.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

from parts import told
from reference import put, toctree

from lingen.claims.claim import Claim
from lingen.claims.library.registry import SECTIONS, all_claims
from lingen.scripts.report.entry import slug
from lingen.scripts.report.formulas import to_text

ARTICLE = re.compile(r'<article id="claim-\d+-[^"]*".*?</article>', re.DOTALL)
NAME = re.compile(r'<a class="anchor"[^>]*>([^<]*)</a>')
HEADER = re.compile(r"<header>.*?</header>", re.DOTALL)
BADGE = re.compile(r'<span class="badge[^>]*>.*?</span>', re.DOTALL)
FIGURE = re.compile(
    r'<figure><img src="data:image/svg\+xml;base64,([^"]*)" alt="([^"]*)".*?</figure>', re.DOTALL
)
STATEMENT = re.compile(r"\b[A-Z]\d+\b")
NONE = "No verdict in this build: `lingen verify {name}` gives one."
OPENING = """# Gallery of claims

Every claim that ships: statement, derivation, figure, verdict, and the code of its three parts.
{about}

"""


def setup(app):
    """Write the pages before Sphinx looks for any."""
    app.add_config_value("lingen_verdicts", "../report", "env", types=(str,))
    app.connect("builder-inited", begin)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def begin(app) -> None:
    """The pages of the claims, from the report that the configuration names."""
    here = Path(app.srcdir)
    put(here / "generated" / "gallery", pages(here / app.config.lingen_verdicts, here / "derivations"))


def pages(report: Path, derivations: Path) -> dict[str, str | bytes]:
    """The files of the gallery by name."""
    shown = articles(report)
    files: dict[str, str | bytes] = {}
    listed = dict.fromkeys(SECTIONS, "")
    for claim in all_claims():
        article, name = shown.get(claim.name, ""), slug(claim.name)
        figure = FIGURE.search(article)
        if figure:
            files[f"{name}.svg"] = base64.b64decode(figure[1])
        files[f"{name}.md"] = page(claim, article, figure, headings(derivations, claim))
        listed[claim.section] += f"{name}\n"
    tables = [f"## {SECTIONS[letter]}\n\n{toctree([names])}" for letter, names in listed.items() if names]
    files["index.md"] = OPENING.format(about=about(report)) + "\n".join(tables)
    return files


def articles(report: Path) -> dict[str, str]:
    """What the report says of each claim."""
    if not (report / "index.html").exists():
        return {}
    found = ARTICLE.findall((report / "index.html").read_text("utf-8"))
    return {NAME.search(article)[1]: article for article in found}


def about(report: Path) -> str:
    """Where the verdicts come from."""
    if not (report / "verdicts.json").exists():
        return "This build was given no verdicts."
    known = json.loads((report / "verdicts.json").read_text("utf-8"))
    counts = ", ".join(f"{count} {word}" for word, count in known["counts"].items() if count)
    versions = ", ".join(f"{name} {version}" for name, version in known["versions"].items())
    return (
        f"Verdicts of {known['date'][:10]} ({counts}): {known['hardware']}, seed {known['seed']}, {versions}."
    )


def page(claim: Claim, article: str, figure: re.Match | None, derived: list[str]) -> str:
    """All about one claim, as MyST Markdown."""
    parts = [f"# {to_text(claim.title)}", f"`{claim.name}`"]
    badge = BADGE.search(article)
    parts.append(raw(f'<p class="verdict">{badge[0]}</p>') if badge else NONE.format(name=claim.name))
    if figure:
        words = figure[2].replace("\n", " ")
        parts.append(f"```{{image}} {slug(claim.name)}.svg\n:alt: {words}\n:class: claim-figure\n```")
    if article:
        parts.append(raw(FIGURE.sub("", HEADER.sub("", article))))
    else:
        parts += [claim.statement, claim.reference]
    if derived:
        parts.append("## Derivation\n\n" + "\n".join(f"- {link}" for link in derived))
    parts += [f"## {title}\n\n{words}" for title, words in told(claim)]
    return "\n\n".join(parts) + "\n"


def raw(text: str) -> str:
    """HTML that stands as it is."""
    inner = "\n".join(line for line in text.splitlines() if line.strip())
    return f'````{{raw}} html\n<div class="claim">{inner}</div>\n````'


def headings(derivations: Path, claim: Claim) -> list[str]:
    """Links to where its statements are derived; to the page of its section if it names none."""
    file = derivations / f"{claim.section}.md"
    if not file.exists():
        return []
    wanted = set(STATEMENT.findall(f"{claim.reference} {claim.title}"))
    lines = [line[3:] for line in file.read_text("utf-8").splitlines() if line.startswith("## ")]
    found = [line for line in lines if wanted & set(STATEMENT.findall(line))]
    title = SECTIONS[claim.section]
    return [f"[{title}](../../derivations/{file.name})" + (": " + "; ".join(found) if found else "")]
