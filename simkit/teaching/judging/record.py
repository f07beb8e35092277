"""Which record made belief and truth part: the culprit of the shortest stretch that shows it."""

from __future__ import annotations

from typing import Any

from simkit.base.errors import BadInput, shown
from simkit.base.language import tr, tr_noop
from simkit.runs.log import Record
from simkit.runs.run import Run
from simkit.teaching import worlds
from simkit.teaching.evidence import Evidence, Excerpt, excerpt, shortest
from simkit.teaching.exercise_file import ExerciseFile, RecordAsked
from simkit.teaching.judging.verdict import Verdict, right, wrong

STEP, LATER, APART = "step", "later", "apart"
_DEFAULT = {
    STEP: tr_noop(
        "It is one of the steps that lead there. Yet after this record what the desk shows "
        "still agrees with what the platform knows."
    ),
    LATER: tr_noop(
        "Belief and truth had parted by then: what comes later cannot have made them part."
    ),
    APART: tr_noop(
        "After this record belief and truth still agree, and it leads to nothing that makes "
        "them part."
    ),
}
"""What is said where the exercise has no reason of its own."""


def excerpt_of(exercise: ExerciseFile) -> tuple[Run, Evidence, Excerpt]:
    """Give the run of an exercise's day, what shows the failing in it, and the log around that."""
    made = worlds.day(worlds.settings_of(exercise.world), exercise.world.seed)
    found = shortest(made, exercise.discrepancy)
    if found is None:
        raise BadInput(f"nothing goes wrong on the day of {exercise.id}: choose another seed")
    return made, found, excerpt(made, found)


def judge_record(exercise: ExerciseFile, ask: RecordAsked, answer: Any) -> Verdict:
    """Judge a record of the excerpt; BadInput for one that is not in it."""
    made, evidence, piece = excerpt_of(exercise)
    named = _named(piece, answer)
    place = piece.records.index(named)
    line = piece.lines[place].replace("  ", ", ")
    words = {"answer": tr("Record {n}, {line}", n=place + 1, line=line)}
    led = {record.id for record in evidence.records}
    if named.id == evidence.culprit.id or (named.kind in ask.also and named.id in led):
        return right(exercise, words)
    sort = LATER if named.t > evidence.start else STEP if named.id in led else APART
    later = sort == LATER
    reason = next((r for r in exercise.reasons if later and named.kind in r.kinds), None)
    # The culprit is left for the learner to find.
    rest = tuple(record for record in evidence.records if record.id != evidence.culprit.id)
    found = wrong(exercise, reason, sort, _DEFAULT[sort], words)
    return found._replace(run=made, evidence=evidence._replace(records=rest))


def _named(piece: Excerpt, answer: Any) -> Record:
    """Give the record of an excerpt that is meant: by its number, or itself."""
    if isinstance(answer, Record):
        if answer in piece.records:
            return answer
        raise BadInput("the record is not one of the excerpt", field="answer")
    if isinstance(answer, int) and not isinstance(answer, bool):
        if 1 <= answer <= len(piece.records):
            return piece.records[answer - 1]
    elif isinstance(answer, str):  # a kind that stands there once
        alike = [record for record in piece.records if record.kind == answer]
        if len(alike) == 1:
            return alike[0]
    allowed = f"a number from 1 to {len(piece.records)}, or one of these records"
    raise BadInput(field="answer", found=shown(answer), allowed=allowed)
