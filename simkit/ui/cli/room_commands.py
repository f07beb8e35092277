"""The commands that bring a workshop to a room: its pages, and the server of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simkit.base.errors import BadInput
from simkit.base.language import in_language
from simkit.ui.cli.app import Language, language_of
from simkit.ui.cli.exits import stoppable
from simkit.ui.cli.help import command
from simkit.ui.cli.terminal import show
from simkit.ui.cli.workshop_commands import workshop

_WARNING = """\
Everybody in the network of {room} can then open these pages. They are not encrypted."""
_WARNING_COLLECTING = """\
Whoever has the code of the room can send files of up to 64 KB to this machine."""


@command(workshop, "simkit workshop lane pages", "simkit workshop lane pages T3 E4 --language de")
def lane(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Directory for the pages.")],
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Traps to play; all by default.")
    ] = None,
    language: Language = None,
) -> None:
    """Write the stories of the traps as pages that need no kernel, no network and no code."""
    from simkit.study.catalogue import TRAP_IDS
    from simkit.ui.workshop.lane import write_lane

    with in_language(language_of(language)), stoppable():
        files = write_lane(out, [name.upper() for name in ids] if ids else TRAP_IDS)
    size = sum(file.stat().st_size for file in files) / 1e6
    show(f"{len(files)} files, {size:.1f} MB in all. Open {out / 'index.html'}")


@command(
    workshop,
    "simkit workshop serve pages",
    "simkit workshop serve pages --room 192.168.1.20 --collect guesses",
)
def serve(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Directory with the pages, and nothing private.")
    ],
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=65535,
            help="Port; by default the first from 8888 on that is free.",
        ),
    ] = None,
    room: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Address of this machine in the room's network, to open it."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --room: open it without being asked.")
    ] = False,
    collect: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory for the progress that learners hand in."),
    ] = None,
    code: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="With --collect: six characters; drawn by default."),
    ] = None,
    language: Language = None,
) -> None:
    """Serve the pages of a workshop on this machine, or to a room; read only."""
    from simkit.ui.workshop import serving

    spoken = language_of(language)
    if room is not None:
        room = serving.room_address(room)
        _warn(room, collects=collect is not None, agreed=yes)
    elif yes:
        raise BadInput("only --room asks anything", field="--yes")
    with in_language(spoken):
        raise typer.Exit(serving.serve(folder, port=port, room=room, collect=collect, code=code))


def _warn(room: str, *, collects: bool, agreed: bool) -> None:
    """Say what it means to open a server to a network; BadInput unless that is agreed to."""
    lines = [_WARNING.format(room=room), *([_WARNING_COLLECTING] if collects else [])]
    print("\n".join(lines), file=sys.stderr, flush=True)
    if agreed:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise BadInput("not agreed to", field="--room", allowed="--yes where nobody can be asked")
    print("Type yes to open it: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise BadInput("not agreed to", field="--room", allowed="yes")
