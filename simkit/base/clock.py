"""Whole milliseconds inside, local wall time at the edges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from simkit.base.language import number_words, tr

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_DAY = 24 * HOUR

_WALL = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_WALL_MS = re.compile(r".{7,8}\.[0-9]{3}")
_MIDNIGHT = re.compile(r"24:00(?::00(?:\.000)?)?")


def parse_wall(text: str) -> time:
    """Give the local time written as ``HH:MM`` or ``HH:MM:SS``; ValueError when it is neither.

    Spreadsheets write no zero before an hour of one digit.

    >>> parse_wall("14:03"), parse_wall("8:30")
    (datetime.time(14, 3), datetime.time(8, 30))
    """
    found = _WALL.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a time of day; write HH:MM or HH:MM:SS")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return time(hours, minutes, seconds)


def parse_wall_ms(text: str) -> time:
    """Give the local time written as ``HH:MM:SS.mmm`` or as ``parse_wall`` reads it.

    >>> parse_wall_ms("14:03:07.042")
    datetime.time(14, 3, 7, 42000)
    """
    whole, ms = (text[:-4], text[-3:]) if _WALL_MS.fullmatch(text) else (text, "0")
    try:
        return parse_wall(whole).replace(microsecond=1000 * int(ms))
    except ValueError:
        forms = "HH:MM, HH:MM:SS or HH:MM:SS.mmm"
        raise ValueError(f"{text!r} is not a time of day; write {forms}") from None


def is_midnight(text: str) -> bool:
    """Say whether a text is how the end of a day is written: ``24:00``."""
    return _MIDNIGHT.fullmatch(text) is not None


def parse_end(text: str) -> time:
    """Give the local time at which something ends: as ``parse_wall``, and 24:00 is midnight.

    >>> parse_end("24:00")
    datetime.time(0, 0)
    """
    return time() if is_midnight(text) else parse_wall(text)


def show_duration(ms: float) -> str:
    """Give a span of milliseconds in words of at most two units.

    >>> show_duration(937_000), show_duration(250), show_duration(7_500_000)
    ('15 min 37 s', '250 ms', '2 h 5 min')
    """
    if ms < SECOND:
        return tr("{ms} ms", ms=str(round(ms)))
    seconds = round(ms / SECOND)
    if seconds < 60:
        whole = ms % SECOND == 0 or ms > 10 * SECOND
        shown = str(seconds) if whole else number_words(f"{ms / SECOND:.1f}")
        return tr("{seconds} s", seconds=shown)
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        if seconds:
            return tr("{minutes} min {seconds} s", minutes=minutes, seconds=seconds)
        return tr("{minutes} min", minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if minutes:
        return tr("{hours} h {minutes} min", hours=str(hours), minutes=minutes)
    return tr("{hours} h", hours=str(hours))


@dataclass(frozen=True)
class Calendar:
    """The local day of an organisation: turns wall time into ms since the run's start and back."""

    day: date
    zone: str
    opens: time
    """Wall time of millisecond 0: the start of the earliest shift."""

    @cached_property
    def _origin(self) -> datetime:
        return self._instant(self.opens)

    def _instant(self, wall: time, days: int = 0) -> datetime:
        return self._local(wall, days).astimezone(UTC)

    def _local(self, wall: time, days: int) -> datetime:
        return datetime.combine(self.day + timedelta(days), wall, ZoneInfo(self.zone))

    def ms(self, wall: time, days: int = 0) -> int:
        """Give ms from the run's start to a local time, so many days after the simulated day.

        A repeated local time means its first occurrence. Raises ValueError for one that daylight
        saving skips.
        """
        local = self._local(wall, days)
        back = self._instant(wall, days).astimezone(local.tzinfo).replace(tzinfo=None)
        if back != local.replace(tzinfo=None):
            raise ValueError(
                f"{wall:%H:%M} does not exist on {local:%Y-%m-%d} in {self.zone}: "
                f"daylight saving skips it"
            )
        return self.roughly(wall, days)

    def roughly(self, wall: time, days: int) -> int:
        """Give what ``ms`` gives; of a time that is skipped, when it would have been."""
        return round((self._instant(wall, days) - self._origin) / timedelta(milliseconds=1))

    def first(self, wall: time, since: int = 0) -> int:
        """Give ms from the run's start to the first time, from a moment on, that clocks show.

        So what begins at 22:00 and ends at 06:00 ends on the next morning. Raises ValueError for a
        time that daylight saving skips.
        """
        days = -1
        while self.roughly(wall, days) < since:
            days += 1
        return self.ms(wall, days)

    def within(self, wall: time, start: int, end: int) -> int | None:
        """Give the first ms of a span, its end excluded, at which clocks show a time; None if none.

        Raises ValueError for a time that daylight saving skips there.
        """
        for days in range(start // _DAY - 1, end // _DAY + 2):
            for t in sorted(self.roughly(wall.replace(fold=fold), days) for fold in (0, 1)):
                if start <= t < end:
                    self.ms(wall, days)
                    return t
        return None

    def show(self, ms: int) -> str:
        """Give the wall time of a millisecond of the run as ``HH:MM:SS.mmm``."""
        local = (self._origin + timedelta(milliseconds=ms)).astimezone(ZoneInfo(self.zone))
        return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"

    def show_minute(self, ms: int) -> str:
        """Give the wall time of a millisecond of the run as ``HH:MM:SS``."""
        return self.show(ms)[:8]
