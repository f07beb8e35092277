"""Which fault is behind a symptom: one that is there, and without which the symptom goes."""

from __future__ import annotations

from typing import Any

from simkit.base.errors import BadInput, closest, shown
from simkit.base.language import tr, tr_noop
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import Trap, traps
from simkit.study.comparison import verdict as verdict_on
from simkit.teaching import worlds
from simkit.teaching.exercise_file import CauseAsked, ExerciseFile, Option
from simkit.teaching.judging.verdict import Verdict, in_words, right, shown_in, wrong

ABSENT, UNMOVED = "absent", "unmoved"
_DEFAULT = {
    ABSENT: tr_noop(
        "{answer} is not at work in this deployment: what it would do to a day is not to "
        "be seen in this log."
    ),
    UNMOVED: tr_noop(
        "Put {answer} right, and the symptom stays: {symptom} {measured}, {before} before."
    ),
}
"""What is said where the exercise has no reason of its own."""


def causes(ask: CauseAsked) -> dict[str, Trap | Option]:
    """Give what may be named as a cause, by id."""
    return {name: traps[name] for name in ask.options} | {each.id: each for each in ask.others}


def titles(ask: CauseAsked) -> dict[str, str]:
    """Give what may be named as a cause in plain words, by id."""
    return {name: tr(cause.title) for name, cause in causes(ask).items()}


def judge_cause(
    exercise: ExerciseFile, ask: CauseAsked, settings: Settings, answer: Any
) -> Verdict:
    """Judge the id of a cause; BadInput for one that may not be named."""
    known = causes(ask)
    if not isinstance(answer, str) or answer not in known:
        guess = closest(answer, known) if isinstance(answer, str) else ""
        raise BadInput(
            f"no such cause{guess}", field="answer", found=shown(answer), allowed=", ".join(known)
        )
    cause = known[answer]
    undone = worlds.cure(cause) if isinstance(cause, Trap) else cause.set
    without = settings.replace(undone)
    found = worlds.measured({"with": (settings, {ask.metric}), "without": (without, {ask.metric})})
    before, after = found["with"][ask.metric], found["without"][ask.metric]
    words = {
        "answer": answer,
        "before": in_words(ask.metric, worlds.estimate(ask.metric, before)),
        "measured": in_words(ask.metric, worlds.estimate(ask.metric, after)),
        "symptom": tr(METRICS[ask.metric].title),
    }
    there = worlds.in_force(settings, cause)
    if there and verdict_on(before, after, reproduced=any(before)) in ("cured", "reduced"):
        return right(exercise, words)
    sort = UNMOVED if there else ABSENT
    named = next((each for each in exercise.reasons if answer in each.answers), None)
    verdict = wrong(exercise, named, sort, _DEFAULT[sort], words)
    return shown_in(verdict, settings, exercise.world.seed, exercise.discrepancy)
