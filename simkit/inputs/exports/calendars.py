"""Schedules as calendars (iCalendar): one calendar an agent, one event an activity."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simkit.base.errors import BadInput
from simkit.base.names import plain_name
from simkit.inputs.exports.records import Stretch
from simkit.inputs.exports.recurring import Series, rule_of

BEGIN = "BEGIN:VCALENDAR"
_RECURS = {"RRULE", "RDATE"}


class CalendarReader:
    """Reads the events of calendars, and counts those that it leaves out, by why."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.left_out: Counter[str] = Counter()
        self.series: list[Series] = []
        """Events that recur, of all that was read."""

    def stretches(self, text: str, name: str) -> Iterator[Stretch]:
        """Give what calendars schedule; BadInput when they cannot be read."""
        try:
            from icalendar import Calendar
        except ModuleNotFoundError:
            needs = "calendars need the extra import: pip install 'simkit[import]'"
            raise BadInput(needs, file=name) from None
        # What the library says and warns of quotes lines.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                calendars = Calendar.from_ical(text, multiple=True)
                found = [each for one in calendars for each in self._of(one, name)]
            except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
                raise BadInput("not a calendar that can be read", file=name) from None
        yield from found

    def _of(self, calendar: Any, name: str) -> Iterator[Stretch]:
        title = plain_name(str(calendar.get("X-WR-CALNAME") or ""))
        single: list[Any] = []
        recurring: list[Any] = []
        changed: defaultdict[str, list[Any]] = defaultdict(list)
        for event in calendar.walk("VEVENT"):
            if "RECURRENCE-ID" in event:
                changed[_uid(event)].append(event)
            else:
                (recurring if _RECURS & event.keys() else single).append(event)
        for event in recurring:
            changes = changed.get(_uid(event), [])
            if any("RANGE" in each["RECURRENCE-ID"].params for each in changes) or (
                "EXRULE" in event or isinstance(event.get("RRULE"), list)
            ):
                self.left_out["events that recur in a way that is not read"] += 1
            elif found := self._stretch(event, title, name):
                self.series.append(self._series(event, found, changes, title, name))
        known = {_uid(event) for event in recurring}
        single += [event for uid, rest in changed.items() if uid not in known for event in rest]
        yield from (found for event in single if (found := self._stretch(event, title, name)))

    def _stretch(self, event: Any, title: str, name: str) -> Stretch | None:
        """Give what an event schedules, the first time if it recurs; None for what cannot be."""
        if (span := self._span(event)) is None:
            return None
        return Stretch(_who(event, title, name), *span, plain_name(str(event.get("SUMMARY") or "")))

    def _series(
        self, event: Any, first: Stretch, changes: list[Any], title: str, name: str
    ) -> Series:
        zone = first.start.tzinfo
        length = first.end.astimezone(zone) - first.start
        added = {}
        for given in _dates(event, "RDATE"):
            start, end = given if isinstance(given, tuple) else (given, length)
            if not isinstance(start, datetime):
                self.left_out["events without a time of day"] += 1
                continue
            start = self._moment(start).astimezone(zone)
            is_length = isinstance(end, timedelta)
            added[start] = end if is_length else self._moment(end).astimezone(zone) - start
        gone = [*_dates(event, "EXDATE"), *(each["RECURRENCE-ID"].dt for each in changes)]
        return Series(
            *(first.who, first.start, length, first.activity),
            rule_of(event["RRULE"], name) if "RRULE" in event else None,
            added,
            {self._moment(each) if isinstance(each, datetime) else each for each in gone},
            [found for each in changes if (found := self._stretch(each, title, name))],
        )

    def _span(self, event: Any) -> tuple[datetime, datetime] | None:
        start = getattr(event.get("DTSTART"), "dt", None)
        end = getattr(event.get("DTEND"), "dt", None)
        length = getattr(event.get("DURATION"), "dt", None)
        if str(event.get("STATUS") or "").upper() == "CANCELLED":
            self.left_out["cancelled events"] += 1
        elif not isinstance(start, datetime):
            self.left_out["events without a time of day"] += 1
        else:
            begin = self._moment(start)
            if isinstance(end, datetime):
                return begin, self._moment(end)
            if isinstance(length, timedelta):
                return begin, begin + length
            self.left_out["events without an end"] += 1
        return None

    def _moment(self, moment: datetime) -> datetime:
        if not 1900 < moment.year < 2199:
            raise ValueError("no day of our time")
        return moment if moment.utcoffset() is not None else moment.replace(tzinfo=self.zone)


def _uid(event: Any) -> str:
    return str(event.get("UID") or "")


def _dates(event: Any, key: str) -> list[Any]:
    """Give the moments, days and periods of a property that may stand several times."""
    given = event.get(key, [])
    return [one.dt for each in (given if isinstance(given, list) else [given]) for one in each.dts]


def _who(event: Any, title: str, name: str) -> tuple[str, ...]:
    """Give what tells whose event it is: who attends, else the calendar's title, else its file."""
    attends = event.get("ATTENDEE")
    first = attends[0] if isinstance(attends, list) and attends else attends
    said = []
    if first is not None:
        address = str(first)
        said.append(address[7:] if address[:7].casefold() == "mailto:" else address)
        said.append(str(getattr(first, "params", {}).get("CN") or ""))
    said = [plain_name(each) for each in [*said, title] if each.strip()]
    return tuple(said) or (plain_name(Path(name).name.partition(".")[0]),)
