"""What `pyproject.toml` cannot say: the README of a package index, whose links lead somewhere.

In the repository they are relative. Elsewhere they lead to the repository that `project.urls` names as
`Repository`; while it names none, their words stay without a link, and pictures stay out.
"""

import re
import tomllib
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
LINK = re.compile(r"(?P<picture>!?)\[(?P<words>[^\]]*)\]\((?!https?:|mailto:|#)(?P<path>[^)]+)\)")


def readable_elsewhere(text: str, repository: str | None) -> str:
    """The README with links that hold anywhere."""

    def link(found: re.Match[str]) -> str:
        picture, words, path = found["picture"], found["words"], found["path"]
        if repository is None:
            return "" if picture else words
        return f"{picture}[{words}]({repository.rstrip('/')}/{'raw' if picture else 'blob'}/HEAD/{path})"

    return re.sub(r"\n{3,}", "\n\n", LINK.sub(link, text))


def repository() -> str | None:
    """Where the sources are published."""
    return tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["project"]["urls"].get("Repository")


if __name__ == "__main__":
    setup(
        long_description=readable_elsewhere((HERE / "README.md").read_text("utf-8"), repository()),
        long_description_content_type="text/markdown",
    )
