"""Collecting: the progress files of a room as one table, every answer judged again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from simkit.base.errors import BadInput, shown
from simkit.base.formatting import answer_words
from simkit.base.formatting import name as readable
from simkit.base.language import language
from simkit.base.progress import under_way
from simkit.engines.running import run
from simkit.study.catalogue import TRAP_IDS, traps
from simkit.study.stories import Question, story_of, tell
from simkit.teaching.exercises import exercise as exercise_of
from simkit.teaching.exercises import exercises
from simkit.teaching.progress_file import Answered, LockedGuess, ProgressFile, read_progress

MOST_FILES = 500
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""With these a cell of a table begins to calculate when it is opened as a spreadsheet."""


class Row(NamedTuple):
    """One line of the table: an exercise that somebody tried, or a guess."""

    who: str
    what: str
    """Id of the exercise, or trap and step of the question."""
    score: float | None
    """Of an exercise, the best of all answers, judged anew."""
    tries: int
    guess: str
    measured: str
    """What the question's answer is, measured."""


@dataclass(frozen=True)
class Collected:
    """A room's progress."""

    rows: tuple[Row, ...]
    refused: tuple[str, ...]
    """A line for each file that could not be used: which, where in it, and why."""
    people: int

    def csv(self) -> str:
        """Give the table as CSV, in which no cell is a formula."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["who", "what", "score", "tries", "guess", "measured"])
        for row in self.rows:
            score = "" if row.score is None else f"{row.score:.2f}"
            cells = (row.who, row.what, score, str(row.tries), row.guess, row.measured)
            writer.writerow([f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in cells])
        return out.getvalue()


def collect(folder: Path) -> Collected:
    """Give the progress of all files of a folder, by name; BadInput where there is no folder.

    Files that are damaged or none of ours are named and left out. An answer of another kind than is
    asked for, or to an exercise that there is not, makes a file one that cannot be used.
    """
    if not folder.is_dir():
        raise BadInput("no such folder", file=str(folder))
    paths = sorted(p for p in folder.iterdir() if p.suffix == ".json" and not p.is_symlink())
    if len(paths) > MOST_FILES:
        raise BadInput(
            "too many files",
            file=str(folder),
            found=str(len(paths)),
            allowed=f"at most {MOST_FILES}",
        )
    rows: list[Row] = []
    refused: list[str] = []
    people = 0
    with under_way("files", of=len(paths)) as tell_progress:
        for done, path in enumerate(paths, 1):
            try:
                rows += _rows(read_progress(path), path)
                people += 1
            except BadInput as problem:
                refused.append(str(problem))
            tell_progress(done, len(paths))
    return Collected(tuple(rows), tuple(refused), people)


def _rows(file: ProgressFile, path: Path) -> list[Row]:
    who = readable(file.name)
    tried: dict[str, list[float]] = {}
    for place, entry in enumerate(file.entries):
        if isinstance(entry, Answered):
            try:
                tried.setdefault(entry.exercise, []).append(_score(entry))
            except BadInput as problem:
                where = f"entries.{place}.answer"
                raise BadInput(str(problem), file=str(path), field=where) from None
    rows = [Row(who, what, max(scores), len(scores), "", "") for what, scores in tried.items()]
    guesses = (entry for entry in file.entries if isinstance(entry, LockedGuess))
    return [*rows, *(_guess(who, guess, path) for guess in guesses)]


def _score(entry: Answered) -> float:
    if entry.exercise not in exercises:
        raise BadInput("no such exercise", found=shown(entry.exercise))
    return _judged(entry.exercise, json.dumps(entry.answer, sort_keys=True))


@cache  # a room gives the same answers again and again
def _judged(exercise_id: str, answer: str) -> float:
    return exercise_of(exercise_id).grade(json.loads(answer)).score


def _guess(who: str, guess: LockedGuess, path: Path) -> Row:
    if guess.trap not in TRAP_IDS:
        raise BadInput("no such trap", file=str(path), found=shown(guess.trap))
    asked = questions(guess.trap).get(guess.step)
    said = f"{guess.guess:g} {guess.unit}" if isinstance(guess.guess, float) else guess.guess
    measured = "" if asked is None else true_answer(asked)
    return Row(who, f"{guess.trap} step {guess.step + 1}", None, 1, readable(said), measured)


def questions(trap_id: str) -> Mapping[int, Question]:
    """Give the questions of a trap's story as the lab tells it, by the place of their steps."""
    return _questions(trap_id, language())


@cache  # one run for each trap and language
def _questions(trap_id: str, _tag: str) -> Mapping[int, Question]:
    story, trap = story_of(trap_id), traps[trap_id]
    if story is None:
        return {}
    told = tell(story, run(trap.settings, 1), lambda fix: run(trap.fixed(fix), 1))
    steps = told.steps if told else ()
    return {place: step.question for place, step in enumerate(steps) if step.question}


def true_answer(question: Question) -> str:
    """Give what the answer to a question is, measured."""
    return answer_words(question.value, question.unit, question.options, question.right)
