"""Schedules of exports, in JSON and in tables, as stretches of somebody's time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from simkit.base.names import plain_name
from simkit.inputs.exports.files import Place
from simkit.inputs.exports.records import Logged, Stretch, instant_in, minutes_in, text_in
from simkit.inputs.exports.times import FORMS, AmbiguousDateError, Times

SHIFT = "shift"
"""Stands in place of an activity for the shift as a whole."""
_LENGTHS = ("lengthMinutes", "lengthInMinutes")
_WHO = ("who_id", "who_email", "who")


def stretches_of_json(data: Mapping[str, Any], place: Place) -> Iterator[Stretch]:
    """Give what WFM's JSON schedules: shifts, and the activities within them."""
    agents = data.get("agentSchedules")
    users = data.get("userSchedules")
    if isinstance(users, Mapping):
        for who, schedule in users.items():
            # No complaint may name whom the key stands for.
            yield from _of_agent(
                {"userId": who, **_mapping(schedule, place, "userSchedules")}, place
            )
    if isinstance(agents, list):
        for i, each in enumerate(agents):
            inside = place.inside("agentSchedules", i)
            yield from _of_agent(_mapping(each, inside, "agentSchedules"), inside)
    elif users is None:
        yield from _of_agent(data, place)


def zones_of(data: Mapping[str, Any]) -> set[str]:
    """Give the time zones that WFM's JSON says it is made for, those that there are."""
    said = (data.get(key) for key in ("businessUnitTimeZone", "managementUnitTimeZone"))
    return {zone for zone in said if isinstance(zone, str)} & available_timezones()


def _mapping(value: Any, place: Place, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise place.refuse(field, value, "a mapping")
    return value


def _of_agent(data: Mapping[str, Any], place: Place) -> Iterator[Stretch]:
    user = data.get("user") or data.get("agent") or {}
    said = [data.get("userId"), data.get("agentId")]
    said += [user.get(k) for k in ("id", "email", "name")] if isinstance(user, Mapping) else [user]
    who = tuple(plain_name(each) for each in said if isinstance(each, str) and each.strip())
    if not who:
        raise place.refuse("user", None, "the user whose schedule it is")
    shifts = data.get("shifts")
    if shifts is None:
        return
    if not isinstance(shifts, list):
        raise place.refuse("shifts", shifts, "a list of shifts")
    for i, shift in enumerate(shifts):
        inside = place.inside("shifts", i)
        yield from _of_shift(who, _mapping(shift, inside, "shifts"), inside)


def _of_shift(who: tuple[str, ...], shift: Mapping[str, Any], place: Place) -> Iterator[Stretch]:
    activities = shift.get("activities") or []
    if not isinstance(activities, list):
        raise place.refuse("activities", activities, "a list of activities")
    if "startDate" in shift and any(each in shift for each in _LENGTHS):
        start = instant_in(shift, "startDate", place)
        yield Stretch(who, start, start + minutes_in(shift, _LENGTHS, place), SHIFT)
    for i, activity in enumerate(activities):
        inside = place.inside("activities", i)
        each = _mapping(activity, inside, "activities")
        start = instant_in(each, "startDate", inside)
        code = each.get("activityCodeId")
        if isinstance(code, int) and not isinstance(code, bool):
            code = str(code)
        name = text_in({"activityCodeId": code}, "activityCodeId", inside)
        yield Stretch(who, start, start + minutes_in(each, _LENGTHS, inside), name)


class Rows:
    """Reads rows of tables of schedules and of logs, whose columns are called so."""

    def __init__(self, columns: Mapping[str, str], times: Times) -> None:
        self.columns, self.times = columns, times

    def cell(self, row: Mapping[str, Any], column: str) -> str:
        """Give what a row says in one of our columns; nothing where it has none."""
        value = row.get(self.columns.get(column, ""))
        return "" if value is None else str(value).strip()

    def who(self, row: Mapping[str, Any], place: Place) -> tuple[str, ...]:
        """Give all that a row calls its person; BadInput for nobody."""
        said = tuple(plain_name(cell) for each in _WHO if (cell := self.cell(row, each)))
        if not said:
            raise place.refuse(next(iter(self.columns.values())), None, "who it is")
        return said

    def moment(
        self, row: Mapping[str, Any], column: str, place: Place, after: datetime | None = None
    ) -> datetime:
        """Give the moment in a column; BadInput for none."""
        cell, field = self.cell(row, column), self.columns.get(column, column)
        try:
            return self.times.read(cell, self.cell(row, "date"), after)
        except AmbiguousDateError:
            allowed = "dates in a known order: --answer tables.dates=DMY, or MDY"
            raise place.refuse(field, cell, allowed) from None
        except (ValueError, OverflowError):
            raise place.refuse(
                field, cell, f"{FORMS}, with its date there or in a column"
            ) from None

    def stretch(self, row: Mapping[str, Any], place: Place) -> Stretch:
        """Give what a row schedules."""
        start = self.moment(row, "start", place)
        if self.cell(row, "end"):
            end = self.moment(row, "end", place, start)
        else:
            field = self.columns.get("minutes", "end")
            try:
                length: Any = float(self.cell(row, "minutes"))
            except ValueError:
                length = None
            end = start + minutes_in({field: length}, (field,), place)
        return Stretch(self.who(row, place), start, end, plain_name(self.cell(row, "activity")))

    def logged(self, row: Mapping[str, Any], place: Place) -> Logged:
        """Give the status that a row of a log tells."""
        start = self.moment(row, "start", place)
        end = self.moment(row, "end", place, start) if self.cell(row, "end") else None
        presence, definition = self.cell(row, "presence"), self.cell(row, "definition")
        return Logged(self.who(row, place), start, end, presence, definition)


def logged_of_json(data: Mapping[str, Any], place: Place) -> Iterator[Logged]:
    """Give the statuses that a user's details of analytics tell."""
    who = text_in(data, "userId", place, required=True)
    records = data.get("primaryPresence")
    if not isinstance(records, list):
        raise place.refuse("primaryPresence", records, "a list of presences")
    for i, each in enumerate(records):
        inside = place.inside("primaryPresence", i)
        record = _mapping(each, inside, "primaryPresence")
        start = instant_in(record, "startTime", inside)
        end = instant_in(record, "endTime", inside) if record.get("endTime") else None
        presence = text_in(record, "systemPresence", inside)
        definition = text_in(record, "organizationPresenceId", inside)
        yield Logged((who,), start, end, presence, definition)
