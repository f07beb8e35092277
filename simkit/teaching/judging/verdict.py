"""Verdicts: what an answer is worth, and the words that it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simkit.base.formatting import interval, number
from simkit.base.language import tr
from simkit.base.statistics import Estimate
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.runs.run import Run
from simkit.teaching import worlds
from simkit.teaching.evidence import Evidence, shortest
from simkit.teaching.exercise_file import ExerciseFile, Reason

RIGHT = "right"


class Verdict(NamedTuple):
    """What an answer is worth, and why."""

    because: str
    """Name of the reason: ``right``, a condition, or a sort of wrong answer."""
    reached: int
    """How many demands were met, in their order, before the first that was not."""
    of: int
    says: str
    """The reason in words, numbers filled in."""
    run: Run | None = None
    """The run in which it shows."""
    evidence: Evidence | None = None


def right(exercise: ExerciseFile, words: Mapping[str, str]) -> Verdict:
    """Give the verdict on a right answer."""
    return Verdict(RIGHT, 1, 1, _filled(tr(exercise.right), words))


def wrong(
    exercise: ExerciseFile,
    named: Reason | None,
    sort: str,
    default: str,
    words: Mapping[str, str],
) -> Verdict:
    """Give the verdict on a wrong answer.

    It is told with the reason that is named, else with the exercise's own reason of that sort, else
    with the default; both are said in the language that is spoken.
    """
    own = named or next((each for each in exercise.reasons if each.id == sort), None)
    return Verdict(own.id if own else sort, 0, 1, _filled(tr(own.says if own else default), words))


def shown_in(verdict: Verdict, settings: Settings, seed: int, kind: str | None) -> Verdict:
    """Give a verdict with the run of a day, and the stretch of its log that shows a discrepancy."""
    if kind is None:
        return verdict
    made = worlds.day(settings, seed)
    return verdict._replace(run=made, evidence=shortest(made, kind))


def _filled(text: str, words: Mapping[str, str]) -> str:
    """Fill what stands in braces; what is filled in is not read again."""
    parts = text.split("{")
    done = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        done.append(words.get(name, "?") + rest)
    return " ".join("".join(done).split())


def in_words(metric: str, found: Estimate) -> str:
    """Give a metric over replications, with its interval where that is wider than its rounding."""
    unit = METRICS[metric].unit
    mean = number(found.mean, unit)
    alike = number(found.low, unit) == mean == number(found.high, unit)
    return mean if alike else interval(found, unit)
