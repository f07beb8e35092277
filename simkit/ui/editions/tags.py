"""What cells of a notebook are for, as their tags say it."""

from __future__ import annotations

from nbformat import NotebookNode

PREDICT = "predict"
"""A cell into which a guess is written."""
REVEAL = "reveal"
"""A cell that shows what was guessed."""
EXERCISE = "exercise"
"""The last cell of a notebook's own exercise: those that are graded follow it."""
SOLUTION = "solution"
"""A cell that participants do not get."""
INSTRUCTOR = "instructor"
"""A cell that the instructor alone gets."""


def tags_of(cell: NotebookNode) -> list[str]:
    """Give the tags of a cell."""
    return list(cell.metadata.get("tags", []))
