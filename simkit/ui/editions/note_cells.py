"""An instructor's notes as cells beside those that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from simkit.study.catalogue import TRAP_IDS
from simkit.teaching.notes import Notes, notes_on
from simkit.ui.editions.tags import EXERCISE, INSTRUCTOR, PREDICT, tags_of


def add_notes(notebook: NotebookNode, of: str) -> None:
    """Put the notes on a trap into its notebook; of others, what the notebook says of itself.

    After the first cell what to say and how long it takes, after the first prediction what will be
    guessed, after the exercise what goes wrong and what is asked, at the end what to take home.
    """
    notes = notes_on(of) if of in TRAP_IDS else None
    opening = list(_opening(notebook.metadata.get("simkit", {}), notes))
    after: dict[int, list[str]] = {0: opening}
    if notes is not None:
        after.setdefault(_first(notebook, PREDICT), []).append("\n\n".join(_guesses(notes)))
        after.setdefault(_first(notebook, EXERCISE), []).append("\n\n".join(_room(notes)))
        closing = "**To take home.** " + " ".join(notes.key_points)
        after.setdefault(len(notebook.cells) - 1, []).append(closing)
    cells: list[NotebookNode] = []
    for place, cell in enumerate(notebook.cells):
        cells.append(cell)
        for text in after.get(place, ()):
            cells.append(_note(text, f"{of}-note-{len(cells)}".lower()))
    notebook.cells = cells


def _first(notebook: NotebookNode, tag: str) -> int:
    return next(place for place, cell in enumerate(notebook.cells) if tag in tags_of(cell))


def _opening(about: Any, notes: Notes | None) -> Iterator[str]:
    if about:
        minutes = about["minutes"]
        timed = f"{minutes['teach']} min to teach, {minutes['exercise']} min for the exercise."
        yield f"**Minutes.** {timed} Aimed at the belief: *{about['misconception']}*"
    if notes is not None:
        yield "**Say.** " + " ".join(notes.say)


def _guesses(notes: Notes) -> Iterator[str]:
    yield f"**Predict.** {notes.predict}"
    rows = [f"| {_cell(each.guess)} | {_cell(each.reveals)} |" for each in notes.guesses]
    head = ["| they guess | what that takes for granted |", "| --- | --- |"]
    yield "\n".join([*head, *rows])


def _room(notes: Notes) -> Iterator[str]:
    wrong = [f"- **{each.what}** {each.way_out}" for each in notes.goes_wrong]
    yield "\n".join(["**What goes wrong in the room**", "", *wrong])
    asked = [f"- *{each.asked}* {each.answer}" for each in notes.questions]
    yield "\n".join(["**What people ask**", "", *asked])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _note(text: str, name: str) -> NotebookNode:
    source = f'<div class="alert alert-info">\n\n{text}\n\n</div>'
    cell: NotebookNode = new_markdown_cell(source, id=name)
    cell.metadata.tags = [INSTRUCTOR]
    cell.metadata.slideshow = {"slide_type": "notes"}
    return cell
