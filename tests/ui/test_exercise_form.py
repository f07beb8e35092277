"""The form of an exercise: driven by its own controls, as a learner or a notebook in CI would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as w
import pytest

import simkit
from simkit.teaching.exercises import exercises
from simkit.teaching.progress_file import read_progress
from simkit.ui.exercises.controls import answering, offered
from simkit.ui.exercises.form import ShownExercise

pytestmark = pytest.mark.slow  # labs are opened


def said(task: ShownExercise) -> str:
    """Press *Check* and give what is said."""
    form = task.widget()
    next(child for child in form.children if isinstance(child, w.Button)).click()
    text: str = form.children[-1].value
    return text


def control(task: ShownExercise, kind: type[Any]) -> Any:
    return next(child for child in task.widget().children if isinstance(child, kind))


@pytest.mark.parametrize("exercise_id", [name for name in exercises if name.startswith("E4")])
def test_the_form_starts_at_the_start_and_takes_the_solution(exercise_id: str) -> None:
    """What the controls hold is read as the answer that was put into them."""
    task = simkit.exercise(exercise_id)
    given = answering(task)
    for answer in (task.file.start, task.file.solution):
        if task.file.ask.kind == "record":
            continue  # there a solution may be named by its kind, and the form chooses by number
        given.put(answer)
        direct, through = (simkit.exercise(exercise_id).grade(a) for a in (answer, given.read()))
        assert (direct.because, direct.reason) == (through.because, through.reason)


def test_a_choice_is_checked_and_the_next_hint_follows() -> None:
    """As a learner would: choose, check, read, choose again."""
    task = simkit.exercise("E4.1")
    control(task, w.RadioButtons).value = "T3"
    first = said(task)
    assert task.file.hints[0] in first
    assert "INSUFFICIENT_OAUTH_SCOPE" in first
    control(task, w.RadioButtons).value = "E4"
    assert "✓ Right" in said(task)


def test_what_is_offered_gives_nothing_away() -> None:
    """Fields of wrong answers stand beside those of the solution, all in the settings' order."""
    task = simkit.exercise("E4.4")
    fields = offered(task)
    assert {"widget.refresh_interval_ms", "widget.dataset_life_polls"} < set(fields)
    assert "workload.deactivation_probability" not in fields


def test_answers_of_a_form_are_kept(tmp_path: Path) -> None:
    """Where the exercise was opened with a participant's progress."""
    path = tmp_path / "ann.json"
    task = simkit.exercise("E4.1", simkit.progress("Ann", path))
    said(task)
    assert [entry.answer for entry in read_progress(path).entries] == [task.start]


def test_nothing_chosen_is_said_in_one_line() -> None:
    """And is no try."""
    task = simkit.exercise("E4.1")
    control(task, w.RadioButtons).value = None
    assert "no such cause" in said(task)
    assert task.tries == 0


def test_a_grade_shows_itself() -> None:
    """In a notebook as HTML, with the stretch of log, and as a widget of the same words."""
    grade = simkit.exercise("E4.4").grade({"dataset_life_polls": 30})
    shown = grade._repr_html_()
    assert grade.widget().value == shown
    assert all(line in shown for line in grade.lines)
    assert "<bdi>" in shown
