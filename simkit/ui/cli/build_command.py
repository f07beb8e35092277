"""The command that builds an edition of the workshop: for participants, solved, for instructors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simkit.base.errors import BadInput, closest, shown
from simkit.ui.cli.app import language_of
from simkit.ui.cli.exits import say, stoppable
from simkit.ui.cli.help import command
from simkit.ui.cli.workshop_commands import workshop


@command(
    workshop,
    "simkit workshop build --audience participant --minutes 90 --out room",
    "simkit workshop build --audience instructor --traps T3,E4 --out mine",
)
def build(
    audience: Annotated[
        str,
        typer.Option(metavar="WHO", help="participant, solution or instructor."),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder to build; one built before is replaced.")
    ],
    chosen: Annotated[
        str | None,
        typer.Option(
            "--traps",
            metavar="LIST",
            help="Traps, such as T3,E4; else all, and the interval.",
        ),
    ] = None,
    minutes: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="What the agenda uses: 90, half or day."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="TAG",
            help="Of handouts and play pages, such as de; SIMKIT_LANGUAGE by default, else en. "
            "Notebooks and slides stay English.",
        ),
    ] = None,
) -> None:
    """Build notebooks, slides and handouts of a workshop into a folder, from one source."""
    from simkit.teaching.agendas import INTERVAL, agenda_for
    from simkit.ui.editions import building, edition

    spoken = language_of(language)
    if audience not in edition.AUDIENCES:
        guess = closest(audience, edition.AUDIENCES)
        raise BadInput(
            f"no such audience{guess}",
            field="--audience",
            found=shown(audience),
            allowed=", ".join(edition.AUDIENCES),
        )
    if chosen is not None and minutes is not None:
        raise BadInput("give --traps or --minutes, and not both", field="--traps")
    agenda = agenda_for(minutes) if minutes is not None else None
    traps, more = _traps(chosen), [] if chosen else [INTERVAL]
    if agenda is not None:
        traps, more = agenda.traps, [name for entry in agenda.entries for name in entry.uses]
    with stoppable():
        built = building.build(out, audience, traps, more, agenda, spoken)
    for note in built.notes:
        say(f"note: {note}")
    print(f"{len(built.files)} files in {out}; begin with {out / 'index.html'}.")


def _traps(chosen: str | None) -> Sequence[str]:
    """Give the traps that a list names, each once and in the order of the catalogue."""
    from simkit.study.catalogue import TRAP_IDS

    if chosen is None:
        return TRAP_IDS
    named = [each.strip().upper() for each in chosen.split(",")]
    for each in named:
        if each not in TRAP_IDS:
            problem = f"unknown trap {shown(each)}{closest(each, TRAP_IDS)}"
            raise BadInput(problem, field="--traps", allowed=", ".join(TRAP_IDS))
    return [trap for trap in TRAP_IDS if trap in named]
