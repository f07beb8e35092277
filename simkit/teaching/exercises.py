"""Exercises: a task, a start that runs, and an answer that is judged by what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from simkit.base import resources
from simkit.base.errors import BadInput, closest, shown
from simkit.base.language import tr, tr_noop
from simkit.rules.settings import Settings
from simkit.runs.log import Record
from simkit.runs.run import Run
from simkit.study.catalogue import TRAP_IDS
from simkit.teaching import worlds
from simkit.teaching.evidence import Excerpt, in_words
from simkit.teaching.exercise_file import (
    CauseAsked,
    ExerciseFile,
    Exercises,
    Order,
    read_exercises,
)
from simkit.teaching.judging.cause import titles
from simkit.teaching.judging.judge import judge
from simkit.teaching.judging.record import excerpt_of
from simkit.teaching.judging.verdict import RIGHT

_ORDERS: dict[Order, str] = {
    "recognise": tr_noop("recognise"),
    "explain": tr_noop("explain"),
    "repair": tr_noop("repair"),
    "transfer": tr_noop("transfer"),
}
GROUPS = (*TRAP_IDS, "I", "C1", "C2")
"""Traps, the refresh interval, and two capstones, in the order in which they are taught."""


@dataclass(frozen=True, eq=False)
class Grade:
    """What an answer is worth, why, and what to look at next."""

    exercise: str
    """Its id."""
    score: float
    """From 0 to 1, the share of demands that are met, in their order."""
    because: str
    """Name of the reason: ``right``, the demand that is not met, or the sort of mistake."""
    reason: str
    """The reason in words, with what was measured over replications."""
    hint: str
    """The next hint; empty when the answer is right, or when all were given."""
    run: Run | None
    """The run in which the failing shows, where one does."""
    agent: str
    """On whose day it shows."""
    stretch: tuple[Record, ...]
    """The shortest stretch of log that shows it, in order."""

    @property
    def right(self) -> bool:
        """Whether full marks are earned."""
        return self.because == RIGHT

    @property
    def percent(self) -> str:
        """The score in words."""
        return tr("{share}%", share=f"{100 * self.score:.0f}")

    @property
    def lines(self) -> list[str]:
        """The stretch in words, a line for each record."""
        return list(in_words(self.run, self.agent, self.stretch)) if self.run else []

    def __repr__(self) -> str:
        head = f"{self.exercise}: {self.percent}. {self.reason}"
        day = tr("On the day of {agent}:", agent=self.agent)
        shown = [day, *(f"  {line}" for line in self.lines)]
        hint = [tr("Hint: {hint}", hint=self.hint)] if self.hint else []
        return "\n".join([head, *(shown if self.stretch else []), *hint])


class Exercise:
    """One exercise. Wrong answers are counted, as each of them earns the next of three hints."""

    def __init__(
        self,
        file: ExerciseFile,
        group: Exercises,
        on_try: Callable[[Exercise, Any], None] | None = None,
    ) -> None:
        """Take an exercise and its group, and who is told of each answer that was judged."""
        self.file, self.group, self.on_try = file, group, on_try
        self.tries = 0
        """How many answers were judged."""
        self.wrong = 0
        """How many of them were not right."""

    @property
    def id(self) -> str:
        """Its id, such as E4.2."""
        return self.file.id

    @property
    def title(self) -> str:
        """Its name in plain words."""
        return tr(self.file.title)

    @property
    def task(self) -> str:
        """What is to be done, in words, and in what form the answer is given."""
        return " ".join(tr(self.file.task).split())

    @property
    def story(self) -> str:
        """What is told before all exercises of the group; empty for most."""
        return " ".join(tr(self.group.story).split())

    @property
    def options(self) -> dict[str, str]:
        """What may be named as the cause, by id; empty where something else is asked for."""
        ask = self.file.ask
        return titles(ask) if isinstance(ask, CauseAsked) else {}

    @property
    def start(self) -> Any:
        """An answer that runs and is not right yet."""
        return self.file.start

    @cached_property
    def settings(self) -> Settings:
        """The settings of the world that the exercise takes place in."""
        return worlds.settings_of(self.file.world)

    @cached_property
    def excerpt(self) -> Excerpt:
        """The piece of log that is looked at, its records numbered from 1."""
        return excerpt_of(self.file)[2]

    @property
    def shows_log(self) -> bool:
        """Whether the task is about an excerpt of a log, not about settings."""
        return self.file.ask.kind in ("cause", "record")

    def grade(self, answer: Any) -> Grade:
        """Judge an answer.

        It is the id of a trap, the number of a record, a number in the unit that the task names, or
        a change of settings: a mapping of fields, settings, or the id of a fix. BadInput for
        anything else, which counts as no try.
        """
        verdict = judge(self.file, answer)
        self.tries += 1
        if verdict.because != RIGHT:
            self.wrong += 1
        if self.on_try is not None:
            self.on_try(self, answer)
        hints = self.file.hints
        is_open = verdict.because != RIGHT and self.wrong <= len(hints)
        return Grade(
            exercise=self.id,
            score=verdict.reached / verdict.of if verdict.because != RIGHT else 1.0,
            because=verdict.because,
            reason=verdict.says,
            hint=tr(hints[self.wrong - 1]) if is_open else "",
            run=verdict.run if verdict.evidence else None,
            agent=verdict.evidence.agent if verdict.evidence else "",
            stretch=verdict.evidence.records if verdict.evidence else (),
        )

    def __repr__(self) -> str:
        head = tr(
            "{exercise}: {title} ({order}, {minutes} min)",
            exercise=self.id,
            title=self.title,
            order=tr(_ORDERS[self.file.order]),
            minutes=self.file.minutes,
        )
        lines = [head]
        lines += [each for each in (self.story, self.task) if each]
        lines += [f"  {name}: {title}" for name, title in self.options.items()]
        if self.shows_log:
            lines.append(tr("The log of {agent}:", agent=self.excerpt.agent))
            lines += [f"{n:3} {line}" for n, line in enumerate(self.excerpt.lines, 1)]
        return "\n".join(lines)


class ExerciseCatalogue(Mapping[str, ExerciseFile]):
    """All exercises by id, in the order in which they are taught."""

    def __getitem__(self, exercise_id: str) -> ExerciseFile:
        of = exercise_id.partition(".")[0]
        found = group(of).exercises if of in GROUPS else ()
        for each in found:
            if each.id == exercise_id:
                return each
        raise KeyError(exercise_id)

    def __iter__(self) -> Iterator[str]:
        return (each.id for of in GROUPS for each in group(of).exercises)

    def __len__(self) -> int:
        return sum(len(group(of).exercises) for of in GROUPS)


exercises = ExerciseCatalogue()


@lru_cache(maxsize=len(GROUPS))
def group(of: str) -> Exercises:
    """Give the exercises of a trap, ``I`` for the interval, ``C1`` or ``C2`` for a capstone."""
    return read_exercises(resources.directory("data") / "exercises" / f"{of}.yaml")


def exercise_file(exercise_id: object) -> tuple[ExerciseFile, Exercises]:
    """Give an exercise as its file has it, and its group; BadInput when there is none of it."""
    if not isinstance(exercise_id, str) or exercise_id not in exercises:
        guess = closest(exercise_id, exercises) if isinstance(exercise_id, str) else ""
        allowed = ", ".join(f"{of}.1 to {of}.{len(group(of).exercises)}" for of in GROUPS)
        raise BadInput(f"no exercise {shown(exercise_id)}{guess}", allowed=allowed)
    return exercises[exercise_id], group(exercise_id.partition(".")[0])


def exercise(exercise_id: object) -> Exercise:
    """Give an exercise by its id, such as ``"E4.2"``; BadInput when there is none of it."""
    return Exercise(*exercise_file(exercise_id))
