"""The command that makes an organisation of exports of a real one."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simkit.base.errors import BadInput, closest, shown
from simkit.ui.cli import terminal
from simkit.ui.cli.app import Json, Strict, app, print_json
from simkit.ui.cli.exits import stoppable
from simkit.ui.cli.help import command

if TYPE_CHECKING:
    from simkit.inputs.exports.export import Export, LeftOut


@command(
    app,
    "simkit import {data}/exports --day 2026-03-02 --out org.yaml",
    "simkit import divisions.json users.json --answer presence.Busy=BREAK --out org.yaml",
    name="import",
)
def import_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Exports, or folders of them.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Organisation to write, .yaml or .json.")
    ],
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Answers to take, and to keep for the next import."),
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="An answer, such as presence.Busy=BREAK."),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV trace to write of the day that a log tells."),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="Day whose shifts are taken; else that with the most."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(metavar="NAME", help="Time zone; UTC by default.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="NAME", help="Language of labels; en_US by default.")
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Keep people's names, in place of numbers.")
    ] = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Make an organisation of exports of your own; people become numbers."""
    from simkit.base.files import writing
    from simkit.inputs.exports.answers import answers_text, checked, read_answers
    from simkit.inputs.exports.export import read_quietly, tell
    from simkit.inputs.organisation_text import check_ending

    check_ending(str(out))
    said = read_answers(answers) if answers is not None and answers.exists() else {}
    now = checked(dict(_parted(each) for each in answer or ()), "--answer")
    said |= now
    with stoppable():
        found = read_quietly(
            *files, answers=said, label_language=language, day=day, zone=zone, keep_names=names
        )
        for key in now:
            if key in found.unused:
                raise _unasked(key, found)
        tell(found, str(answers))
        recorded = found.trace() if trace is not None else ""
        with ExitStack() as beside:  # all that is asked for, or nothing
            if trace is not None:
                beside.enter_context(writing(trace, recorded))
            if answers is not None:
                beside.enter_context(writing(answers, answers_text(found.answers)))
            found.save(out)
    if as_json:
        print_json(_document(found, out))
    else:
        _print(found, out, trace)


def _parted(text: str) -> tuple[str, str]:
    key, between, value = text.partition("=")
    if not between:
        raise BadInput(field="--answer", found=shown(text), allowed="KEY=VALUE")
    return key.strip(), value.strip()


def _unasked(key: str, found: Export) -> BadInput:
    problem = f"nothing here asks {shown(key)}{closest(key, found.questions)}"
    return BadInput(problem, file="--answer", allowed=", ".join(found.questions))


def _document(found: Export, out: Path) -> dict[str, Any]:
    from simkit.inputs.organisation_text import sizes

    org = found.organisation
    return {
        "out": str(out),
        "day": str(org.day),
        "time_zone": org.time_zone,
        "made": sizes(org),
        "read": dict(found.counts),
        "left_out": [asdict(each) for each in found.left_out],
        "answers": dict(found.answers),
        "by_default": list(found.by_default),
        "notices": list(found.notices),
    }


def _print(found: Export, out: Path, trace: Path | None) -> None:
    """Print what came in and what was left out, and how to go on."""
    from rich.table import Table

    from simkit.inputs.exports.export import LeftOut
    from simkit.inputs.exports.records import TITLES
    from simkit.inputs.organisation_text import sizes_in_words
    from simkit.ui.cli.tables import lines_of, paragraph, print_lines, width_of

    console = terminal.console()
    width = width_of(console)
    table = Table(box=None, pad_edge=False)
    table.add_column("exports")
    table.add_column("read", justify="right")
    table.add_column("left out", justify="right")
    table.add_column("why")
    for kind, title in [*TITLES.items(), (None, "files")]:
        gone = [each for each in found.left_out if each.kind == title]
        count = found.counts.get(kind, 0) if kind else 0
        if count or gone:
            first, *more = gone or [LeftOut("", "", 0)]
            read = f"{count:,}" if kind else ""
            table.add_row(title, read, *_cells(first))
            for each in more:
                table.add_row("", "", *_cells(each))
    print_lines(console, lines_of(table, console, width))
    org = found.organisation
    console.print()
    terminal.show(f"{out}: {sizes_in_words(org)}; {org.day}, {org.time_zone}.")
    if found.by_default:
        taken = ", ".join(f"{key}={found.answers[key]}" for key in found.by_default)
        print_lines(console, paragraph(f"Taken by default (--answer KEY=VALUE): {taken}.", width))
    day = f" --workload {trace}" if trace is not None else ""
    terminal.show(f"Next: simkit run {out}{day}")


def _cells(gone: LeftOut) -> tuple[str, str]:
    return (f"{gone.count:,}" if gone.count else "", gone.told)
