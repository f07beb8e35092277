"""Events of calendars that recur, written out for the days that an import is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import MAXYEAR, date, datetime, time, timedelta, tzinfo
from math import prod
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from simkit.base.errors import BadInput
from simkit.inputs.exports.records import Logged, Stretch

WEEK = 7
"""Days that are taken where nothing else tells which (ASSUMED): each day of the week once."""
MOST_STEPS = 200_000
"""Occurrences, and periods without one, of all rules together: 1 to 3 s."""
_PERIODS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
"""Days of a period at least, by how often a rule says that it recurs."""
_LONGEST_PERIOD = timedelta(days=28)
"""A longer one is as much work as the months in it."""
_MOST_TIMES = 24
_LONGEST_RULE = 500
_YEARS = 19 * 400
"""Rules are followed so much later, when days fall as now: the library gives a rule without any
occurrence up after the year 9999 only, and so it has 20 times fewer days to go through.
"""
_DAY, _YEAR = timedelta(days=1), timedelta(days=365)


class Rule(NamedTuple):
    """A rule of recurrence, without its end, as the library has it, and what bounds it."""

    text: str
    period: timedelta
    is_aligned: bool
    """Whether occurrences do not change when the rule begins some periods later."""
    times: int | None
    until: date | None


class Series(NamedTuple):
    """An event that recurs: its first time, and what differs from its rule."""

    who: tuple[str, ...]
    start: datetime
    length: timedelta
    activity: str
    rule: Rule | None
    added: Mapping[datetime, timedelta]
    """How long occurrences beside the rule last, by when they start."""
    gone: Set[date]
    """Moments, and days as the event's clock has them, whose occurrences are not there."""
    changed: Sequence[Stretch]
    """What single occurrences were made."""


def rule_of(given: Any, name: str) -> Rule:
    """Give a rule that icalendar read; BadInput for one that recurs within the day or cannot be."""
    from dateutil.rrule import rrulestr

    frequency, *others = given["FREQ"]
    daily = prod(len(given.get(key, [0])) for key in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if frequency not in _PERIODS or others or daily > _MOST_TIMES:
        allowed = "a rule by the day, week, month or year, at most 24 times a day"
        raise BadInput(file=name, field="RRULE", found="another rule", allowed=allowed)
    (interval,), (times,) = given.get("INTERVAL", [1]), given.get("COUNT", [None])
    until = given.pop("UNTIL", [None])[0]
    text = given.to_ical().decode()
    if interval < 1 or (times is not None and times < 1) or len(text) > _LONGEST_RULE:
        allowed = f"INTERVAL and COUNT from 1, at most {_LONGEST_RULE} characters"
        raise BadInput(file=name, field="RRULE", found="another rule", allowed=allowed)
    rrulestr(text)
    period = timedelta(days=_PERIODS[frequency] * interval)
    is_aligned = frequency in ("DAILY", "WEEKLY") and times is None
    return Rule(text, period, is_aligned, times, until)


def days_of(
    series: Iterable[Series], others: Iterable[Stretch | Logged], zone: ZoneInfo
) -> tuple[date, date]:
    """Give the first and the last day of all else that came in, by when it starts.

    Where nothing else did it is the week from the day on which the last of the series begins:
    who works by one of them is there.
    """
    starts = [each.start for each in others]
    if starts:
        return min(starts).astimezone(zone).date(), max(starts).astimezone(zone).date()
    first = max(each.start for each in series).astimezone(zone).date()
    return first, first + (WEEK - 1) * _DAY


class Expander:
    """Writes series out that start from a day until another one, in bounded work."""

    def __init__(self, first: date, last: date, zone: ZoneInfo) -> None:
        self.begin = datetime.combine(first, time(), zone)
        self.end = datetime.combine(last + _DAY, time(), zone)
        self._steps = 0

    def stretches(self, series: Series) -> Iterator[Stretch]:
        """Give what a series schedules; BadInput when all of them are too much work."""
        starts = self._starts(series) if series.rule else [series.start]
        found = {**dict.fromkeys(starts, series.length), **series.added}
        for start, length in found.items():
            if not {start, start.date()} & series.gone and self._is_within(start):
                yield Stretch(series.who, start, start + length, series.activity)
        yield from (each for each in series.changed if self._is_within(each.start))

    def _is_within(self, moment: datetime) -> bool:
        return self.begin <= moment < self.end

    def _starts(self, series: Series) -> Iterator[datetime]:
        """Give when a rule's occurrences start: its clock goes on over changes of the zone."""
        from dateutil.rrule import rrulestr

        rule, zone = series.rule, series.start.tzinfo
        assert rule is not None
        begin, end = _wall(self.begin, zone), _wall(self.end, zone)
        wall = _wall(series.start, zone)
        if wall >= end:
            return
        if rule.is_aligned:  # one period less, which the rule may begin in the midst of
            wall += max((begin - wall) // rule.period - 1, 0) * rule.period
        step = min(rule.period, _LONGEST_PERIOD)
        occurrences = 0
        for late in rrulestr(rule.text, dtstart=_later(wall)):
            occurrences += 1
            now = late.replace(year=late.year - _YEARS)
            self._work((now - wall) // step + 1)
            wall, start = now, now.replace(tzinfo=zone)
            if wall >= end or (rule.until and start > _end_of(rule.until, zone)):
                return
            yield start
        if occurrences != rule.times:  # the library went on to its last year
            self._work((MAXYEAR - _YEARS - wall.year) * _YEAR // step)

    def _work(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MOST_STEPS:
            found = f"more than {MOST_STEPS:,} occurrences, or days without one"
            allowed = "fewer events that recur, or one day of them: --day YYYY-MM-DD"
            raise BadInput(field="RRULE", found=found, allowed=allowed)


def _wall(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _later(wall: datetime) -> datetime:
    return wall.replace(year=wall.year + _YEARS)


def _end_of(until: date, zone: tzinfo | None) -> datetime:
    """Give the last moment of a rule: a day is meant whole, clocks are those of the event."""
    if not isinstance(until, datetime):
        until = datetime.combine(until, time.max)
    return until if until.tzinfo else until.replace(tzinfo=zone)
