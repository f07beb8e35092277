"""A room's progress as one HTML page: who did which exercise, and guesses beside what is so."""

from __future__ import annotations

from collections.abc import Iterator

from simkit.base.formatting import counted
from simkit.teaching.collecting import Collected, Row
from simkit.ui.frontend.assets import style
from simkit.ui.report import parts

DONE, TRIED, NOT_TRIED = "✓", "✗", "–"


def room_page(found: Collected) -> str:
    """Give the page; it fetches nothing, and what stands in files is text in it."""
    people = counted(found.people, "participant")
    refused = (
        f", {counted(len(found.refused), 'file')} that could not be used" if found.refused else ""
    )
    sections = [
        (name, title, parts.section(name, title, inside)) for name, title, inside in _parts(found)
    ]
    summary = f"{people}{refused}. All answers were judged again."
    return parts.page("A workshop", summary, sections, style("report/report"), "", "progress")


def score_said(row: Row | None) -> str:
    """Give a cell of the table: whether it is right, and after how many tries."""
    if row is None or row.score is None:
        return NOT_TRIED
    if row.score == 1:
        return f"{DONE} {row.tries}"
    return f"{TRIED} {row.tries} ({row.score:.0%})"


def by_exercise(found: Collected) -> tuple[list[str], list[list[str]]]:
    """Give a head and a row for each participant: name, how many are right, each exercise."""
    tried = [row for row in found.rows if row.score is not None]
    exercises = sorted({row.what for row in tried})
    rows = []
    for who in sorted({row.who for row in found.rows}):
        mine = {row.what: row for row in tried if row.who == who}
        right = sum(row.score == 1 for row in mine.values())
        rows.append([who, f"{right} of {len(mine)}", *(score_said(mine.get(e)) for e in exercises)])
    return ["who", "right", *exercises], rows


def _parts(found: Collected) -> Iterator[tuple[str, str, str]]:
    head, rows = by_exercise(found)
    said = (
        f"{DONE} with the number of tries: right. {TRIED}: not right yet, with the share of "
        f"demands that are met. {NOT_TRIED}: not tried."
    )
    caption = "Exercises, each participant's best answer"
    yield "exercises", "Exercises", parts.paragraph(said) + parts.table(head, rows, caption)
    guesses = [
        (row.what, row.who, row.guess, row.measured) for row in found.rows if row.score is None
    ]
    if guesses:
        columns = ("question", "who", "guess", "measured")
        table = parts.table(columns, sorted(guesses), "Guesses beside what was measured")
        yield "guesses", "Guesses", table
    if found.refused:
        yield "refused", "Files that could not be used", parts.bullets(found.refused)
