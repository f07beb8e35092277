"""Progress files: kept after each answer, read with suspicion, judged again when collected."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

import simkit
from simkit.base.errors import BadInput
from simkit.teaching.collecting import collect, questions, true_answer
from simkit.teaching.exercises import exercise
from simkit.teaching.progress_file import read_progress


def file_of(name: str, *entries: dict[str, Any], **more: Any) -> str:
    """Give the text of a progress file."""
    data = {"format": "simkit-progress", "version": 1, "name": name, "entries": list(entries)}
    return json.dumps(data | more)


def tried(answer: Any, exercise_id: str = "E4.4") -> dict[str, Any]:
    return {"kind": "exercise", "exercise": exercise_id, "answer": answer}


def guessed(guess: float | str, trap: str = "E4", step: int = 1) -> dict[str, Any]:
    return {"kind": "guess", "trap": trap, "step": step, "guess": guess, "unit": "min"}


def test_answers_are_kept_and_another_kernel_goes_on(tmp_path: Path) -> None:
    """After each answer the file is whole; the same name opens it again, with all that is in it."""
    path = tmp_path / "ann.json"
    mine = simkit.progress("Ann", path)
    assert not mine.grade("E4.1", "T3").right
    task = exercise("E4.4")
    assert mine.grade("E4.4", task.settings.replace(dataset_life_polls=3)).right
    assert mine.grade("E4.2", exercise("E4.2").excerpt.records[4]).right
    kept = [(entry.exercise, entry.answer) for entry in read_progress(path).entries]
    assert kept == [("E4.1", "T3"), ("E4.4", {"widget.dataset_life_polls": 3}), ("E4.2", 5)]
    again = simkit.progress("Ann", path)
    again.grade("E4.1", "E4")
    assert len(read_progress(path).entries) == 4


def test_what_is_refused_is_not_kept(tmp_path: Path) -> None:
    """An answer of another kind leaves no trace in the file."""
    path = tmp_path / "ann.json"
    with pytest.raises(BadInput):
        simkit.progress("Ann", path).grade("E4.4", 7)
    assert not path.exists()


def test_somebody_elses_file_is_left_alone(tmp_path: Path) -> None:
    """Two people on one machine do not mix."""
    path = tmp_path / "p.json"
    simkit.progress("Ann", path).grade("E4.1", "E4")
    before = path.read_bytes()
    with pytest.raises(BadInput, match="somebody else's"):
        simkit.progress("Ben", path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "p.json:1:"),
        ("[]", "p.json"),
        (file_of("Ann", format="other"), "format"),
        (file_of("Ann", version=2), "version"),
        (file_of("x" * 81), "name"),
        (file_of("Ann", guessed(True)), "guess"),
        (file_of("Ann", score=1.0), "unknown key 'score'"),
        (file_of("Ann", {"kind": "exercise", "exercise": "E4.1"}), "answer"),
        (file_of("Ann", guessed(float("nan"))), "NaN"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    """With its name, and where in it."""
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_progress(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_room_of_thirty_of_which_three_are_damaged_and_one_is_forged(tmp_path: Path) -> None:
    """All answers are judged anew; the damaged are named; what a forger claims is not there.

    By hand: all but the forger and the damaged gave the right answer at their second try.
    """
    room = [f"Person {n:02}" for n in range(1, 27)]
    for name in room:
        entries = (tried({"dataset_life_polls": 30}), tried({"dataset_life_polls": 3}), guessed(12))
        (tmp_path / f"{name}.json").write_text(file_of(name, *entries))
    # The forger: a wrong answer, in a file that could not say "full marks" if it wanted to.
    (tmp_path / "forged.json").write_text(file_of("=1+1", tried("E4a"), tried("E4", "E4.1")))
    (tmp_path / "cut.json").write_text(file_of("Cut")[:-5])
    (tmp_path / "marks.json").write_text(file_of("Marks", {**tried("E4a"), "score": 1.0}))
    (tmp_path / "other.json").write_text(file_of("Other", tried("nonsense")))
    found = collect(tmp_path)
    assert found.people == 27
    assert len(found.refused) == 3
    for line, file in zip(found.refused, ("cut", "marks", "other"), strict=True):
        assert f"{file}.json" in line
        assert "\n" not in line
    of_forger = {row.what: row.score for row in found.rows if row.who == "=1+1"}
    assert of_forger["E4.1"] == 1.0
    assert of_forger["E4.4"] is not None
    assert of_forger["E4.4"] < 1.0
    rows = list(csv.DictReader(io.StringIO(found.csv())))
    honest = [row for row in rows if row["who"] in room and row["what"] == "E4.4"]
    assert {(row["score"], row["tries"]) for row in honest} == {("1.00", "2")}
    assert len(honest) == len(room)
    assert "'=1+1" in {row["who"] for row in rows}, "a name is no formula"


def test_a_guess_stands_beside_what_was_measured() -> None:
    """The question of E4's story, its answer in the run that the lab tells it of."""
    asked = questions("E4")
    told = simkit.lab("E4").story["steps"]
    assert set(asked) == {n for n, step in enumerate(told) if step["question"]}
    for place, question in asked.items():
        shown = told[place]["question"]
        expected = shown["value"] if shown["value"] is not None else shown["right"]
        assert expected in (question.value, question.right)
        assert true_answer(question)


def test_an_opinion_has_no_true_answer() -> None:
    """E3 asks which way out one would take: no option stands in the table as the right one."""
    [asked] = [each for each in questions("E3").values() if each.right < 0 and each.options]
    assert true_answer(asked) == "a matter of judgement"


def test_no_folder_is_one_line(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(BadInput, match="no such folder"):
        collect(tmp_path / "nowhere")
