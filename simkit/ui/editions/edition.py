"""An edition of one notebook: from the same source for participants, correctors and instructors."""

from __future__ import annotations

import re
from collections.abc import Container
from copy import deepcopy
from typing import Literal, get_args

from nbconvert.preprocessors import (
    ClearMetadataPreprocessor,
    ClearOutputPreprocessor,
    Preprocessor,
    TagRemovePreprocessor,
)
from nbformat import NotebookNode

from simkit.ui.editions import guesses
from simkit.ui.editions.exercise_cells import exercise_cells
from simkit.ui.editions.note_cells import add_notes
from simkit.ui.editions.tags import EXERCISE, INSTRUCTOR, SOLUTION, tags_of

Audience = Literal["participant", "solution", "instructor"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
_LEFT_OUT: dict[Audience, set[str]] = {
    "participant": {SOLUTION, INSTRUCTOR},
    "solution": {INSTRUCTOR},
    "instructor": set(),
}
_COMMENT = re.compile(r"\n*<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\(([\w-]+\.ipynb)\)")


def edition(
    source: NotebookNode, of: str, audience: Audience, beside: Container[str] = ()
) -> NotebookNode:
    """Give an edition of a notebook, not run yet.

    ``of`` names its exercises and notes: a trap, ``I`` or a capstone. ``beside`` has the names of
    the files that it may link to.
    """
    notebook = deepcopy(source)
    title = notebook.cells[0].source.split("\n")[0].lstrip("# ")
    _plain(notebook, beside)
    guesses.lock(notebook)
    solved = audience != "participant"
    tagged = [i for i, cell in enumerate(notebook.cells) if EXERCISE in tags_of(cell)]
    for place in tagged[-1:]:
        notebook.cells[place + 1 : place + 1] = exercise_cells(of, solved=solved)
    add_notes(notebook, of)
    if not solved:
        guesses.forget(notebook)
    notebook = _processed(notebook, _LEFT_OUT[audience])
    notebook.metadata.title = title
    return notebook


def _plain(notebook: NotebookNode, beside: Container[str]) -> None:
    """Leave out the comments that hold sentences to what was measured, and links to nowhere."""

    def linked(found: re.Match[str]) -> str:
        return found[0] if found[2] in beside else found[1]

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _LINK.sub(linked, _COMMENT.sub("", cell.source))


def _processed(notebook: NotebookNode, left_out: set[str]) -> NotebookNode:
    steps: tuple[Preprocessor, ...] = (
        TagRemovePreprocessor(enabled=True, remove_cell_tags=left_out),
        ClearOutputPreprocessor(enabled=True),
        ClearMetadataPreprocessor(
            enabled=True,
            preserve_cell_metadata_mask={"slideshow", "tags", "nbgrader"},
            preserve_nb_metadata_mask={"kernelspec", ("language_info", "name")},
        ),
    )
    for step in steps:
        notebook, _ = step.preprocess(notebook, {})
    return notebook
