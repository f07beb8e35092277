"""Agendas of workshops: files of ``data/workshop/agendas/``, refused when their minutes are wrong.

An agenda is a list of entries, each with its minutes, and is for a room of so many minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from simkit.base import resources
from simkit.base.errors import BadInput, LocatedError, shown
from simkit.base.reading import documents, validation
from simkit.rules.organisation import Section
from simkit.study.catalogue import TRAP_IDS

INTERVAL = "I"
"""Stands for the question which refresh interval to choose."""
CAPSTONES = ("C1", "C2")
TRAP_MINUTES = {"play": 10, "work": 25}
"""What a trap takes on each lane that has traps."""
_FORMATS = ("90", "half", "day")
"""The formats, the shortest first; each file of the folder has the name of one."""

_LONGEST_NUMBER = 4
"""So many digits of minutes are a workshop; more are a slip."""

Lane = Literal["play", "work", "decide"]


class Entry(Section):
    """One stretch of a workshop."""

    title: str = Field(min_length=1, max_length=60, description="What stands on the wall")
    minutes: int = Field(strict=True, ge=1, le=180, description="How long it takes (min)")
    lane: Lane | None = Field(
        default=None, description="The lane it is for; none where the whole room does the same"
    )
    pause: bool = Field(
        strict=True, default=False, description="Whether it is a break, which has no lane"
    )
    uses: tuple[str, ...] = Field(
        default=(),
        description="What it uses: traps and their exercises such as E4 and E4.2, the interval I, "
        "the capstones C1 and C2, names of notebooks",
    )
    happens: str = Field(min_length=1, max_length=300, description="What happens, in a sentence")
    trainer: str | None = Field(
        default=None, min_length=1, max_length=400, description="What the trainer does"
    )
    people: str | None = Field(
        default=None, min_length=1, max_length=400, description="What people do"
    )

    @model_validator(mode="after")
    def _can_be_held(self) -> Entry:
        for i, name in enumerate(self.uses):
            _refuse_unknown(name, ("uses", i))
        if self.pause:
            if self.lane or self.uses:
                raise LocatedError("a break has no lane and uses nothing", ("pause",))
            return self
        for field in ("trainer", "people"):
            if getattr(self, field) is None:
                raise LocatedError("required; only a break leaves it out", (field,))
        least = TRAP_MINUTES.get(self.lane or "", 0) * len(self.traps)
        if self.minutes < least:
            problem = f"found {self.minutes}; what it uses takes {least} min on this lane"
            raise LocatedError(problem, ("minutes",))
        return self

    @property
    def traps(self) -> tuple[str, ...]:
        """The traps that it uses as a whole."""
        return tuple(name for name in self.uses if name in TRAP_IDS)


class Agenda(Section):
    """The agenda of a workshop."""

    id: str = Field(description="Name of the format; the file has the same name")
    title: str = Field(min_length=1, max_length=90, description="What it is, in a line")
    minutes: int = Field(
        strict=True, ge=1, le=600, description="How long it takes, breaks included (min)"
    )
    room: str = Field(min_length=1, max_length=300, description="For whom it is")
    before: str = Field(min_length=1, max_length=400, description="What has to be there before")
    entries: tuple[Entry, ...] = Field(min_length=1, description="Its entries, in order")

    @model_validator(mode="after")
    def _adds_up(self) -> Agenda:
        total = sum(entry.minutes for entry in self.entries)
        if total != self.minutes:
            problem = f"found {self.minutes}; its entries add up to {total} min"
            raise LocatedError(problem, ("minutes",))
        return self

    @property
    def traps(self) -> tuple[str, ...]:
        """The traps that it uses, each once, in order."""
        return tuple(dict.fromkeys(trap for entry in self.entries for trap in entry.traps))

    def timed(self) -> Iterator[tuple[int, Entry]]:
        """Give its entries, each after the minute at which it begins."""
        at = 0
        for entry in self.entries:
            yield at, entry
            at += entry.minutes


def read_agenda(path: Path) -> Agenda:
    """Give the agenda in a file; BadInput, with its place, for one that cannot be held."""
    document = documents.read(path)
    agenda = validation.validate(Agenda, document)
    if agenda.id != path.stem:
        line, column = document.where(["id"]) or (None, None)
        raise BadInput(
            file=str(path),
            line=line,
            column=column,
            field="id",
            found=shown(agenda.id),
            allowed=f"{shown(path.stem)}, as the file is called",
        )
    return agenda


@cache
def agendas() -> dict[str, Agenda]:
    """Give the kit's agendas by their ids, the shortest first."""
    folder = resources.directory("data") / "workshop" / "agendas"
    return {name: read_agenda(folder / f"{name}.yaml") for name in _FORMATS}


def agenda_for(wanted: str) -> Agenda:
    """Give the agenda of a format by its id or its minutes; BadInput that says which there are.

    >>> agenda_for("half").minutes, agenda_for("240").id
    (240, 'half')
    """
    name = wanted.strip().casefold()
    for agenda in agendas().values():
        if name in (agenda.id, str(agenda.minutes)):
            return agenda
    there = ", ".join(f"{each.id} ({each.minutes} min)" for each in agendas().values())
    minutes = int(name) if name.isdecimal() and len(name) <= _LONGEST_NUMBER else 0
    fits = [each.id for each in agendas().values() if each.minutes <= minutes]
    hint = f"; into {minutes} min fits {fits[-1]}" if fits else ""
    raise BadInput("no such agenda", field="FORMAT", found=shown(wanted), allowed=there + hint)


@cache
def notebooks() -> tuple[str, ...]:
    """Give the names of the kit's notebooks, without their endings."""
    return tuple(sorted(file.stem for file in resources.directory("notebooks").glob("*.ipynb")))


def _refuse_unknown(name: str, where: tuple[str | int, ...]) -> None:
    """Refuse the name of something that no workshop has."""
    whole = (*TRAP_IDS, INTERVAL, *CAPSTONES)
    of, dot, number = name.partition(".")
    if name in whole or name in notebooks():
        return
    if dot and of in whole and number in set("123456789"):
        return
    raise LocatedError(f"there is no {shown(name)}", where, (*whole, *notebooks()))
