"""A trainer's notes on a trap: files of ``data/workshop/notes/``, filled with what was measured.

Numbers are never typed in. ``{E4}`` is the symptom of a trap as replications measured it, ``{E4a}``
what is left of it with a fix or a remedy, and ``{refresh_interval_ms}`` a setting of the trap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from simkit.base import resources
from simkit.base.clock import show_duration
from simkit.base.errors import LocatedError, closest, shown
from simkit.base.formatting import number
from simkit.base.reading import documents, validation
from simkit.rules.organisation import Section
from simkit.rules.sections import PATHS
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import TRAP_IDS, traps
from simkit.study.verdicts import catalogue

_BRACE = re.compile(r"\{([^{}]*)\}")
_IDS = re.compile(r"\b(?:[TE]\d[a-d]?|C\d+|4\d\d)\b")
"""What has digits and is no number: ids of traps, fixes and claims, and statuses of replies."""


class Guess(Section):
    """A wrong guess that is to be expected."""

    guess: str = Field(min_length=1, max_length=160, description="What people guess")
    reveals: str = Field(min_length=1, max_length=400, description="What they take for granted")


class Mishap(Section):
    """What goes wrong in the room."""

    what: str = Field(min_length=1, max_length=200, description="What one sees")
    way_out: str = Field(min_length=1, max_length=400, description="What to do")


class Asked(Section):
    """A question that people ask."""

    asked: str = Field(min_length=1, max_length=200, description="The question")
    answer: str = Field(min_length=1, max_length=500, description="What is true")


class Notes(Section):
    """A trainer's notes on a trap; ``{E4}`` in its texts is filled with what was measured."""

    trap: str = Field(description="Id of the trap; the file has the same name")
    say: tuple[str, ...] = Field(min_length=1, description="What to say, in this order")
    predict: str = Field(
        min_length=1, max_length=500, description="What the room guesses, and how it is collected"
    )
    guesses: tuple[Guess, ...] = Field(
        min_length=2, description="Wrong guesses, and what each reveals"
    )
    goes_wrong: tuple[Mishap, ...] = Field(
        min_length=1, description="What goes wrong in the room, and the way out"
    )
    questions: tuple[Asked, ...] = Field(min_length=1, description="Questions, with answers")
    key_points: tuple[str, ...] = Field(
        min_length=2, max_length=4, description="What everybody should take home, in plain words"
    )

    @model_validator(mode="after")
    def _can_be_filled(self) -> Notes:
        if self.trap not in TRAP_IDS:
            raise LocatedError(f"unknown trap {shown(self.trap)}", ("trap",), TRAP_IDS)
        known = _values(self.trap)
        for where, text in _texts(self.model_dump()):
            for brace in _BRACE.finditer(text):
                if brace[1] not in known:
                    measured = ", ".join(name for name in known if name not in PATHS)
                    problem = (
                        f"nothing fills {shown(brace[0])} here{closest(brace[1], known)}; "
                        f"known are {measured} and the settings"
                    )
                    raise LocatedError(problem, where)
            plain = _IDS.sub("", _BRACE.sub("", text))
            if typed := re.search(r"\d+", plain):
                problem = f"found the number {typed[0]}; name what fills it, as in {{{self.trap}}}"
                raise LocatedError(problem, where)
        return self


def read_notes(path: Path) -> Notes:
    """Give the notes in a file as they stand there; BadInput for such as cannot be filled."""
    return validation.validate(Notes, documents.read(path))


@cache
def notes_on(trap_id: str) -> Notes:
    """Give the kit's notes on a trap, filled; BadInput when there is no such trap."""
    trap = traps[trap_id].id
    notes = read_notes(resources.directory("data") / "workshop" / "notes" / f"{trap}.yaml")
    known = _values(trap)

    def filled(text: str) -> str:
        return _BRACE.sub(lambda brace: known[brace[1]](), text)

    return Notes.model_construct(**_each(notes, filled))


def _each(part: Any, change: Callable[[str], str]) -> Any:
    """Give a part of notes with each of its texts changed; a model becomes a mapping of fields."""
    if isinstance(part, str):
        return change(part)
    if isinstance(part, tuple):
        return tuple(
            type(one).model_construct(**_each(one, change))
            if isinstance(one, Section)
            else _each(one, change)
            for one in part
        )
    return {name: _each(getattr(part, name), change) for name in type(part).model_fields}


def _texts(part: Any, where: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Give the place and the text of each text in notes as plain data."""
    if isinstance(part, str):
        yield where, part
        return
    for key, one in part.items() if isinstance(part, dict) else enumerate(part):
        yield from _texts(one, (*where, key))


@cache
def _values(trap_id: str) -> dict[str, Callable[[], str]]:
    """Give what fills each name in the notes on a trap, in words."""
    trap = traps[trap_id]
    unit = METRICS[trap.metric].unit

    def measured(change: str) -> str:
        verdict = catalogue()[trap_id, change]
        return number((verdict.after if change else verdict.trap).mean, unit)

    def setting(field: str) -> str:
        value = trap.settings.get(field)
        return show_duration(value) if field.endswith("_ms") else f"{value}"

    changes = [each.id for each in (*trap.fixes, *trap.entry.remedies)]
    return {
        trap_id: partial(measured, ""),
        **{change: partial(measured, change) for change in changes},
        **{field: partial(setting, field) for field in PATHS},
    }
