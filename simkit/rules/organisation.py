"""The organisation: divisions, reason codes, shifts and agents, as a file describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from simkit.base import given
from simkit.base.clock import HOUR, Calendar, is_midnight, parse_end, parse_wall, show_duration
from simkit.base.errors import LocatedError, shown
from simkit.base.names import how_they_differ, is_blank, plain_name, seen
from simkit.rules.divisions import DivisionTree, division_key
from simkit.rules.schedule import Window


def _plain(text: str) -> str:
    if is_blank(text):
        raise ValueError("blank: a name needs a character that one sees")
    return plain_name(text)


Name = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_plain)]
"""A name in its one spelling, by which it is kept and compared."""
Identifier = Name
LONGEST_NIGHT = 16 * HOUR
"""An end before the start is on the next day, unless the shift would be longer than this: then it
is taken for a slip (ASSUMED)."""
FIRST_DAY, LAST_DAY = date(1900, 1, 2), date(2199, 12, 30)
_zones = cache(available_timezones)
"""Names of time zones: looking for them goes through a thousand files."""
ReasonType = Literal["BREAK", "TRAINING", "OTHER", "CUSTOM"]


class Section(BaseModel):
    """A frozen part of the settings; unknown keys are refused, camelCase is accepted."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Figures(Section):
    """A section whose whole numbers may be written as 30000.0 or 3e4."""

    @field_validator("*", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        return given.unrounded(value)


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


def _wall(text: str) -> str:
    parse_wall(text)
    return text


def _end(text: str) -> str:
    parse_end(text)
    return text


Start = Annotated[str, AfterValidator(_wall)]
End = Annotated[str, AfterValidator(_end)]


class Activity(Section):
    """A scheduled stretch off the queue, in local wall time."""

    start: Start = Field(description="Local time HH:MM at which it starts, after midnight perhaps")
    end: End = Field(description="Local time HH:MM at which it ends; 24:00 is midnight")
    reason: Name = Field(description="Name of the reason code that belongs to it")


class Shift(Section):
    """A shift pattern: when it starts and ends, and what is scheduled within it."""

    name: Identifier = Field(description="Name by which agents refer to the pattern")
    start: Start = Field(description="Local time HH:MM on the simulated day")
    end: End = Field(
        description="Local time HH:MM, on the next day when it is not after the start; "
        "24:00 is midnight"
    )
    activities: tuple[Activity, ...] = Field(
        default=(), description="Scheduled breaks, meals and trainings; they must not overlap"
    )


class Hours(NamedTuple):
    """A shift pattern in ms of the run, before agents spread over it."""

    start: int
    end: int
    windows: tuple[Window, ...]


class Person(Section):
    """One agent."""

    id: Identifier = Field(description="Unique id of the agent")
    division: Name = Field(description="Name of the agent's division at the start of the run")
    shift: Name = Field(
        description="Name of the agent's shift pattern; in a file, a list of them for who works "
        "several on one day"
    )


def nth_shift_id(agent: str, n: int) -> str:
    """Give the id under which an agent works the n-th shift of the day, counted from 1.

    Each shift is a login of its own, and is told and counted by itself.

    >>> nth_shift_id("ann", 1), nth_shift_id("ann", 2)
    ('ann', 'ann/2')
    """
    return agent if n == 1 else f"{agent}/{n}"


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

    @field_validator("agents", mode="before")
    @classmethod
    def _with_further_shifts(cls, agents: Any) -> Any:
        """Add an entry for each further shift of a day, behind all others."""
        if not isinstance(agents, list):
            return agents
        first, further = [], []
        for agent in agents:
            names = agent.get("shift") if isinstance(agent, dict) else None
            if isinstance(names, list) and names:
                first.append(agent | {"shift": names[0]})
                further += [
                    agent | {"id": nth_shift_id(plain_name(str(agent.get("id"))), n), "shift": name}
                    for n, name in enumerate(names[1:], 2)
                ]
            else:
                first.append(agent)
        return first + further

    @field_validator("day")
    @classmethod
    def _is_on_calendars(cls, day: date) -> date:
        # Near both ends of what a date can be, another time zone's day is none.
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(f"found {day}; allowed: a day from {FIRST_DAY} to {LAST_DAY}")
        return day

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, name: str) -> str:
        if name not in _zones():
            raise ValueError(f"unknown time zone {name!r}; use an IANA name like Europe/Berlin")
        return name

    @cached_property
    def calendar(self) -> Calendar:
        """The local day: wall time to ms since the earliest shift's start and back."""
        opens = min(parse_wall(shift.start) for shift in self.shifts)
        return Calendar(self.day, self.time_zone, opens)

    @cached_property
    def hours(self) -> dict[str, Hours]:
        """When each shift pattern starts and ends, and what is scheduled, by its name."""
        return {shift.name: _hours(self.calendar, i, shift) for i, shift in enumerate(self.shifts)}

    @cached_property
    def tree(self) -> DivisionTree:
        """The division tree, by names of divisions."""
        return DivisionTree([(d.name, d.parent) for d in self.divisions])

    @cached_property
    def division_by_id(self) -> dict[str, str]:
        """The name of the division that each id belongs to, in the organisation's spelling."""
        return {d.id: d.name for d in self.divisions}

    @cached_property
    def division_ids(self) -> dict[str, str]:
        """The id of each division, by its name."""
        return {d.name: d.id for d in self.divisions}

    def own_division_id(self, text: str) -> str | None:
        """Give the organisation's own spelling of a division's id; None when it has none such."""
        return self._ids_by_key.get(division_key(text))

    @cached_property
    def _ids_by_key(self) -> dict[str, str]:
        return {division_key(d.id): d.id for d in self.divisions}

    @cached_property
    def doubtful_names(self) -> tuple[tuple[tuple[str | int, ...], str], ...]:
        """Names that are easily taken for each other: where the second stands, and why."""
        return tuple(_doubtful_names(self))

    @model_validator(mode="before")
    @classmethod
    def _each_name_has_one_spelling(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            _refuse_two_spellings(data)
            return _with_root_for_all(data)
        return data

    @model_validator(mode="after")
    def _is_consistent(self) -> Organisation:
        if "tree" in self.__dict__:
            return self  # checked when it was made; settings pass it on with each change of a field
        _refuse_duplicates(self)
        self.tree  # noqa: B018 - building the tree checks it
        _refuse_unknown_names(self)
        for i, shift in enumerate(self.shifts):
            _check_reasons(self, i, shift)
        self.hours  # noqa: B018 - so does working out the hours
        _refuse_two_shifts_at_once(self)
        return self


EVERYWHERE = "*"
"""The vendor's sign for all divisions, as the division of a code or as the id of the root."""


def _with_root_for_all(data: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Put codes of all divisions at the root, where its id says that it stands for all of them."""
    divisions, codes = data.get("divisions"), data.get("codes")
    if not (isinstance(divisions, list | tuple) and isinstance(codes, list | tuple)):
        return data
    rows = [row for row in divisions if isinstance(row, Mapping)]
    roots = (row for row in rows if row.get("parent") is None)
    names = [row.get("name") for row in roots if row.get("id") == EVERYWHERE]
    if len(names) != 1 or EVERYWHERE in {row.get("name") for row in rows}:
        return data
    moved = [
        {**code, "division": names[0]}
        if isinstance(code, Mapping) and code.get("division") == EVERYWHERE
        else code
        for code in codes
    ]
    return {**data, "codes": moved}


_UNIQUE = (
    ("divisions", "id"),
    ("divisions", "name"),
    ("codes", "id"),
    ("shifts", "name"),
    ("agents", "id"),
)


def _refuse_two_spellings(data: Mapping[Any, Any]) -> None:
    """Refuse two names that are one and were written in two ways, as long as one can see it."""
    for part, attribute in (*_UNIQUE, ("codes", "name")):
        entries = data.get(part)
        written: dict[tuple[str, str], str] = {}
        for i, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
            text = entry.get(attribute) if isinstance(entry, Mapping) else None
            if not isinstance(text, str):
                continue
            # Codes may share a name, but not within one division.
            within = str(entry.get("division")) if (part, attribute) == ("codes", "name") else ""
            first = written.setdefault((plain_name(within), plain_name(text)), text)
            if first != text:
                how = how_they_differ(first, text) or "in white space"
                raise LocatedError(
                    f"duplicate {part.removesuffix('s')} {attribute} {shown(plain_name(text))}, "
                    f"written in two ways that are one (they differ {how})",
                    (part, i, attribute),
                )


def _refuse_duplicates(org: Organisation) -> None:
    for part, attribute in _UNIQUE:
        key = division_key if (part, attribute) == ("divisions", "id") else str
        known: dict[str, str] = {}
        for i, entry in enumerate(getattr(org, part)):
            value = getattr(entry, attribute)
            first = known.setdefault(key(value), value)
            if len(known) <= i:
                other = "" if first == value else f", one id with {first!r} in another spelling"
                what = part.removesuffix("s")
                raise LocatedError(
                    f"duplicate {what} {attribute} {value!r}{other}", (part, i, attribute)
                )


def _doubtful_names(org: Organisation) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give, for each kind of name, the first that is easily taken for another, and why."""
    for part, attribute in (*_UNIQUE, ("codes", "name")):
        alike: dict[str, str] = {}
        found: list[tuple[int, str]] = []
        for i, entry in enumerate(getattr(org, part)):
            name = getattr(entry, attribute)
            first = alike.setdefault(seen(name), name)
            if first == name:
                continue
            how = "in case alone" if first.casefold() == name.casefold() else ""
            if how := how or how_they_differ(first, name):
                found.append(
                    (i, f"{shown(name)} and {shown(first)} are two names, which differ {how}")
                )
        yield from _first_of(found, part, attribute)
    taken: set[tuple[str, str]] = set()
    again: list[tuple[int, str]] = []
    for i, code in enumerate(org.codes):
        if (code.division, code.name) in taken:
            where = f"a second {shown(code.name)} in division {shown(code.division)}"
            again.append((i, f"{where}: agents choose by name, and take the first in the list"))
        taken.add((code.division, code.name))
    yield from _first_of(again, "codes", "name")


def _first_of(
    found: list[tuple[int, str]], part: str, attribute: str
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give the first of what was found in a part, and how many more; nothing when none was."""
    if found:
        place, words = found[0]
        yield (part, place, attribute), words + (f" (and {len(found) - 1} more)" * (len(found) > 1))


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
        if name == EVERYWHERE and location[0] == "codes" and name not in names:
            raise LocatedError(
                "'*' (all divisions) is not modelled: a code belongs to one division; codes of "
                f"the root, {org.tree.root!r}, may be used in all, but other divisions list them "
                "by filter_type: hierarchical only; a root whose id is '*' stands for all",
                location,
            )
        if name not in names:
            raise LocatedError(f"unknown {what} {name!r}", location, allowed=sorted(names))


def _check_reasons(org: Organisation, i: int, shift: Shift) -> None:
    reasons = {code.name for code in org.codes}
    for j, activity in enumerate(shift.activities):
        if activity.reason not in reasons:
            raise LocatedError(
                f"unknown reason {activity.reason!r}",
                ("shifts", i, "activities", j, "reason"),
                allowed=sorted(reasons),
            )


def _refuse_two_shifts_at_once(org: Organisation) -> None:
    place = {agent.id: i for i, agent in enumerate(org.agents)}
    for agent in org.agents:
        n, worked = 1, []
        while (i := place.get(nth_shift_id(agent.id, n))) is not None:
            worked.append((org.hours[org.agents[i].shift], i))
            n += 1
        for (one, _), (other, i) in pairwise(sorted(worked)):
            if other.start < one.end:
                raise LocatedError(
                    f"agent {org.agents[i].id!r} would work two shifts at once",
                    ("agents", i, "shift"),
                )


def _hours(calendar: Calendar, i: int, shift: Shift) -> Hours:
    """Give a shift's hours; LocatedError for one that has no length, or activities out of it."""

    def ms(text: str, since: int, *where: str | int) -> int:
        try:
            return calendar.first(parse_end(text), since)
        except ValueError as problem:
            raise LocatedError(str(problem), ("shifts", i, *where)) from None

    start = ms(shift.start, 0, "start")
    end = ms(shift.end, start + 1, "end")
    if parse_end(shift.end) == parse_wall(shift.start) and not is_midnight(shift.end):
        raise LocatedError("a shift must end at another time than it starts", ("shifts", i, "end"))
    if parse_end(shift.end) < parse_wall(shift.start) and end - start > LONGEST_NIGHT:
        raise LocatedError(
            f"a shift that ends on the next day lasts {show_duration(LONGEST_NIGHT)} at most, "
            f"and this one {show_duration(end - start)}",
            ("shifts", i, "end"),
        )
    windows = []
    for j, activity in enumerate(shift.activities):
        here = ("activities", j)
        a = ms(activity.start, start, *here, "start")
        b = ms(activity.end, a + 1, *here, "end")
        if b > end:
            raise LocatedError(
                "an activity must lie inside its shift and have a length", ("shifts", i, *here)
            )
        windows.append((Window(a, b, activity.reason), j))
    windows.sort()
    for (one, _), (other, j) in pairwise(windows):
        if other.start < one.end:
            raise LocatedError("schedule windows overlap", ("shifts", i, "activities", j, "start"))
    return Hours(start, end, tuple(window for window, _ in windows))
