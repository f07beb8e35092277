"""The story of each trap: five to seven steps, each a sentence or two at a moment of one day.

A story is a file of ``data/stories/``, of another platform than the guide's in a folder of its
name. Told of a run it is plain data: words, moments in ms, what
is lit up, questions. Nothing in it is typed that the log, the settings or a metric gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from simkit.base import resources
from simkit.base.language import tr
from simkit.inputs.profiles import GUIDE
from simkit.runs.run import Run
from simkit.study import story_words
from simkit.study.catalogue import Trap, traps
from simkit.study.story_file import BEFORE, Story, StoryQuestion, StoryStep, read_story
from simkit.study.story_registered import MOMENTS
from simkit.study.story_scene import Lit, Moment, Scene, Value
from simkit.study.story_words import Part

__all__ = ["Part", "Question", "Story", "Told", "ToldStep", "story_of", "tell"]

TRAP = "trap"
"""The preset of a step that shows the trap itself."""
MOST_AGENTS = 200
"""How many agents are looked at for one whom a story can be told of."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, to be answered before the next step is shown."""

    ask: str
    options: tuple[str, ...]
    """Empty where the answer is a number."""
    right: int
    """Place of the right option; -1 where there is none."""
    unit: str
    """Of the number; empty where there are options."""
    value: float | None
    """The true number, in this unit."""


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A step as it came about on one agent's day."""

    parts: tuple[Part, ...]
    t: int
    """The moment in ms of the run, within the agent's shift."""
    lit: tuple[Lit, ...]
    preset: str
    """Which run is shown: ``trap``, or the id of a fix."""
    small: str
    question: Question | None
    moment: str
    """Name of the rule that found the moment."""
    measured: tuple[tuple[str, str], ...]
    """Metrics that the sentence tells of, each after the preset of the run that it was read of."""

    @property
    def words(self) -> str:
        """What is said, as plain text."""
        return story_words.plain(self.parts)


@dataclass(frozen=True, slots=True)
class Told:
    """The story of a trap as it came about on one agent's day."""

    trap: str
    agent: str
    steps: tuple[ToldStep, ...]


def story_of(trap: str | Trap) -> Story | None:
    """Give the story of a trap on its platform, None of one that has no file with a story.

    An id is that of one of the guide's traps. BadInput when there is none of that id, or the file
    cannot be used.
    """
    trap = trap if isinstance(trap, Trap) else traps[trap]
    return _story_in(trap.settings.profile, trap.id)


@cache
def _story_in(profile: str, trap_id: str) -> Story | None:
    folder = resources.directory("data") / "stories"
    file = (folder if profile == GUIDE else folder / profile) / f"{trap_id}.yaml"
    return read_story(file) if file.exists() else None


def tell(story: Story, run: Run, fixed: Callable[[str], Run]) -> Told | None:
    """Tell the story of a trap's finished run; None when nobody meets the trap.

    It is told of the first agent, the one misled for longest first, on whose day every step has its
    moment; where there is none, of the first on whose day only optional ones lack it. ``fixed``
    gives the run of a fix on the same random numbers, and is asked once for each that is shown.
    """
    runs: dict[str, Run] = {}

    def with_fix(fix: str) -> Run:
        if fix not in runs:
            runs[fix] = fixed(fix)
        return runs[fix]

    shorter: Told | None = None
    for agent in run.agents_by_discrepancy[:MOST_AGENTS]:
        scene = Scene(run, agent, run.history_of(agent))
        if shorter is not None and not _may_be_whole(story, scene):
            continue
        steps = _steps(story, scene, with_fix)
        if steps is None:
            continue
        told = Told(story.trap, agent, steps)
        if len(steps) == len(story.steps):
            return told
        shorter = shorter or told
    return shorter


def _may_be_whole(story: Story, scene: Scene) -> bool:
    """Say whether the steps that may be left out have their moments, as far as the trap tells."""
    rules = [MOMENTS[step.moment] for step in story.steps if step.optional and step.fix is None]
    return all(rule.find(scene) is not None for rule in rules)


def _steps(
    story: Story, scene: Scene, with_fix: Callable[[str], Run]
) -> tuple[ToldStep, ...] | None:
    """Give the steps of a story on one agent's day; None where one lacks that must not."""
    told: list[ToldStep] = []
    known = dict(scene.values)
    for step in story.steps:
        seen = replace(scene, fixed=with_fix(step.fix)) if step.fix else scene
        found = MOMENTS[step.moment].find(seen)
        if found is not None:
            here = {**known, **found.values}
            measured = _measured(step, here)
            told.append(_told(step, found, _values(step, here, seen), seen, measured))
            known |= {} if step.optional else found.values
        elif not step.optional:
            return None
    return tuple(told)


def _values(step: StoryStep, known: Mapping[str, Value], scene: Scene) -> dict[str, Value]:
    """Give the values that a step is filled with; of metrics those that it names are measured."""
    values = {name: known[name] for name in step.names if name in known}
    for name in step.names:
        if name not in values:
            metric = name.removeprefix(BEFORE)
            run = scene.shown if metric == name else scene.run
            values[name] = story_words.worth(run.measure([metric])[0])
    return values


def _measured(step: StoryStep, known: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """Give which metrics of which runs fill a step: what is known otherwise is none."""
    return tuple(
        (TRAP if name.startswith(BEFORE) else step.fix or TRAP, name.removeprefix(BEFORE))
        for name in step.names
        if name not in known
    )


def _told(
    step: StoryStep,
    found: Moment,
    values: Mapping[str, Value],
    scene: Scene,
    measured: tuple[tuple[str, str], ...],
) -> ToldStep:
    calendar = scene.run.settings.organisation.calendar

    def parts(text: str) -> tuple[Part, ...]:
        return story_words.filled(tr(text), values, calendar)

    def plain(text: str) -> str:
        return story_words.plain(parts(text))

    return ToldStep(
        parts=parts(step.says),
        t=found.t,
        lit=(*step.lit, *found.lit),
        preset=step.fix or TRAP,
        small=plain(step.small) if step.small else "",
        question=_asked(step.question, values, plain) if step.question else None,
        moment=step.moment,
        measured=measured,
    )


def _asked(
    question: StoryQuestion, values: Mapping[str, Value], plain: Callable[[str], str]
) -> Question:
    number = question.value and values[question.value]
    unit = question.unit or ""
    return Question(
        ask=plain(question.ask),
        options=tuple(map(plain, question.options)),
        right=-1 if question.right is None else question.options.index(question.right),
        unit=tr(unit),
        value=None if number is None else story_words.in_unit(number, unit),
    )
