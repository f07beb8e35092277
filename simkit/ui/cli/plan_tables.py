"""The screens of ``simkit workshop``: an agenda with its notes, and what a rehearsal found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simkit.study.catalogue import traps
from simkit.teaching.notes import Notes, notes_on
from simkit.ui.cli.tables import lines_of, print_lines, width_of, wrapped

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from simkit.teaching.agendas import Agenda, Entry
    from simkit.ui.server.rehearsal import Item

WHOLE_ROOM = "all"
LANES = {
    WHOLE_ROOM: "the whole room",
    "play": "in the labs, without code",
    "work": "in notebooks, beside whoever plays",
    "decide": "with numbers, all trades at one table",
}
_MARKS = {"ok": "✓", "fails": "✗", "look": "→"}


def plan_json(agenda: Agenda, begins: int | None, *, notes: bool) -> dict[str, Any]:
    """Give an agenda as plain data; each entry says at which minute, or when, it begins."""
    entries = [
        {"at_min": at, "from": _time(at, begins), **entry.model_dump(mode="json")}
        for at, entry in agenda.timed()
    ]
    document = agenda.model_dump(mode="json") | {"entries": entries}
    if notes:
        document["notes"] = {trap: notes_on(trap).model_dump(mode="json") for trap in agenda.traps}
    return document


def print_plan(agenda: Agenda, console: Console, begins: int | None, *, notes: bool) -> None:
    """Print an agenda to a console: a line on it, a table, on request notes on each trap.

    ``begins`` is a minute of the day; without it times count from the beginning.
    """
    from rich.text import Text

    width = width_of(console)
    print_lines(console, [Text(line, "bold") for line in wrapped(f"{agenda.title}.", width)])
    print_lines(console, wrapped(f"For: {agenda.room}", width, "  "))
    print_lines(console, wrapped(f"Before: {agenda.before}", width, "  "))
    print_lines(console, ["", *lines_of(_table(agenda, begins, notes), console, width)])
    if notes:
        for trap in agenda.traps:
            print_lines(console, ["", *_notes_lines(notes_on(trap), width)])
    print_lines(console, ["", *wrapped(_lanes(agenda), width, "  ")])
    print_lines(console, wrapped(_hints(agenda, begins, notes), width, "  "))


def check_lines(item: Item, width: int) -> list[str]:
    """Give what a rehearsal found of one thing, in lines; what to do stands below it."""
    lines = wrapped(f"{_MARKS[item.state]} {item.name}: {item.found}", width, "  ")
    return lines + (wrapped(f"  {item.do}", width, "  ") if item.do else [])


def _table(agenda: Agenda, begins: int | None, notes: bool) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("from", justify="right", no_wrap=True)
    table.add_column("min", justify="right", no_wrap=True)
    table.add_column("lane", no_wrap=True)
    table.add_column("what happens")
    for at, entry in agenda.timed():
        lane = "–" if entry.pause else entry.lane or WHOLE_ROOM
        table.add_row(_time(at, begins), str(entry.minutes), lane, _what(entry, notes))
    table.add_row(_time(agenda.minutes, begins), str(agenda.minutes), "", "End.")
    return table


def _what(entry: Entry, notes: bool) -> Text:
    from rich.text import Text

    used = [name for name in entry.uses if not entry.title.startswith(name)]
    what = Text.assemble((entry.title, "bold"), (f"  [{', '.join(used)}]" if used else "", "dim"))
    what.append(f"\n{entry.happens}")
    if notes and not entry.pause:
        what.append("\nYou: ", "bold").append(entry.trainer or "")
        what.append("\nThey: ", "bold").append(entry.people or "")
    return what


def _notes_lines(notes: Notes, width: int) -> Iterator[str | Text]:
    from rich.text import Text

    yield Text(f"{notes.trap}: {traps[notes.trap].title}", "bold")
    parts = {
        "Say": notes.say,
        "Predict": (notes.predict,),
        "They guess": [f"“{_ended(each.guess)}” {each.reveals}" for each in notes.guesses],
        "What goes wrong": [f"{each.what} {each.way_out}" for each in notes.goes_wrong],
        "They ask": [f"{each.asked} {each.answer}" for each in notes.questions],
        "To take home": notes.key_points,
    }
    for name, texts in parts.items():
        yield Text(name, "italic")
        for text in texts:
            yield from wrapped(f"- {text}", width, "  ")


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _lanes(agenda: Agenda) -> str:
    """Say what the lanes of an agenda are."""
    used = {entry.lane or WHOLE_ROOM for entry in agenda.entries}
    return f"Lanes: {'; '.join(f'{lane}, {said}' for lane, said in LANES.items() if lane in used)}."


def _hints(agenda: Agenda, begins: int | None, notes: bool) -> str:
    more = [
        *([] if notes else ["--notes, what you and the room do, and notes on each trap"]),
        *([] if begins is not None else ["--start 09:00, clock times"]),
        "simkit workshop check, whether this machine is ready",
        f"simkit workshop build --audience instructor --minutes {agenda.id} --out mine, all files",
        f"simkit lab --app --trap {agenda.traps[0]}, the first lab",
    ]
    return f"More: {'; '.join(more)}."


def _time(at: int, begins: int | None) -> str:
    """Give a minute of the workshop as a clock time, or as hours and minutes from the beginning."""
    if begins is None:
        return f"{at // 60}:{at % 60:02}"
    return f"{(begins + at) // 60:02}:{(begins + at) % 60:02}"
