"""The command line. Numbers go to standard output, progress and complaints to standard error."""

from __future__ import annotations

import sys

import typer

from simkit.base.language import ENGLISH, set_language
from simkit.base.progress import shown_on

# Their commands join the app.
from simkit.ui.cli import (  # noqa: F401
    build_command,
    collect_command,
    commands,
    day_commands,
    exits,
    import_command,
    new_command,
    room_commands,
    studio_commands,
    terminal,
    workshop_commands,
)
from simkit.ui.cli.app import app


def main() -> None:
    """Run the command line; `exits` tells what its exit codes mean."""
    terminal.prepare()
    raise SystemExit(exits.ending(_command))


def _command() -> None:
    # What `app()` does, without what it makes of exceptions: that is told in `exits`.
    whole = typer.main.get_command(app)
    set_language(ENGLISH)
    arguments = sys.argv[1:] or ["--help"]
    width = terminal.width()
    with (
        shown_on(terminal.ProgressLine.here),
        whole.make_context("simkit", arguments, terminal_width=width) as context,
    ):
        whole.invoke(context)


if __name__ == "__main__":
    main()
