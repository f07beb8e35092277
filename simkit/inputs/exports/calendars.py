"""Schedules as calendars (iCalendar): one calendar an agent, one event an activity."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simkit.base.errors import BadInput
from simkit.base.names import plain_name
from simkit.inputs.exports.records import Stretch

BEGIN = "BEGIN:VCALENDAR"


class CalendarReader:
    """Reads the events of calendars, and counts those that it leaves out, by why."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.left_out: Counter[str] = Counter()

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
        for event in calendar.walk("VEVENT"):
            if found := self._span(event):
                summary = plain_name(str(event.get("SUMMARY") or ""))
                yield Stretch(_who(event, title, name), *found, summary)

    def _span(self, event: Any) -> tuple[datetime, datetime] | None:
        start = getattr(event.get("DTSTART"), "dt", None)
        end = getattr(event.get("DTEND"), "dt", None)
        length = getattr(event.get("DURATION"), "dt", None)
        if str(event.get("STATUS") or "").upper() == "CANCELLED":
            self.left_out["cancelled events"] += 1
        elif "RRULE" in event:
            self.left_out["events that recur"] += 1
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
