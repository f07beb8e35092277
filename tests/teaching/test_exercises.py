"""Exercises: the worked solution earns full marks, the start does not, wrong answers their reason.

What is right is measured, so nothing here says what the right answers are: the files' own answers
are held against what the simulation makes of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import simkit
from simkit.base.errors import BadInput
from simkit.teaching.exercise_file import ExerciseFile
from simkit.teaching.exercises import GROUPS, Exercise, exercise, exercises, group

pytestmark = pytest.mark.slow  # every answer is judged by runs

ALL = list(exercises)


def graded(file: ExerciseFile, answer: Any) -> Any:
    """Grade an answer as if it were the first."""
    return exercise(file.id).grade(answer)


@pytest.fixture(params=ALL)
def file(request: pytest.FixtureRequest) -> ExerciseFile:
    """Each exercise in turn."""
    return exercises[request.param]


@pytest.mark.some(8, start=1)
def test_the_worked_solution_earns_full_marks(file: ExerciseFile) -> None:
    """And so does every right answer that goes another way; none of them is given a hint."""
    for answer in (file.solution, *file.unforeseen):
        grade = graded(file, answer)
        assert (grade.because, grade.score, grade.hint) == ("right", 1.0, ""), (answer, grade)


@pytest.mark.some(7, start=1)
def test_the_start_as_shipped_runs_and_does_not(file: ExerciseFile) -> None:
    """What a learner finds can be graded at once, and there is something left to do."""
    grade = graded(file, file.start)
    assert not grade.right
    assert grade.score < 1.0


@pytest.mark.some(7, start=1)
def test_three_wrong_answers_get_the_reason_that_fits(file: ExerciseFile) -> None:
    """Each its own or another one's, in words of its own, with the first hint."""
    assert len(file.wrong) >= 3
    for wrong in file.wrong:
        grade = graded(file, wrong.answer)
        assert (grade.because, grade.hint) == (wrong.because, file.hints[0]), (wrong, grade)
        assert "{" not in grade.reason
        assert "?" not in grade.reason.split(".")[0]


def test_every_reason_is_earned_by_somebody(file: ExerciseFile) -> None:
    """A reason that no wrong answer gets would be told to nobody, and be wrong unseen."""
    assert {reason.id for reason in file.reasons} <= {wrong.because for wrong in file.wrong}


def test_there_are_enough_of_all_orders() -> None:
    """Three a trap and for the interval, five a capstone; a trap has all that its arc asks for."""
    for of in GROUPS:
        orders = [each.order for each in group(of).exercises]
        assert len(orders) >= (5 if of.startswith("C") else 3), of
        if of.startswith(("T", "E")):
            assert {"recognise", "explain", "repair"} <= set(orders), of
    all_orders = {each.order for each in exercises.values()}
    assert all_orders == {"recognise", "explain", "repair", "transfer"}


@pytest.mark.parametrize("of", [of for of in GROUPS if of[0] in "TE"])
def test_each_trap_has_an_answer_that_nobody_foresaw(of: str) -> None:
    """One that meets the condition, and is not the solution."""
    assert any(each.unforeseen for each in group(of).exercises)


def test_hints_come_one_by_one_and_end() -> None:
    """Each wrong answer earns the next of three, and the fourth earns none."""
    task = exercise("E4.1")
    hints = [task.grade("T3").hint for _ in range(4)]
    assert hints == [*task.file.hints, ""]
    assert (task.tries, task.wrong) == (4, 4)


def test_an_answer_of_another_kind_is_refused_and_is_no_try() -> None:
    """One clear line says what an answer looks like."""
    task = exercise("E4.4")
    for answer in (None, 7, ["E4a"], {"no_such_field": 1}, "E9"):
        with pytest.raises(BadInput):
            task.grade(answer)
    assert task.tries == 0


def test_settings_a_fix_and_a_mapping_are_one_answer() -> None:
    """Whoever builds settings, and whoever names a fix, is judged by what they change."""
    task = exercise("E4.4")
    as_settings = task.settings.replace(version_parameter=True)
    reasons = {
        exercise("E4.4").grade(answer).reason
        for answer in ("E4b", as_settings, {"version_parameter": True})
    }
    assert len(reasons) == 1


def test_a_wrong_record_does_not_show_the_right_one() -> None:
    """What is shown of the log leaves the culprit for the learner to find."""
    task = exercise("E4.2")
    grade = task.grade(1)
    solution = next(r for r in task.excerpt.records if r.kind == task.file.solution)
    assert grade.stretch
    assert solution not in grade.stretch


def test_the_stretch_shown_is_the_shortest_of_all_that_show_it() -> None:
    """By hand: no other wrong choice of that day leaves fewer records from its cause to its end."""
    grade = exercise("E4.1").grade("T3")
    assert [record.kind for record in grade.stretch] == [
        "edit",
        "reload",
        "open",
        "submit",
        "success",
    ]


def test_what_nobody_met_is_shown_up_to_the_list_that_ended_it() -> None:
    """An edit alone shows nothing: the stretch goes on to the list in which the reason is gone."""
    grade = exercise("E1.5").grade({"filter_type": "hierarchical", "refresh_interval_ms": 600_000})
    assert [record.kind for record in grade.stretch] == ["edit", "list"]


def test_a_step_on_the_way_is_told_apart_from_what_leads_nowhere() -> None:
    """A choice leads to the false success, by the log's own causes; a renewal to nothing."""
    assert exercise("T3.2").grade(4).because == "step"
    assert exercise("T2.2").grade(4).because == "apart"


def test_a_mean_that_would_do_is_called_luck_whatever_the_reason() -> None:
    """By hand 9 min 35 s: half of 18 min 40 s, and half of a poll. Ten days are not sure of it."""
    nearly = {"division_id": "{{context.user.divisionId}}", "token_life_ms": 1_180_000}
    grade = exercise("T2.4").grade(nearly)
    assert grade.because == "late"
    assert grade.reason.endswith("it may be luck.")


def test_what_does_not_vary_is_told_without_an_interval() -> None:
    """20 agents list 24 codes of divisions above, 10 list 12: on every day 20 on average."""
    assert "Measured: 20 codes." in exercise("E1.3").grade(12).reason
    assert "holds 20 codes of" in exercise("E1.4").grade("E1a").reason


def test_no_notice_names_the_fault_that_is_asked_for() -> None:
    """Running such a world elsewhere says where the codes are not; here that is the answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert exercise("T1.1").excerpt.lines
        assert exercise("T1.1").grade("E1").stretch


def test_no_exercise_of_that_name_is_one_line() -> None:
    """With what there is."""
    with pytest.raises(BadInput, match=r"no exercise 'E4.9'.*E4.1 to E4.5"):
        simkit.exercise("E4.9")


def lines_of(task: Exercise) -> Iterator[str]:
    """Give what a learner reads."""
    yield from repr(task).splitlines()


def test_a_task_tells_nothing_that_answers_it(file: ExerciseFile) -> None:
    """Neither the trap's id where it is asked for, nor any reason or hidden case."""
    told = " ".join(lines_of(exercise(file.id)))
    for secret in (*(r.says for r in file.reasons), *file.hints, file.right):
        assert " ".join(secret.split()) not in told
