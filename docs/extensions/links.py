"""Every link of a built site leads somewhere within it, and every page can be reached from the first.

Usage: python links.py FOLDER. Addresses elsewhere are not visited: what they answer is no fault of a change.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ALONE = {"search.html", "genindex.html", "py-modindex.html", "_modules/index.html"}
"""Pages of Sphinx that no page leads to; the overview of sources names modules that have none."""


class Page(HTMLParser):
    """The names and the links of a page; what `main` holds, apart from the list of pages at the side."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.names |= {known[name] for name in ("id", "name") if known.get(name)}
        address = known.get("href") if tag in ("a", "link") else known.get("src")
        if address:
            self.links.append(address)


def faults(folder: Path) -> list[str]:
    """What is wrong with the links of the site, a line each."""
    pages = {file: Page(file) for file in folder.rglob("*.html") if "_static" not in file.parts}
    found, reached, ahead = [], set(), [folder / "index.html"]
    for file, page in pages.items():
        if file == folder / "_modules" / "index.html":
            continue
        found += [
            f"{file.relative_to(folder)}: {link}: {why}"
            for link in page.links
            if (why := wrong(link, file, pages))
        ]
    while ahead:
        file = ahead.pop()
        if file in pages and file not in reached:
            reached.add(file)
            ahead += [target(link, file)[0] for link in pages[file].links if not urlsplit(link).scheme]
    orphans = {str(file.relative_to(folder)) for file in set(pages) - reached} - ALONE
    return found + [f"{name}: no page leads to it" for name in sorted(orphans)]


def wrong(link: str, file: Path, pages: dict[Path, Page]) -> str:
    """Why a link leads nowhere; empty if it leads somewhere, or out of the site."""
    if urlsplit(link).scheme:
        return ""
    where, name = target(link, file)
    if not where.exists():
        return "no such file"
    return f"no {name!r} there" if name and where in pages and name not in pages[where].names else ""


def target(link: str, file: Path) -> tuple[Path, str]:
    """The file and the place in it that a link means."""
    parts = urlsplit(link)
    path = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    return path, unquote(parts.fragment)


def main() -> int:
    """Print what is wrong."""
    found = faults(Path(sys.argv[1]).resolve())
    print("\n".join(found) or "every link leads somewhere")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
