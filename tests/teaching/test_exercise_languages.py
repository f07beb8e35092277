"""Exercises in another language: all that they say is translated, and judging is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ipywidgets as w
import pytest
from extent import some
from untranslated import in_page, untranslated

import simkit
from simkit.base.language import PSEUDO, in_language, tr
from simkit.teaching import exercises
from simkit.teaching.exercise_file import CauseAsked, ExerciseFile, NumberAsked
from simkit.teaching.guessing import NoGuessError
from simkit.teaching.judging.judge import judge

IDS = [f"{of}.{n}" for of in ("E4", "T3", "I", "C1") for n in range(1, 6)]
"""Every kind of question, on traps, on the interval and on a capstone."""


@pytest.fixture(autouse=True)
def pseudo() -> Iterator[None]:
    """Speak the language that shows what is not translated."""
    with in_language(PSEUDO):
        yield


def told_in(file: ExerciseFile) -> Iterator[str]:
    """Give all texts of an exercise that a learner may read."""
    yield from (file.title, file.task, *file.hints, file.right)
    yield from (reason.says for reason in file.reasons)
    if isinstance(file.ask, CauseAsked):
        yield from (option.title for option in file.ask.others)
    if isinstance(file.ask, NumberAsked):
        yield file.ask.unit


@pytest.mark.parametrize("exercise_id", exercises.exercises)
def test_every_text_of_an_exercise_is_in_the_catalogues(exercise_id: str) -> None:
    """Title, task, hints and reasons, and what is told before all of a group."""
    file, group = exercises.exercise_file(exercise_id)
    for text in (*told_in(file), *([group.story] if group.story else [])):
        assert untranslated(tr(text)) == []


@pytest.mark.slow
@pytest.mark.parametrize("exercise_id", some(IDS, 2, start=2))
def test_an_exercise_says_nothing_in_english(exercise_id: str) -> None:
    """Its task and log, and what is said of each known answer, with reasons of its own or not."""
    task = simkit.exercise(exercise_id)
    assert untranslated(repr(task)) == []
    bare = task.file.model_copy(update={"reasons": ()})
    for answer in (task.start, task.file.solution, *(each.answer for each in task.file.wrong)):
        grade = task.grade(answer)
        page = grade._repr_html_()
        for said in (repr(grade), in_page(page), judge(bare, answer).says):
            assert untranslated(said) == []


@pytest.mark.slow
@pytest.mark.parametrize("exercise_id", some(IDS, 2, start=1))
def test_a_form_says_nothing_in_english(exercise_id: str) -> None:
    """Its labels and choices, too."""
    for child in simkit.exercise(exercise_id).widget().children:
        for said in shown_by(child):
            assert untranslated(in_page(said)) == []


def shown_by(widget: Any) -> Iterator[str]:
    """Give the texts that a control shows."""
    yield widget.description
    if isinstance(widget, w.HTML):
        yield widget.value
    yield from getattr(widget, "_options_labels", ())


@pytest.mark.slow
@pytest.mark.parametrize("exercise_id", some(IDS, 2, start=1))
def test_an_answer_is_worth_the_same_in_any_language(exercise_id: str) -> None:
    """Scores and names of reasons are those of English; ids are what is compared."""
    file, _ = exercises.exercise_file(exercise_id)
    for wrong in file.wrong:
        found = judge(file, wrong.answer)
        assert found.because == wrong.because
        with in_language("en"):
            english = judge(file, wrong.answer)
        assert (found.because, found.reached) == (english.because, english.reached)
    assert judge(file, file.solution).because == "right"


def test_an_exercise_is_told_in_the_language_of_the_moment() -> None:
    """What was opened in one is told in another later, its log included."""
    with in_language("en"):
        task = simkit.exercise("E4.2")
        english = repr(task)
    assert repr(task) != english
    with in_language("en"):
        assert repr(task) == english


def test_a_guess_that_is_missing_is_asked_for_in_words_of_the_learner() -> None:
    """In place of a traceback."""
    with pytest.raises(NoGuessError) as stopped:
        simkit.guessed(None)
    assert untranslated(str(stopped.value)) == []
