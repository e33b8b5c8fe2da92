"""`python -m lingen` is the command `lingen`."""

import sys

__all__ = ["run"]


def run() -> None:
    """The entry point: an interrupt while commands are still being imported ends in one line too."""
    try:
        from lingen.scripts.main import run as run_command
    except KeyboardInterrupt:
        from lingen.scripts.terminal.exit_codes import INTERRUPTED

        print("error: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    run_command()


if __name__ == "__main__":
    run()
