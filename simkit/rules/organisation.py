"""The organisation: divisions, reason codes, shifts and agents, as a file describes them."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from simkit.base.clock import Calendar, parse_wall
from simkit.base.errors import LocatedError
from simkit.rules.divisions import DivisionTree

Name = Annotated[str, Field(max_length=300)]
Identifier = Annotated[str, Field(min_length=1, max_length=300)]
ReasonType = Literal["BREAK", "TRAINING", "OTHER", "CUSTOM"]


class Section(BaseModel):
    """A frozen part of the settings; unknown keys are refused, camelCase is accepted."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Division(Section):
    """One node of the division tree."""

    id: Identifier = Field(description="GUID of the division, with or without the prefix d-")
    name: Name = Field(description="Name shown to people; unique within the organisation")
    parent: Name | None = Field(
        default=None, description="Name of the division above; none for the root"
    )


class ReasonCode(Section):
    """One status reason, and the division it is meant for."""

    id: Identifier = Field(description="Unique id of the code")
    name: Name = Field(description="What the agent looks for in the dropdown")
    type: ReasonType = Field(description="BREAK, TRAINING, OTHER or CUSTOM")
    division: Name = Field(description="Name of the division that the code is meant for")
    critical: bool = Field(
        strict=True, default=False, description="Duplicated into child divisions by E1b"
    )
    color: str = Field(
        default="#888888", pattern=r"^#[0-9A-Fa-f]{6}$", description="Colour mark, as #RRGGBB"
    )
    is_default: bool = Field(strict=True, default=False, description="The guide's isDefault flag")


class Activity(Section):
    """A scheduled stretch off the queue, in local wall time."""

    start: str = Field(description="Local time HH:MM at which it starts")
    end: str = Field(description="Local time HH:MM at which it ends")
    reason: Name = Field(description="Name of the reason code that belongs to it")

    @field_validator("start", "end")
    @classmethod
    def _is_wall_time(cls, text: str) -> str:
        parse_wall(text)
        return text


class Shift(Section):
    """A shift pattern: when it starts and ends, and what is scheduled within it."""

    name: Identifier = Field(description="Name by which agents refer to the pattern")
    start: str = Field(description="Local time HH:MM")
    end: str = Field(description="Local time HH:MM, later on the same day")
    activities: tuple[Activity, ...] = Field(
        default=(), description="Scheduled breaks, meals and trainings; they must not overlap"
    )

    @field_validator("start", "end")
    @classmethod
    def _is_wall_time(cls, text: str) -> str:
        parse_wall(text)
        return text


class Person(Section):
    """One agent."""

    id: Identifier = Field(description="Unique id of the agent")
    division: Name = Field(description="Name of the agent's division at the start of the run")
    shift: Name = Field(description="Name of the agent's shift pattern")


class Organisation(Section):
    """Everything about the organisation that a run needs."""

    name: Name = Field(description="Name of the organisation")
    day: date = Field(description="The local day that is simulated")
    time_zone: str = Field(default="UTC", description="IANA name of the local time zone")
    provisioning_user_division: Name = Field(
        description="Division of the user whose token creates the codes (provisioning.binding)"
    )
    divisions: tuple[Division, ...] = Field(min_length=1, description="The division tree")
    codes: tuple[ReasonCode, ...] = Field(description="The reason codes")
    shifts: tuple[Shift, ...] = Field(min_length=1, description="The shift patterns")
    agents: tuple[Person, ...] = Field(min_length=1, description="The agents")

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"unknown time zone {name!r}; use an IANA name like Europe/Berlin")
        return name

    @cached_property
    def calendar(self) -> Calendar:
        """The local day: wall time to ms since the earliest shift's start and back."""
        opens = min(parse_wall(shift.start) for shift in self.shifts)
        return Calendar(self.day, self.time_zone, opens)

    @cached_property
    def tree(self) -> DivisionTree:
        """The division tree, by names of divisions."""
        return DivisionTree([(d.name, d.parent) for d in self.divisions])

    @cached_property
    def division_by_id(self) -> dict[str, str]:
        """The name of the division that each id belongs to."""
        return {d.id: d.name for d in self.divisions}

    @cached_property
    def division_ids(self) -> dict[str, str]:
        """The id of each division, by its name."""
        return {d.name: d.id for d in self.divisions}

    @model_validator(mode="after")
    def _is_consistent(self) -> Organisation:
        if "tree" in self.__dict__:
            return self  # checked when it was made; settings pass it on with each change of a field
        _refuse_duplicates(self)
        self.tree  # noqa: B018 - building the tree checks it
        _refuse_unknown_names(self)
        for i, shift in enumerate(self.shifts):
            _check_shift(self, i, shift)
        return self


def _refuse_duplicates(org: Organisation) -> None:
    for part, attribute in [
        ("divisions", "id"),
        ("divisions", "name"),
        ("codes", "id"),
        ("shifts", "name"),
        ("agents", "id"),
    ]:
        seen: set[str] = set()
        for i, entry in enumerate(getattr(org, part)):
            value = getattr(entry, attribute)
            if value in seen:
                what = part.removesuffix("s")
                raise LocatedError(f"duplicate {what} {attribute} {value!r}", (part, i, attribute))
            seen.add(value)


def _refuse_unknown_names(org: Organisation) -> None:
    known = set(org.division_ids)
    shifts = {shift.name for shift in org.shifts}
    references: list[tuple[tuple[str | int, ...], str, set[str], str]] = [
        (("provisioning_user_division",), org.provisioning_user_division, known, "division")
    ]
    references += [
        (("codes", i, "division"), c.division, known, "division") for i, c in enumerate(org.codes)
    ]
    for i, agent in enumerate(org.agents):
        references.append((("agents", i, "division"), agent.division, known, "division"))
        references.append((("agents", i, "shift"), agent.shift, shifts, "shift"))
    for location, name, names, what in references:
        if name not in names:
            raise LocatedError(f"unknown {what} {name!r}", location, allowed=sorted(names))


def _check_shift(org: Organisation, i: int, shift: Shift) -> None:
    def ms(text: str, location: tuple[str | int, ...]) -> int:
        try:
            return org.calendar.ms(parse_wall(text))
        except ValueError as problem:
            raise LocatedError(str(problem), location) from None

    where = ("shifts", i)
    start, end = ms(shift.start, (*where, "start")), ms(shift.end, (*where, "end"))
    if end <= start:
        raise LocatedError("a shift must end after its start, on one day", (*where, "end"))
    reasons = {code.name for code in org.codes}
    windows = []
    for j, activity in enumerate(shift.activities):
        here = (*where, "activities", j)
        a, b = ms(activity.start, (*here, "start")), ms(activity.end, (*here, "end"))
        if not start <= a < b <= end:
            raise LocatedError("an activity must lie inside its shift and have a length", here)
        if activity.reason not in reasons:
            raise LocatedError(
                f"unknown reason {activity.reason!r}", (*here, "reason"), allowed=sorted(reasons)
            )
        windows.append((a, b, j))
    windows.sort()
    for (_, b, _), (a, _, j) in pairwise(windows):
        if a < b:
            raise LocatedError("schedule windows overlap", (*where, "activities", j, "start"))
