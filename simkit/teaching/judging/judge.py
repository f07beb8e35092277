"""The one door: an exercise, an answer, a verdict."""

from __future__ import annotations

from typing import Any

from simkit.teaching import worlds
from simkit.teaching.exercise_file import CauseAsked, ExerciseFile, NumberAsked, RecordAsked
from simkit.teaching.judging.cause import judge_cause
from simkit.teaching.judging.change import judge_change
from simkit.teaching.judging.number import judge_number
from simkit.teaching.judging.record import judge_record
from simkit.teaching.judging.verdict import Verdict


def judge(exercise: ExerciseFile, answer: Any) -> Verdict:
    """Judge an answer; BadInput for one of another kind than is asked for."""
    settings = worlds.settings_of(exercise.world)
    ask = exercise.ask
    if isinstance(ask, CauseAsked):
        return judge_cause(exercise, ask, settings, answer)
    if isinstance(ask, RecordAsked):
        return judge_record(exercise, ask, answer)
    if isinstance(ask, NumberAsked):
        return judge_number(exercise, ask, settings, answer)
    return judge_change(exercise, ask, settings, answer)
