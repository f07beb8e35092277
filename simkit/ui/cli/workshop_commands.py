"""The commands for trainers: the agenda of a workshop, and whether a machine is ready for it."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from simkit.base.errors import BadInput, shown
from simkit.ui.cli import terminal
from simkit.ui.cli.app import Json, app, print_json
from simkit.ui.cli.exits import FINE, NEGATIVE, stoppable
from simkit.ui.cli.help import Group, command

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAY_MIN = 24 * 60

workshop = typer.Typer(
    cls=Group,
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Plan a workshop, and see that everything is ready for it.",
    epilog="simkit workshop plan 90 --start 09:00\nsimkit workshop check",
)
"""The commands that begin with ``simkit workshop``."""
app.add_typer(workshop, name="workshop")


@workshop.callback()
def _whole(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(FINE)


@command(
    workshop, "simkit workshop plan 90 --start 09:00", "simkit workshop plan half --notes | less"
)
def plan(
    wanted: Annotated[
        str, typer.Argument(metavar="FORMAT", help="90, half or day, or as many minutes.")
    ],
    start: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Local time at which it begins, such as 09:00."),
    ] = None,
    notes: Annotated[
        bool, typer.Option("--notes", help="Also what you and the room do, and notes on each trap.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the agenda of a workshop, with its minutes or clock times."""
    from simkit.teaching.agendas import agenda_for
    from simkit.ui.cli.plan_tables import plan_json, print_plan

    agenda = agenda_for(wanted)
    begins = None if start is None else _minute(start, agenda.minutes)
    if as_json:
        print_json(plan_json(agenda, begins, notes=notes))
    else:
        print_plan(agenda, terminal.console(), begins, notes=notes)


@command(workshop, "simkit workshop check", "simkit workshop check --port 9000")
def check(
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=65535,
            help="Port that has to be free; any from 8888 on by default.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Rehearse on this machine what a workshop needs; exit code 1 when something fails."""
    from simkit.ui.cli.plan_tables import check_lines
    from simkit.ui.server import rehearsal

    found = []
    with stoppable():
        for item in rehearsal.checked(port):
            found.append(item)
            if not as_json:
                for line in check_lines(item, terminal.width()):
                    terminal.show(line)
    failed = [item for item in found if item.state == "fails"]
    if as_json:
        print_json([asdict(item) for item in found])
    else:
        print("Ready." if not failed else f"Not ready: {len(failed)} of {len(found)} to be mended.")
    raise typer.Exit(NEGATIVE if failed else FINE)


def _minute(text: str, lasts: int) -> int:
    """Give the minute of the day that a text means; BadInput unless all of it ends that day."""
    allowed = "a time of day such as 09:00"
    clock = _CLOCK.fullmatch(text.strip())
    if not clock:
        raise BadInput(field="--start", found=shown(text), allowed=allowed)
    minute = 60 * int(clock[1]) + int(clock[2])
    if minute + lasts > _DAY_MIN:
        latest = _DAY_MIN - lasts
        allowed += f", {latest // 60:02}:{latest % 60:02} at the latest to end that day"
        raise BadInput(field="--start", found=shown(text), allowed=allowed)
    return minute
