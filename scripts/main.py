"""`lingen`: the command line. Commands import what is heavy, so help and bad usage answer at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NoReturn

import typer

from lingen import __version__
from lingen.machine.characters import visible
from lingen.machine.interruption import interrupted
from lingen.scripts.commands.cite import cite
from lingen.scripts.commands.explore import explore
from lingen.scripts.commands.figures import figures
from lingen.scripts.commands.infer import infer
from lingen.scripts.commands.list_names import list_names
from lingen.scripts.commands.new import new
from lingen.scripts.commands.plot import plot
from lingen.scripts.commands.predict import predict
from lingen.scripts.commands.sweep import CONTEXT, sweep
from lingen.scripts.commands.train import train
from lingen.scripts.commands.verify import verify
from lingen.scripts.terminal.consoles import tolerate
from lingen.scripts.terminal.exit_codes import BAD_USAGE, INTERRUPTED
from lingen.scripts.terminal.flags import as_typed
from lingen.scripts.terminal.help import TRUST, shown, told
from lingen.scripts.terminal.interrupts import KEPT, leave, listen

__all__ = ["app", "main", "run"]

COMPLETING = "_LINGEN_COMPLETE"

app = typer.Typer(
    name="lingen",
    help="Verify theorems about generative models numerically: predictions beside simulations, with error "
    "bars and controlled error rates.",
    epilog=TRUST,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS: dict[str, Callable[..., Any]] = {
    "list": list_names,
    "new": new,
    "verify": verify,
    "predict": predict,
    "sweep": sweep,
    "infer": infer,
    "plot": plot,
    "figures": figures,
    "train": train,
    "explore": explore,
    "cite": cite,
}
HOW: dict[str, dict[str, Any]] = {
    "sweep": {"context_settings": CONTEXT, "options_metavar": "NAME|FILE.py [OPTIONS]"}
}
for name, command in COMMANDS.items():
    app.command(name, **told(name, command), **HOW.get(name, {}))(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lingen {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Options before the command."""


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; whatever is wrong with the input ends in one line."""
    command = None
    try:
        command = _command()
        for before, argument in zip(("the command", *arguments), arguments, strict=False):
            if not argument or (argument.endswith("=") and argument.startswith("--")):
                words = f"{argument.rstrip('=') or before} must be followed by something, got ''"
                return _fail(words, BAD_USAGE)
        with command.make_context("lingen", list(arguments) or ["--help"]) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _fail(KEPT, INTERRUPTED)
    except BrokenPipeError:
        return _close_pipe()
    except Exception as error:
        if interrupted(error):
            return _fail(KEPT, INTERRUPTED)
        if os.environ.get("LINGEN_DEBUG"):
            raise
        return _fail(as_typed(_words(error), _parameters(command, arguments)), BAD_USAGE)
    return 0


def run() -> NoReturn:
    """The entry point `lingen`."""
    if os.environ.get(COMPLETING):  # a shell asks what may follow
        _command().main(prog_name="lingen")
    tolerate()
    stop = listen()
    code = leave(main(sys.argv[1:]))
    stop()
    sys.exit(code)


def _command() -> Any:
    """The command line."""
    return shown(typer.main.get_command(app))


def _parameters(command: Any, arguments: Sequence[str]) -> Sequence[Any]:
    """What the command that was named can be given."""
    known = getattr(command, "commands", {})
    return next((known[word].params for word in arguments if word in known), ())


def _words(error: Exception) -> str:
    """One line for one error; its kind is named where the message alone would not explain itself."""
    if hasattr(error, "format_message"):  # bad usage found by typer
        text = error.format_message()
    elif isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    elif isinstance(error, ValueError | OSError):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {error} (LINGEN_DEBUG=1 shows where)"
    return " ".join(text.split())


def _fail(message: str, code: int) -> int:
    print(f"error: {visible(message)}", file=sys.stderr)
    return code


def _close_pipe() -> int:
    """Let `lingen list | head` end quietly: nothing more can be written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
