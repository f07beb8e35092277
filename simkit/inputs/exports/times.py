"""Dates and times as tables write them: with or without zone, by 12 hours or 24, in any order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{2,4})")
_TIME = re.compile(
    r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,6})?)?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE
)
_DAY = timedelta(days=1)
FORMS = "a time such as 08:30, 8:30 AM or 2026-03-02T08:30:00Z"


class AmbiguousDateError(ValueError):
    """A date that is another one by day and month than by month and day."""


def order_of(cells: Iterable[str]) -> str | None:
    """Give the order of day and month that dates show, DMY or MDY; None where none shows it.

    >>> order_of(["02/03/2026", "27/02/2026"]), order_of(["02/03/2026"]), order_of(["2.3.2026"])
    ('DMY', None, 'DMY')
    """
    for cell in cells:
        if found := _DATE.search(cell):
            first, between, second = int(found[1]), found[2], int(found[3])
            if 12 < first <= 31 or (between == "." and first <= 31):
                return "DMY"
            if first <= 12 < second:
                return "MDY"
    return None


class Times:
    """Reads the times of a table; wall times are those of a zone."""

    def __init__(self, zone: str, order: str | None) -> None:
        self.zone, self.order = ZoneInfo(zone), order
        self._known: dict[tuple[str, str, datetime | None], datetime] = {}

    def read(self, cell: str, day: str = "", after: datetime | None = None) -> datetime:
        """Give the moment of a cell; a date it lacks stands in ``day`` or is that of ``after``.

        An end without a date of its own is the first such time after the start, ``after``.
        ValueError for what is no time, or one that daylight saving skips.
        """
        key = cell, day, after
        if key not in self._known:
            moment = self._read(cell.strip(), day.strip(), after)
            if not 1900 < moment.year < 2199:
                raise ValueError("no day of our time")
            self._known[key] = moment
        return self._known[key]

    def _read(self, cell: str, day: str, after: datetime | None) -> datetime:
        if len(cell) >= 16 and cell[4:5] == "-":  # with its date, as ISO 8601 has it
            moment = datetime.fromisoformat(cell)
            return moment if moment.utcoffset() is not None else self._local(moment)
        own = _DATE.match(cell)
        wall, over = _time(cell[own.end() :].lstrip(" T,") if own else cell)
        if own:
            return self._local(datetime.combine(self._date(own[0]), wall) + over)
        if day:
            moment = datetime.combine(self._date(day), wall) + over
        elif after:
            moment = datetime.combine(after.astimezone(self.zone).date(), wall) + over
        else:
            raise ValueError("no date")
        found = self._local(moment)
        return found if after is None or found > after else self._local(moment + _DAY)

    def _date(self, text: str) -> date:
        found = _DATE.match(text)
        if not found:
            raise ValueError("no date")
        first, last = found[1], found[4]
        if len(first) == 4:
            return date(int(first), int(found[3]), int(last))
        if len(last) == 3:
            raise ValueError("no year")
        year = int(last) + (2000 if len(last) == 2 else 0)
        order = self.order or ("DMY" if found[2] == "." else None)
        if order is None:
            if int(first) != int(found[3]):
                raise AmbiguousDateError
            order = "DMY"
        day, month = (first, found[3]) if order == "DMY" else (found[3], first)
        return date(year, int(month), int(day))

    def _local(self, moment: datetime) -> datetime:
        local = moment.replace(tzinfo=self.zone)
        if local.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != moment:
            raise ValueError("skipped by daylight saving")
        return local


def _time(text: str) -> tuple[time, timedelta]:
    """Give a time of day, and a day to add where it is 24:00."""
    text = text.strip()
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("no time")
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    if half := found[4]:
        if not 1 <= hours <= 12:
            raise ValueError("no time")
        hours = hours % 12 + (12 if half in "pP" else 0)
    if (hours, minutes, seconds) == (24, 0, 0):
        return time(), _DAY
    return time(hours, minutes, seconds), timedelta()
