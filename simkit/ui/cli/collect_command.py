"""The command that puts a room's progress files together."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simkit.ui.cli import terminal
from simkit.ui.cli.app import Json, print_json
from simkit.ui.cli.exits import FINE, NEGATIVE, say, stoppable
from simkit.ui.cli.help import command
from simkit.ui.cli.workshop_commands import workshop


@command(
    workshop,
    "simkit workshop collect progress --html room.html",
    "simkit workshop collect progress --csv room.csv",
)
def collect(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with progress files.")],
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File for the table as CSV.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File for the table as a page.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a room's progress files into one table, every answer judged again."""
    from simkit.base.files import write_text
    from simkit.teaching.collecting import collect as collected
    from simkit.ui.report.room import by_exercise, room_page

    with stoppable():
        found = collected(folder)
    if csv is not None:
        write_text(csv, found.csv())
    if html is not None:
        write_text(html, room_page(found))
    if as_json:
        told = [row._asdict() for row in found.rows]
        print_json({"people": found.people, "rows": told, "refused": list(found.refused)})
    else:
        if not found.people:
            say(f"note: nobody's progress is in {folder}")
        _print(*by_exercise(found))
        for line in found.refused:
            terminal.show(f"not used: {line}")
    raise typer.Exit(NEGATIVE if found.refused else FINE)


def _print(head: list[str], rows: list[list[str]]) -> None:
    """Print the table where it fits, and else the first two columns of it."""
    from rich.table import Table

    from simkit.ui.cli.tables import lines_of, print_lines, width_of

    console = terminal.console()
    width = width_of(console)
    fits = sum(max(len(row[i]) for row in [head, *rows]) + 2 for i in range(len(head))) <= width
    columns = len(head) if fits else 2
    table = Table(box=None, pad_edge=False)
    for name in head[:columns]:
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*row[:columns])
    print_lines(console, lines_of(table, console, width))
    if not fits:
        print("The exercises one by one: --html FILE or --csv FILE.", file=sys.stderr)
