"""Exercises as cells: the task with its form, an answer, and what it is worth.

The answer and its grade are marked as nbgrader wants them, so that it takes an edition as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from simkit.teaching.exercise_file import ExerciseFile, RecordAsked
from simkit.teaching.exercises import GROUPS, group
from simkit.teaching.judging.record import excerpt_of

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
POINTS = 1
"""Of each exercise: its score, from 0 to 1, is what nbgrader adds up."""
SCHEMA_VERSION = 3


def exercises_of(of: str) -> tuple[ExerciseFile, ...]:
    """Give the exercises of a trap, of the interval or of a capstone; none where none are kept."""
    return group(of).exercises if of in GROUPS else ()


def exercise_cells(of: str, *, solved: bool) -> Iterator[NotebookNode]:
    """Give the cells of a group of exercises, with their starts or with the worked solutions."""
    files = exercises_of(of)
    if not files:
        return
    yield _cell(new_markdown_cell(_told(of, files)), f"{of}-exercises", "slide")
    for number, file in enumerate(files, 1):
        name = file.id.replace(".", "-")
        task, answer, grade = (f"{each}_{number}" for each in ("task", "answer", "grade"))
        show = f'{task} = simkit.exercise("{file.id}")\n{task}'
        yield _cell(new_code_cell(show), f"{name}-task")
        given = f"{answer} = {_written(file.start)}"
        if solved:
            given = f"{BEGIN}\n{answer} = {_written(solution_of(file))}\n{END}"
        cell = _cell(new_code_cell(given), f"{name}-answer")
        cell.metadata.nbgrader = _mark(f"{name}-answer", solution=True)
        yield cell
        judged = f"{grade} = {task}.grade({answer})\ndisplay({grade})\n{grade}.score"
        cell = _cell(new_code_cell(judged), f"{name}-grade")
        cell.metadata.nbgrader = _mark(f"{name}-grade", grade=True)
        yield cell


def solution_of(file: ExerciseFile) -> Any:
    """Give the worked solution as a learner would write it: a record by its number."""
    if isinstance(file.ask, RecordAsked) and isinstance(file.solution, str):
        records = excerpt_of(file)[2].records
        return next(n for n, each in enumerate(records, 1) if each.kind == file.solution)
    return file.solution


def _told(of: str, files: Sequence[ExerciseFile]) -> str:
    story = " ".join(group(of).story.split())
    rows = [
        f"| {each.id} | {each.title.replace('|', '/')} | {each.order} | {each.minutes} |"
        for each in files
    ]
    return "\n".join(
        [
            "## Exercises, graded",
            "",
            *([story, ""] if story else []),
            "Each shows a form. Answer there, or in the cell below it, which holds an answer that",
            "runs and is not right yet. A wrong answer earns a reason and the next of three hints.",
            "",
            "| | | | min |",
            "| --- | --- | --- | ---: |",
            *rows,
        ]
    )


def _written(value: Any) -> str:
    """Give a value from a data file as Python, with the quotes that the notebooks have."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_written(k)}: {_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return repr(value)


def _cell(cell: NotebookNode, name: str, slide: str = "skip") -> NotebookNode:
    cell.id = name.lower()
    cell.metadata.slideshow = {"slide_type": slide}
    return cell


def _mark(grade_id: str, *, solution: bool = False, grade: bool = False) -> dict[str, Any]:
    mark: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "grade_id": grade_id,
        "cell_type": "code",
        "grade": grade,
        "locked": grade,
        "solution": solution,
        "task": False,
    }
    return mark | ({"points": POINTS} if grade else {})
