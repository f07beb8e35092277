"""Tables of recorded days: their statuses beside the model's, and settings that days tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkit.base.clock import SECOND, show_duration
from simkit.base.formatting import name
from simkit.runs.agreement import CAUSES, Agreement, Difference
from simkit.ui.cli import terminal
from simkit.ui.cli.tables import lines_of, paragraph, print_lines, width_of

if TYPE_CHECKING:
    from rich.console import Console

    from simkit.runs.run import Run
    from simkit.studio.calibration import Calibration


def print_agreement(found: Agreement, run: Run, console: Console, asked: str) -> None:
    """Print how much of a recorded day agrees with a run, and each cause for which they part.

    ``asked`` is the command that says why, without agent and moment.
    """
    from rich.table import Table
    from rich.text import Text

    width = width_of(console)
    show = run.settings.organisation.calendar.show_minute
    told = f"{100 * found.share:.3f} % of {show_duration(found.shifts_ms)} at work agree"
    print_lines(console, ["", Text("Recorded beside modelled", "bold"), f"{told}."])
    if not found.differences:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("where they part")
    for head in ("times", "together"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("the longest", no_wrap=True)
    for cause, part in found.by_cause.items():
        longest = found.longest(cause)
        where = f"{name(longest.agent)}, {show(longest.start)}"
        table.add_row(CAUSES[cause], f"{part.times:,}", show_duration(part.ms), where)
    print_lines(console, lines_of(table, console, width))
    first = found.longest(next(iter(found.by_cause)))
    console.print()
    terminal.show(f"Why: {asked} --agent {name(first.agent)} --at {show(_asked(first))}")


def print_calibration(found: Calibration, console: Console) -> None:
    """Print the settings that recorded days tell, and why the others are not told."""
    from rich.table import Table
    from rich.text import Text

    width = width_of(console)
    print_lines(console, [Text("Settings of the workload", "bold"), f"{found.about}.", ""])
    table = Table(box=None, pad_edge=False)
    for head in ("setting", "told, with its 95 % interval", "from"):
        table.add_column(head, no_wrap=head == "setting")
    for each in found.found:
        table.add_row(each.field, each.words, f"{each.cases:,} {each.of}")
    if found.channel:
        table.add_row("edit_channel", found.channel, "most edits")
    print_lines(console, lines_of(table, console, width))
    for note in found.notes:
        print_lines(console, paragraph(f"Note: {note}.", width))
    if found.untold:
        print_lines(console, ["", Text("Not told", "bold")])
        table = Table(box=None, pad_edge=False, show_header=False)
        for field, why in found.untold.items():
            table.add_row(field, why)
        print_lines(console, lines_of(table, console, width))


def _asked(difference: Difference) -> int:
    """Give a whole second within a difference, a later one for the reply to be there already."""
    first = -(-difference.start // SECOND) * SECOND
    return next((t for t in (first + SECOND, first) if t < difference.end), difference.start)
