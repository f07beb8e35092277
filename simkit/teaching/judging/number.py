"""How much: a number that lies where the mean of another ten days may lie."""

from __future__ import annotations

from typing import Any

from simkit.base.errors import BadInput, shown
from simkit.base.language import number_words, tr, tr_noop
from simkit.base.statistics import Estimate, estimate
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.study.story_words import UNITS
from simkit.teaching import worlds
from simkit.teaching.exercise_file import ExerciseFile, NumberAsked, Reason
from simkit.teaching.judging.verdict import Verdict, right, shown_in, wrong

LOW, HIGH = "low", "high"
_DEFAULT = {
    LOW: tr_noop("Too little: ten days give {measured}, you said {answer}."),
    HIGH: tr_noop("Too much: ten days give {measured}, you said {answer}."),
}
"""What is said where the exercise has no reason of its own."""
PERCENT = "%"


def judge_number(
    exercise: ExerciseFile, ask: NumberAsked, settings: Settings, answer: Any
) -> Verdict:
    """Judge a number in the unit that is asked for; BadInput for anything else."""
    if isinstance(answer, bool) or not isinstance(answer, int | float) or answer != answer:
        raise BadInput(field="answer", found=shown(answer), allowed=f"a number, in {ask.unit}")
    truth = true_number(exercise, ask, settings)
    low, high = worlds.of_another_ten(truth)
    low, high = min(low, truth.mean - ask.within), max(high, truth.mean + ask.within)
    words = {
        "answer": f"{number_words(f'{answer:g}')} {tr(ask.unit)}",
        "measured": _in_words(truth, ask.unit),
    }
    if low <= answer <= high:
        return right(exercise, words)
    sort = LOW if answer < low else HIGH
    reason = next((each for each in exercise.reasons if _fits(each, answer, truth.mean)), None)
    verdict = wrong(exercise, reason, sort, _DEFAULT[sort], words)
    mine = settings.replace(ask.set)
    return shown_in(verdict, mine, exercise.world.seed, exercise.discrepancy)


def true_number(exercise: ExerciseFile, ask: NumberAsked, settings: Settings) -> Estimate:
    """Give what is asked for, in the unit of the answer: of a difference, one of paired days."""
    wanted = {"is": (settings.replace(ask.set), {ask.metric})}
    if ask.less is not None:
        wanted["less"] = (settings.replace(ask.less), {ask.metric})
    found = worlds.measured(wanted)
    values = found["is"][ask.metric]
    if ask.less is not None:
        values = [a - b for a, b in zip(values, found["less"][ask.metric], strict=True)]
        mean = estimate(values)
    else:
        mean = worlds.estimate(ask.metric, values)
    scale = _scale(METRICS[ask.metric].unit, ask.unit)
    return Estimate(*(each * scale for each in mean))


def _in_words(truth: Estimate, unit: str) -> str:
    """Give the true number, with its interval where that is wider than its rounding."""
    mean, low, high = (number_words(f"{each:.3g}") for each in truth)
    value = f"{mean} {tr(unit)}"
    if low == mean == high:
        return value
    return tr("{mean} ({low} to {high})", mean=value, low=low, high=high)


def _scale(own: str, asked: str) -> float:
    if own == asked:
        return 1.0
    if asked == PERCENT and own == "share":
        return 100.0
    if own in UNITS and asked in UNITS:
        return UNITS[own] / UNITS[asked]
    raise BadInput(f"a metric in {own} cannot be asked for in {asked}", field="unit")


def _fits(reason: Reason, answer: float, truth: float) -> bool:
    if reason.between is not None:
        return reason.between[0] <= answer <= reason.between[1]
    if reason.times is not None:
        low, high = sorted(times * truth for times in reason.times)
        return low <= answer <= high
    return False
