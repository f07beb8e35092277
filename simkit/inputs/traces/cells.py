"""Cells and heads of the tables that traces are: what a cell says as text, and what is odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any
from zoneinfo import ZoneInfo

from simkit.base.clock import HOUR, MINUTE, SECOND
from simkit.base.errors import BadInput, closest, shown
from simkit.base.names import plain_name
from simkit.inputs.traces.rounding import TraceTimes
from simkit.rules.organisation import FIRST_DAY, LAST_DAY

COLUMNS = TraceTimes._fields[1:]
_LONGEST_HEAD = 100
_DAY = timedelta(days=1)


def plain_head(head: Sequence[object]) -> list[str]:
    """Give the names of columns in their one spelling; of a head that is far too long, the first.

    >>> plain_head(["At ", "AGENT"])
    ['at', 'agent']
    """
    return [plain_name(str(cell)).casefold() for cell in head[:_LONGEST_HEAD]]


def is_head(names: Sequence[str]) -> bool:
    """Say whether cells are meant as our head: no row of a trace has three such cells."""
    return len({*COLUMNS} & {*names}) > 2


def odd_columns(head: Sequence[object], *, whole: bool = True) -> str:
    """Say which column is one too many, there twice, or missing; nothing where all is well.

    Where a head is not ``whole``, columns may be missing from it.

    >>> odd_columns(["at", "agent", "what", "value"])
    "no column 'until'"
    """
    names = plain_head(head)
    odd = next((i for i, name in enumerate(names) if name not in COLUMNS), None)
    twice = next((name for name, n in Counter(names).items() if n > 1 and name in COLUMNS), None)
    missing = next((name for name in COLUMNS if whole and name not in names), None)
    words = f"no column {shown(missing)}" if missing else ""
    if twice:
        words += f"{', and ' if words else ''}two columns {shown(twice)}"
    if odd is not None:
        strange = f"{shown(str(head[odd]))}{closest(names[odd], COLUMNS)}"
        words += f", but {strange}" if words else f"unknown column {strange}"
    return words


class Cells:
    """Cells of rows and data frames as a CSV file would hold them, and the dates they name.

    A time with a zone becomes that of the organisation's clocks.
    """

    def __init__(self, name: str, zone: str) -> None:
        self.name, self.zone = name, ZoneInfo(zone)
        self.dated: dict[str, datetime] = {}
        """What texts that stand for a time with its date mean, by the organisation's clocks."""
        self._texts: dict[tuple[datetime, int], str] = {}

    def text(self, value: Any, column: str, line: int) -> str:
        """Give a cell as text; BadInput for a time that has no one meaning."""
        if isinstance(value, str):
            return value
        if _is_missing(value):
            return ""
        if column in ("at", "until"):
            return self._time(value, column, line)
        # A column of numbers with a gap in it is one of fractions in data frames: 7 becomes 7.0.
        if isinstance(value, Real | Decimal) and not isinstance(value, Integral):
            number: Any = value
            if number // 1 == number:
                return str(int(number))
        try:
            return str(value)
        except ValueError:  # CPython refuses to print whole numbers of thousands of digits
            raise self._bad(value, column, line, "a name") from None

    def _time(self, value: Any, column: str, line: int) -> str:
        value = _of_numpy(value)
        if isinstance(value, datetime):
            return self._dated(value, column, line)
        if isinstance(value, timedelta):
            if not timedelta() <= value <= _DAY:
                raise self._bad(value, column, line, "0 to 24 h since midnight")
            ms = value // timedelta(milliseconds=1)
            hours, minutes, seconds = ms // HOUR, ms // MINUTE % 60, ms // SECOND % 60
            if value == _DAY:
                return "24:00"
            return _clock(time(hours, minutes, seconds, ms % SECOND * 1000))
        if isinstance(value, time):
            if value.tzinfo is not None:
                allowed = "a time without a zone, or one with its date"
                raise self._bad(value, column, line, allowed)
            return _clock(value)
        return shown(value) if isinstance(value, int) else str(value)

    def _dated(self, value: datetime, column: str, line: int) -> str:
        # Both of two hours that daylight saving makes alike are one to Python.
        key = value, value.fold
        if key not in self._texts:
            try:
                local = value if value.utcoffset() is None else value.astimezone(self.zone)
            except (ValueError, OverflowError):
                local = None
            if local is None or not FIRST_DAY <= local.date() <= LAST_DAY:
                allowed = f"a day from {FIRST_DAY} to {LAST_DAY}"
                raise self._bad(value, column, line, allowed)
            wall = local.time().replace(tzinfo=None, fold=local.fold)
            again = " (again)" if wall.fold else ""
            text = self._texts[key] = f"{local.date()} {_clock(wall)}{again}"
            self.dated[text] = datetime.combine(local.date(), wall)
        return self._texts[key]

    def _bad(self, value: object, column: str, line: int, allowed: str) -> BadInput:
        return BadInput(
            file=self.name, line=line, field=column, found=shown(value), allowed=allowed
        )


def _clock(wall: time) -> str:
    text = f"{wall:%H:%M:%S}"
    return f"{text}.{wall.microsecond // 1000:03d}" if wall.microsecond else text


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)  # NaN and NaT differ from themselves
    except (TypeError, ValueError):  # pandas.NA is neither equal nor unequal; arrays are both
        return type(value).__name__ == "NAType"


def _of_numpy(value: Any) -> Any:
    """Give a moment or a span of NumPy as one of Python; a bare date, and all else, as it is.

    NumPy itself is not needed for that, and belongs to other floors.
    """
    kind = type(value).__name__
    if type(value).__module__ != "numpy" or kind not in ("datetime64", "timedelta64"):
        return value
    if kind == "datetime64" and "T" not in str(value):
        return value
    try:
        made = value.astype(f"{kind}[us]").item()
    except (TypeError, ValueError, OverflowError):  # months have no length
        return value
    return made if isinstance(made, datetime | timedelta) else value
