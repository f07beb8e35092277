"""The commands for trainers: they begin with ``simkit workshop``."""

from __future__ import annotations

import typer

from simkit.ui.cli.app import app
from simkit.ui.cli.help import Group

workshop = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Make a workshop's pages, and serve them to a room.",
    epilog="simkit workshop lane pages\nsimkit workshop serve pages",
)
"""The commands that begin with ``simkit workshop``."""
app.add_typer(workshop, name="workshop")
