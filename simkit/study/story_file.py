"""A file of ``data/stories/``: the story of a trap as data, refused when it cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, model_validator

from simkit.base.errors import LocatedError, shown
from simkit.base.reading import documents, validation
from simkit.inputs.profiles import GUIDE, of_the_kit
from simkit.rules.organisation import Section
from simkit.runs.metrics.registered import METRICS
from simkit.study import story_words
from simkit.study.catalogue import Trap, traps_of
from simkit.study.story_registered import MOMENTS
from simkit.study.story_scene import ALWAYS, Duration, Kinds
from simkit.study.story_scene import Lit as Lit

BEFORE = "before_"
"""Before the name of a metric: that of the trap's run, whatever the step shows."""
FEWEST, MOST = 5, 7
"""How many steps a story has."""

Where = tuple[str | int, ...]


class StoryQuestion(Section):
    """What is asked before the next step answers it."""

    ask: str = Field(min_length=1, max_length=300, description="The question")
    options: tuple[str, ...] = Field(
        default=(), max_length=6, description="What can be answered; none where it is a number"
    )
    right: str | None = Field(
        default=None, description="The right option; none where it is a matter of judgement"
    )
    unit: str | None = Field(
        default=None, description="Unit of the number; of a span ms, s, min or h"
    )
    value: str | None = Field(default=None, description="Name of the value that is the true number")

    @model_validator(mode="after")
    def _has_one_kind_of_answer(self) -> StoryQuestion:
        if bool(self.options) == (self.value is not None):
            raise LocatedError("give either options or the value of a number", ("options",))
        if len(self.options) == 1:
            raise LocatedError("one option is no choice", ("options",))
        if self.right is not None and self.right not in self.options:
            raise LocatedError(f"no option is {shown(self.right)}", ("right",), self.options)
        if (self.value is None) != (self.unit is None):
            raise LocatedError("a unit belongs to a number, and a number has one", ("unit",))
        return self


class StoryStep(Section):
    """A sentence or two at a moment."""

    says: str = Field(
        min_length=1,
        max_length=500,
        description="What is said; ``{name}`` is filled with a value, ``{name:noun}`` with a count "
        "and its noun; the wrong thing stands between ``**``",
    )
    moment: str = Field(description="Name of the rule that finds the moment in the log")
    lit: tuple[Lit, ...] = Field(min_length=1, description="What is lit up")
    question: StoryQuestion | None = Field(
        default=None, description="What is asked, and answered by the next step"
    )
    fix: str | None = Field(default=None, description="Id of the fix with which it is shown")
    optional: bool = Field(
        strict=True, default=False, description="Left out of a day without such a moment"
    )
    small: str | None = Field(default=None, description="Small print, filled as well")

    @property
    def names(self) -> Iterator[str]:
        """The names of all values that its texts are filled with."""
        asked = self.question
        more = (asked.ask, *asked.options) if asked else ()
        for text in (self.says, self.small or "", *more):
            yield from (brace.name for brace in story_words.braces(text))
        if asked and asked.value:
            yield asked.value


class Story(Section):
    """The story of a trap."""

    profile: str = Field(default=GUIDE, description="Platform profile of the kit that has the trap")
    trap: str = Field(description="Id of the trap; the file has the same name")
    steps: tuple[StoryStep, ...] = Field(
        min_length=FEWEST, max_length=MOST, description="Its steps, in the order of time"
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> Story:
        if self.profile not in (profiles := of_the_kit()):
            raise LocatedError(f"unknown profile {shown(self.profile)}", ("profile",), profiles)
        traps = traps_of(self.profile)
        if self.trap not in traps:
            raise LocatedError(f"unknown trap {shown(self.trap)}", ("trap",), traps)
        known = {**ALWAYS, **_metrics()}
        for i, step in enumerate(self.steps):
            _refuse_step(traps[self.trap], step, ("steps", i))
            fills = MOMENTS[step.moment].fills
            _refuse_texts(step, ("steps", i), {**known, **fills})
            known |= {} if step.optional else fills
        if sum(not step.optional for step in self.steps) < FEWEST:
            raise LocatedError(f"fewer than {FEWEST} steps are told in any case", ("steps",))
        last = self.steps[-1]
        if "switch" not in last.lit or last.fix is None or last.optional:
            problem = "the last step shows a fix, lights the switch and is never left out"
            raise LocatedError(problem, ("steps", len(self.steps) - 1, "lit"))
        return self


def read_story(path: Path) -> Story:
    """Give the story in a file; BadInput, with its place, for one that cannot be told."""
    return validation.validate(Story, documents.read(path))


def _metrics() -> dict[str, type]:
    """Give the types of all metrics, and of those of the trap's run beside a fix's."""
    kinds = {name: story_words.kind_of(metric.unit) for name, metric in METRICS.items()}
    return kinds | {BEFORE + name: kind for name, kind in kinds.items()}


def _refuse_step(trap: Trap, step: StoryStep, where: Where) -> None:
    """Refuse a moment or a fix that there is not."""
    if step.moment not in MOMENTS:
        problem = f"unknown moment {shown(step.moment)}"
        raise LocatedError(problem, (*where, "moment"), MOMENTS)
    fixes = [change.id for change in (*trap.fixes, *trap.remedies)]
    if step.fix is not None and step.fix not in fixes:
        raise LocatedError(f"{trap.id} has no fix {shown(step.fix)}", (*where, "fix"), fixes)
    if MOMENTS[step.moment].needs_fix and step.fix is None:
        raise LocatedError("this moment is one of a fix's run: name the fix", (*where, "moment"))


def _refuse_texts(step: StoryStep, where: Where, known: Kinds) -> None:
    """Refuse texts that cannot be filled."""
    _refuse_text(step.says, (*where, "says"), known)
    _refuse_text(step.small or "", (*where, "small"), known)
    if (asked := step.question) is None:
        return
    where = (*where, "question")
    _refuse_text(asked.ask, (*where, "ask"), known)
    for i, option in enumerate(asked.options):
        _refuse_text(option, (*where, "options", i), known)
    if asked.value is None:
        return
    kind = _kind(asked.value, (*where, "value"), known)
    if kind not in (int, Duration):
        raise LocatedError(f"{shown(asked.value)} is no number", (*where, "value"))
    if kind is Duration and asked.unit not in story_words.UNITS:
        problem = f"{shown(asked.unit)} is no unit of time"
        raise LocatedError(problem, (*where, "unit"), story_words.UNITS)


def _refuse_text(text: str, where: Where, known: Kinds) -> None:
    try:
        braces = list(story_words.braces(text))
    except ValueError as problem:
        raise LocatedError(str(problem), where) from None
    for brace in braces:
        if _kind(brace.name, where, known) is not int and brace.noun:
            raise LocatedError(f"{shown(brace.name)} is no count and takes no noun", where)


def _kind(name: str, where: Where, known: Kinds) -> type:
    if name not in known:
        values = ", ".join(sorted(known.keys() - _metrics().keys()))
        problem = f"nothing fills {shown(name)} here; known are {values} and the metrics"
        raise LocatedError(problem, where)
    return known[name]
