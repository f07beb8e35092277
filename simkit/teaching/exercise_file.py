"""What a file of exercises holds: worlds, what is asked of them, hints, and reasons by their names.

Files lie in ``data/exercises/``, one for each trap, capstone and the interval. What is right stands
in none of them: it is a condition, and is measured.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from simkit.base.errors import BadInput, LocatedError, shown
from simkit.base.reading import documents, validation
from simkit.rules.organisation import Section
from simkit.rules.sections import SECTIONS, dotted
from simkit.runs.discrepancies import KINDS as DISCREPANCIES
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import TRAP_IDS

Order = Literal["recognise", "explain", "repair", "transfer"]
"""What an exercise asks for, of rising order."""
Discrepancy = Literal["unusable", "missing", "status", "unresponsive"]
HINTS = 3
_BRACE = re.compile(r"\{(\w*)\}")
ALWAYS = {"answer"}
"""What any reason may name in braces."""
assert Discrepancy.__args__ == DISCREPANCIES  # type: ignore[attr-defined]


class World(Section):
    """A deployment, and the day that is looked at."""

    traps: tuple[str, ...] = Field(default=(), description="Traps that are sprung; none is healthy")
    fix: str | None = Field(default=None, description="A fix of the first trap that is in place")
    set: dict[str, Any] = Field(default_factory=dict, description="Further fields, by dotted path")
    organisation: Literal["small", "classroom"] = Field(
        default="small", description="The kit's organisation that it is"
    )
    seed: int = Field(default=1, ge=0, description="Of the day that is shown")

    @model_validator(mode="after")
    def _exists(self) -> World:
        for place, trap in enumerate(self.traps):
            if trap not in TRAP_IDS:
                raise LocatedError(f"unknown trap {shown(trap)}", ("traps", place), TRAP_IDS)
        if self.fix is not None and not self.traps:
            raise LocatedError("a fix needs a trap", ("fix",))
        return self


class Option(Section):
    """A possible cause that is no trap of the guide: what is undone when it is put right."""

    id: str = Field(description="What it is named by")
    title: str = Field(description="Name in plain words")
    set: dict[str, Any] = Field(description="Fields that put it right, by dotted path")


class CauseAsked(Section):
    """Which fault is behind a symptom? Right is one that is there, and without which it goes."""

    kind: Literal["cause"] = Field(description="Which fault is behind a symptom")
    metric: str = Field(description="The symptom; more is worse")
    options: tuple[str, ...] = Field(default=TRAP_IDS, description="Traps that may be named")
    others: tuple[Option, ...] = Field(default=(), description="Causes that are no traps")


class RecordAsked(Section):
    """Which record of an excerpt made belief and truth part?"""

    kind: Literal["record"] = Field(description="Which record did it")
    also: tuple[str, ...] = Field(
        default=(), description="Kinds of records that count too, if they led to it"
    )


class NumberAsked(Section):
    """How much? Right is what lies within the interval of another ten days, or ``within``."""

    kind: Literal["number"] = Field(description="How much")
    metric: str = Field(description="What is asked for, as a mean over days")
    unit: str = Field(description="Of the answer: ms, s, min, %, or the metric's own")
    set: dict[str, Any] = Field(default_factory=dict, description="What is changed in the world")
    less: dict[str, Any] | None = Field(
        default=None, description="Changes whose value is taken away: a difference is asked for"
    )
    within: float = Field(default=0.0, ge=0, description="A distance that always counts as right")


class Condition(Section):
    """A metric that has to stay within a bound, over replications."""

    id: str = Field(description="Name of the reason given where it is not met")
    metric: str = Field(description="What has to stay within the bound")
    most: float | None = Field(default=None, description="Bound from above, in the metric's unit")
    least: float | None = Field(default=None, description="Bound from below")
    times: float | None = Field(
        default=None, description="Bound from above, as a multiple of the world before"
    )
    discrepancy: Discrepancy | None = Field(
        default=None, description="What shows it in a log; none where no record does"
    )

    @model_validator(mode="after")
    def _has_one_bound(self) -> Condition:
        _refuse_metric(self.metric)
        if sum(each is not None for each in (self.most, self.least, self.times)) != 1:
            raise LocatedError("give one of most, least and times", ("most",))
        return self


class Case(Section):
    """The answer somewhere else: hidden until it fails."""

    id: str = Field(description="Name of the reason given where it fails")
    organisation: Literal["small", "classroom"] | None = Field(
        default=None, description="Another organisation of the kit"
    )
    set: dict[str, Any] = Field(default_factory=dict, description="Changed beside the answer")
    keep: tuple[Condition, ...] = Field(
        default=(), description="What is demanded there; none for the same as elsewhere"
    )


class SettingsAsked(Section):
    """Change settings so that conditions hold: any change that does is right."""

    kind: Literal["settings"] = Field(description="Which change")
    may_change: tuple[str, ...] = Field(
        description="What is the learner's: fields, or whole sections"
    )
    keep: tuple[Condition, ...] = Field(min_length=1, description="In order: the cure, then limits")
    cases: tuple[Case, ...] = Field(default=(), description="Where it has to hold as well, hidden")


Asked = Annotated[
    CauseAsked | RecordAsked | NumberAsked | SettingsAsked, Field(discriminator="kind")
]


class Reason(Section):
    """What is said of a wrong answer of one sort."""

    id: str = Field(description="Name of the reason")
    says: str = Field(
        description="What is said; {measured}, {allowed}, {before}, {answer} are filled"
    )
    answers: tuple[str, ...] = Field(default=(), description="Causes that were named")
    kinds: tuple[str, ...] = Field(
        default=(),
        description="Kinds of records that were named, of those that come later than the culprit",
    )
    times: tuple[float, float] | None = Field(
        default=None, description="Numbers from so many times the true one to so many times"
    )
    between: tuple[float, float] | None = Field(default=None, description="Numbers in the unit")
    changes: tuple[str, ...] = Field(default=(), description="Fields that were changed")


class WrongAnswer(Section):
    """A plausible wrong answer, and the reason that it gets."""

    answer: Any = Field(description="The answer, as a learner would give it")
    because: str = Field(description="Name of the reason that it gets")


class ExerciseFile(Section):
    """One exercise, with all that is needed to judge an answer."""

    id: str = Field(description="Id of the group and number, such as E4.2")
    title: str = Field(description="Name in plain words")
    order: Order = Field(description="What it asks for, of rising order")
    minutes: int = Field(ge=1, le=30, description="How long it takes (min)")
    world: World = Field(description="Where it takes place")
    discrepancy: Discrepancy = Field(description="What shows the symptom in a log")
    task: str = Field(description="What is to be done, and in what form the answer is given")
    ask: Asked = Field(description="What is asked for")
    hints: tuple[str, ...] = Field(
        min_length=HINTS, max_length=HINTS, description="Each says more than the one before"
    )
    start: Any = Field(description="An answer that runs and is not right yet")
    solution: Any = Field(description="The worked solution")
    unforeseen: tuple[Any, ...] = Field(
        default=(), description="Right answers that go another way than the solution"
    )
    right: str = Field(description="What is said of a right answer")
    reasons: tuple[Reason, ...] = Field(default=(), description="What is said of wrong answers")
    wrong: tuple[WrongAnswer, ...] = Field(description="Plausible wrong answers, for the tests")

    @model_validator(mode="after")
    def _can_be_asked(self) -> ExerciseFile:
        ask = self.ask
        if isinstance(ask, CauseAsked | NumberAsked):
            _refuse_metric(ask.metric, ("ask", "metric"))
        if isinstance(ask, SettingsAsked):
            for place, field in enumerate(ask.may_change):
                _refuse_field(field, ("ask", "may_change", place))
        for place, reason in enumerate(self.reasons):
            named = set(_BRACE.findall(reason.says))
            unknown = named - ALWAYS - {"measured", "allowed", "before"}
            if unknown:
                where = ("reasons", place, "says")
                raise LocatedError(f"nothing fills {shown(min(unknown))} here", where)
        return self


class Exercises(Section):
    """The exercises of a trap, of a capstone, or of the refresh interval."""

    of: str = Field(description="A trap, I, C1 or C2; part of each id")
    title: str = Field(description="Name in plain words")
    story: str = Field(default="", description="What is told before all of them")
    exercises: tuple[ExerciseFile, ...] = Field(description="In their order")

    @model_validator(mode="after")
    def _are_numbered(self) -> Exercises:
        for place, each in enumerate(self.exercises):
            wanted = f"{self.of}.{place + 1}"
            if each.id != wanted:
                where = ("exercises", place, "id")
                raise LocatedError(f"exercises are numbered: {wanted} stands here", where)
        return self


def read_exercises(path: Path) -> Exercises:
    """Give the exercises in a file; BadInput, with its place, where one cannot be asked."""
    return validation.validate(Exercises, documents.read(path))


def _refuse_metric(metric: str, where: tuple[str | int, ...] = ("metric",)) -> None:
    if metric not in METRICS:
        raise LocatedError(f"unknown metric {shown(metric)}", where, METRICS)


def _refuse_field(field: str, where: tuple[str | int, ...]) -> None:
    if field in SECTIONS:
        return
    try:
        dotted(field)
    except BadInput as problem:
        raise LocatedError(str(problem), where) from None
