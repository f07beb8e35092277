"""Which change: one of the learner's own fields that meets all conditions, everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from simkit.base.errors import BadInput, shown
from simkit.base.formatting import number
from simkit.base.language import tr, tr_noop
from simkit.rules.sections import SECTIONS, dotted
from simkit.rules.settings import Difference, Settings, diff
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import traps
from simkit.teaching import worlds
from simkit.teaching.exercise_file import Case, Condition, ExerciseFile, Reason, SettingsAsked
from simkit.teaching.judging.verdict import Verdict, in_words, right, shown_in, wrong

NOT_YOURS, UNCHANGED = "not-yours", "unchanged"
_NOTHING = tr_noop("Nothing is changed yet.")
_FOREIGN = tr_noop(
    "{answer} is not yours to change here: that would be another day, or another platform. "
    "Yours: {allowed}."
)
_BEYOND = tr_noop("{metric}: {measured}, where {allowed} is asked for.")
"""What is said where the exercise has no reason of its own."""


class _Failure(NamedTuple):
    """What is to be said of a condition that is not met."""

    words: dict[str, str]
    unsure: str
    """What is said after any reason where the mean alone would meet it."""


def changes_in(exercise: ExerciseFile, settings: Settings, answer: Any) -> dict[str, Any]:
    """Give the fields that an answer changes, by dotted path; BadInput for what is no change.

    An answer is a mapping of fields, settings, differences, or the id of a fix of the first trap.
    """
    if isinstance(answer, Settings):
        if answer.organisation != settings.organisation:
            raise BadInput("the organisation stays as it is", field="answer")
        return {each.field: each.new for each in diff(settings, answer)}
    if isinstance(answer, str):
        if not exercise.world.traps:
            raise BadInput(field="answer", found=shown(answer), allowed="a mapping of fields")
        trap = traps[exercise.world.traps[0]]
        return {
            dotted(field): value
            for one in answer.split("+")
            for field, value in trap.change(one).set.items()
        }
    if isinstance(answer, Mapping):
        return {dotted(str(field)): value for field, value in answer.items()}
    if isinstance(answer, Sequence) and all(isinstance(each, Difference) for each in answer):
        return {each.field: each.new for each in answer}
    allowed = "a mapping of fields to values, settings, or the id of a fix"
    raise BadInput(field="answer", found=shown(answer), allowed=allowed)


def judge_change(
    exercise: ExerciseFile, ask: SettingsAsked, settings: Settings, answer: Any
) -> Verdict:
    """Judge a change of settings, demand by demand; BadInput for what is none."""
    mine = settings.replace(changes_in(exercise, settings, answer))
    changed = {each.field for each in diff(settings, mine)}
    of = len(ask.keep) + len(ask.cases)
    if not changed:
        nothing = wrong(exercise, None, UNCHANGED, _NOTHING, {})
        return shown_in(nothing, mine, exercise.world.seed, exercise.discrepancy)._replace(of=of)
    if foreign := _foreign(ask, changed):
        return _not_yours(exercise, ask, foreign)._replace(of=of)
    reached = 0
    for case, before, after, conditions in _demands(ask, settings, mine):
        asked = {condition.metric for condition in conditions}
        found = worlds.measured({"before": (before, asked), "after": (after, asked)})
        for condition in conditions:
            if failed := _failed(condition, found["before"], found["after"]):
                because = case.id if case else condition.id
                verdict = wrong(exercise, _own(exercise, changed), because, _BEYOND, failed.words)
                kind = condition.discrepancy
                if condition.metric == ask.keep[0].metric:
                    kind = exercise.discrepancy
                says = verdict.says + failed.unsure
                verdict = verdict._replace(reached=reached, of=of, says=says)
                return shown_in(verdict, after, exercise.world.seed, kind)
            reached += case is None
        reached += case is not None
    metric = ask.keep[0].metric
    best = worlds.measured({"after": (mine, {metric})})["after"][metric]
    words = {
        "answer": ", ".join(sorted(changed)),
        "measured": in_words(metric, worlds.estimate(metric, best)),
    }
    return right(exercise, words)._replace(reached=of, of=of)


def _own(exercise: ExerciseFile, changed: Set[str]) -> Reason | None:
    """Give the exercise's reason for answers that change certain fields, where one fits."""
    return next((r for r in exercise.reasons if changed & set(map(dotted, r.changes))), None)


def _foreign(ask: SettingsAsked, changed: Set[str]) -> list[str]:
    """Give the changed fields that are not the learner's to change."""
    own = {each if each in SECTIONS else dotted(each) for each in ask.may_change}
    return sorted(field for field in changed if not {field, field.split(".")[0]} & own)


def _not_yours(exercise: ExerciseFile, ask: SettingsAsked, foreign: list[str]) -> Verdict:
    words = {"answer": ", ".join(foreign), "allowed": ", ".join(ask.may_change)}
    return wrong(exercise, _own(exercise, set(foreign)), NOT_YOURS, _FOREIGN, words)


def _demands(
    ask: SettingsAsked, settings: Settings, mine: Settings
) -> list[tuple[Case | None, Settings, Settings, tuple[Condition, ...]]]:
    """Give where an answer has to hold: the world shown, then the hidden cases."""
    demands: list[tuple[Case | None, Settings, Settings, tuple[Condition, ...]]] = [
        (None, settings, mine, ask.keep)
    ]
    for case in ask.cases:
        both = [each.replace(case.set) for each in (settings, mine)]
        if case.organisation:
            both = [worlds.elsewhere(each, case.organisation) for each in both]
        demands.append((case, both[0], both[1], case.keep or ask.keep))
    return demands


def _failed(condition: Condition, before: worlds.Values, after: worlds.Values) -> _Failure | None:
    """Give what is to be said of a condition that is not met; None where it is."""
    metric = METRICS[condition.metric]
    was = worlds.estimate(condition.metric, before[condition.metric])
    now = worlds.estimate(condition.metric, after[condition.metric])
    most = condition.most
    if condition.times is not None:
        most = condition.times * was.mean
    if condition.least is not None:
        bound, met = condition.least, now.low >= condition.least
        unsure = now.mean >= bound
        allowed = tr("at least {bound}", bound=number(bound, metric.unit))
    else:
        assert most is not None
        bound, met = most, now.high <= most
        unsure = now.mean <= bound
        allowed = tr("at most {bound}", bound=number(bound, metric.unit))
    if met:
        return None
    title = tr(metric.title)
    words = {
        "measured": in_words(condition.metric, now),
        "before": in_words(condition.metric, was),
        "allowed": allowed,
        "metric": title[:1].upper() + title[1:],
    }
    more = tr("The mean would do, its interval does not: it may be luck.")
    return _Failure(words, f" {more}" if unsure else "")
