"""The example of the README runs, and what it points to exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_example_states_what_holds():
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert code.count("assert") == 3
    assert len(code.splitlines()) <= 15
    exec(compile(code, "README.md", "exec"), {})


def test_every_link_of_the_readme_exists():
    targets = [t for t in re.findall(r"\]\(([^)]+)\)", README) if not t.startswith("http")]
    assert targets
    assert [t for t in targets if not (ROOT / t).exists()] == []
