"""The command line around the commands: help, version, list, usage errors, terminals of any width."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from lingen import __version__
from lingen.claims.library import registry
from lingen.experiments import library
from lingen.scripts import main as entry
from lingen.scripts.checking.one import part_of_time
from lingen.scripts.commands.list_names import list_names
from lingen.scripts.main import main

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frobnicate"], "frobnicate"),
        (["--nonsense"], "--nonsense"),
        (["list", "extra", "more"], "more"),
        (
            ["list", "recovry"],
            "NAME must be that of a claim or an experiment, got 'recovry'; did you mean recovery",
        ),
        (["verify", "--report"], "--report"),
    ],
)
def test_bad_usage_is_one_line(capsys, arguments, words):
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert words in err
    assert err.count("\n") == 1


def test_version_and_help(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"lingen {__version__}\n"
    assert main([]) == 0
    overview = capsys.readouterr().out
    assert all(word in overview for word in ("list", "verify"))
    assert main(["verify", "--help"]) == 0
    assert "--resolution" in capsys.readouterr().out


def test_shells_complete_commands_and_words_though_no_option_is_listed(lingen):
    for words, place, expected in (
        ("lingen ver", 1, ["verify"]),
        ("lingen train --preset ", 3, ["tiny", "compact", "medium", "small", "full"]),
        ("lingen infer --model cr", 3, ["critical"]),
        ("lingen figures --format pdf,s", 3, ["pdf,svg"]),
        ("lingen cit", 1, ["cite"]),
        ("lingen cite --format b", 3, ["bibtex"]),
    ):
        asked = {"_LINGEN_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
        done = lingen(**asked)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == expected
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # or it asks which shell runs the tests
    assert "COMP_WORDS" in lingen("--show-completion", "bash", **named).stdout
    assert "completion" not in lingen("--help").stdout


def test_words_of_options_are_those_known_below():
    from lingen.claims.inference.choices import MODELS
    from lingen.experiments.ladder.presets import PRESETS
    from lingen.scripts.commands.options import words
    from lingen.scripts.commands.verify import SECONDS
    from lingen.scripts.plots.style import WIDTHS

    assert set(words.LawName) == set(MODELS)
    assert set(words.PresetName) == set(PRESETS)
    assert set(words.BudgetName) == set(SECONDS)
    assert set(words.WidthName) == set(WIDTHS)


@pytest.mark.parametrize("command", ["verify", "predict", "train"])
def test_the_output_folder_is_called_out_everywhere(capsys, command):
    assert main([command, "--help"]) == 0
    told = capsys.readouterr().out
    assert "--out" in told
    assert "--report" in told


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("load must be\n positive"), "load must be positive"),
        (FileNotFoundError(2, "No such file or directory", "a.npy"), "a.npy: No such file or directory"),
        (OSError("full"), "full"),
        (TypeError("no"), "TypeError: no (LINGEN_DEBUG=1 shows where)"),
    ],
)
def test_an_error_of_any_kind_is_one_line(monkeypatch, capsys, error, line):
    class Command:
        params = ()

        def make_context(self, *_, **__):
            raise error

    monkeypatch.setattr(entry.typer.main, "get_command", lambda app: Command())
    monkeypatch.delenv("LINGEN_DEBUG", raising=False)
    assert main(["list"]) == 2
    assert capsys.readouterr().err == f"error: {line}\n"


def test_list_names_every_claim_with_statement_and_reference(capsys):
    list_names()
    lines = capsys.readouterr().out.splitlines()
    names = [claim.name for claim in registry.all_claims()] + list(library.names())
    assert [line.split()[0] for line in lines[::3]] == names
    assert len(lines) == 3 * len(names)
    assert not any("\\" in line or "$" in line for line in lines)


def test_list_as_json(capsys):
    list_names(as_json=True)
    records = json.loads(capsys.readouterr().out)
    claims = [record for record in records if record["kind"] == "claim"]
    assert [record["name"] for record in claims] == list(registry.names())
    assert all(record["text"] and record["reference"] and record["section"] for record in claims)
    list_names(experiments=True, as_json=True)
    experiments = json.loads(capsys.readouterr().out)
    assert [*claims, *experiments] == records
    assert [record["name"] for record in experiments] == list(library.names())
    (recovery,) = (record for record in experiments if record["name"] == "recovery")
    assert recovery["parameters"]["load"]["allowed"] == "above 0"


def listed(capsys, *words: str) -> list[str]:
    assert main(["list", "--json", *words]) == 0
    return [record["name"] for record in json.loads(capsys.readouterr().out)]


def test_list_by_section_and_words(capsys):
    in_c = [claim.name for claim in registry.all_claims() if claim.section == "C"]
    assert listed(capsys, "--section", "C") == listed(capsys, "--section", "c") == in_c
    powers = listed(capsys, "--section", "C", "power")
    assert {"power-law", "convergence-power-law"} <= set(powers) < set(in_c)
    assert set(listed(capsys, "--section", "C", "POWER", "law")) <= set(powers)
    everywhere = listed(capsys, "exponent")
    assert "recovery" in everywhere  # an experiment, whose parameter it is
    assert listed(capsys, "--experiments", "exponent") == [n for n in everywhere if n in library.names()]
    assert listed(capsys, "recovery", "leakage-blind") == ["leakage-blind", "recovery"]


def test_list_tells_all_about_one(capsys, tmp_path):
    assert main(["list", "recovery"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "recovery  [experiment]"
    assert "    --load      γ, load γ = n/d, real, above 0, default 1.0" in lines
    assert main(["list", "leakage-blind"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "leakage-blind  [claim, section M]"
    assert "    scale = 0.5, 2" in lines
    assert main(["list", "leakage-blind", "--experiments"]) == 2
    assert "got leakage-blind, which is a claim" in capsys.readouterr().err
    assert main(["list", str(EXAMPLES / "ising_chain.py")]) == 0
    text = capsys.readouterr().out
    assert "ring  [claim]" in text
    assert "correlation: correlation, along distance" in text
    assert main(["list", str(EXAMPLES / "ising_chain.py::ising-chain")]) == 0
    assert capsys.readouterr().out.startswith("ising-chain  [experiment]")
    assert main(["list", str(tmp_path / "none.py")]) == 2
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("width", [40, 80, 120])
def test_list_on_a_terminal_keeps_every_word(monkeypatch, width):
    screen = io.StringIO()
    monkeypatch.setattr(
        "rich.console.Console",
        lambda **_: Console(file=screen, force_terminal=True, width=width, no_color=True),
    )
    list_names()
    text = screen.getvalue()
    for claim in registry.all_claims():
        assert claim.name in "".join(text.split()), claim.name


def test_no_claim_takes_the_time_of_those_after_it():
    assert part_of_time(1) == 1.0
    assert [part_of_time(n) for n in (2, 3, 10, 1000)] == [0.5, 0.5, 0.4, 0.25]
