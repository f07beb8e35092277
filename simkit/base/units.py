"""Spans of time that were written in another unit than milliseconds."""

from __future__ import annotations

import re

from simkit.base.clock import HOUR, MINUTE, SECOND

_UNITS = {"ms": 1, "s": SECOND, "sec": SECOND, "min": MINUTE, "m": MINUTE, "h": HOUR}
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?([a-z]+)")


def in_ms(text: str) -> int | None:
    """Give the ms of a span that was written with its unit; None when it is none.

    >>> in_ms("30s"), in_ms("1.5 h"), in_ms("soon")
    (30000, 5400000, None)
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None or found[2] not in _UNITS:
        return None
    return round(float(found[1]) * _UNITS[found[2]])


def may_be_seconds(value: int, low: float, high: float) -> bool:
    """Say whether a number of ms may have been meant as one of seconds, which has these bounds.

    Whole minutes in ms are meant as they stand: nobody writes 60,000 for a number of seconds.

    >>> may_be_seconds(86_400, 2_000, 172_800_000), may_be_seconds(60_000, 2_000, 172_800_000)
    (True, False)
    """
    return value > 0 and value % MINUTE != 0 and low <= SECOND * value <= high


def seconds_meant(value: int) -> str:
    """Give the question whether a number of ms is one of seconds, to follow other words.

    >>> seconds_meant(30)
    '; seconds? 30 s are 30000 ms'
    """
    return f"; seconds? {value} s are {SECOND * value} ms"
