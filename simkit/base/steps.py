"""Step functions of time: the one structure behind lists, beliefs, truths, bands and gaps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

V = TypeVar("V")
NEVER = 1 << 62
"""A time in ms that no run reaches."""


class Steps(Generic[V]):
    """A value that changes at whole milliseconds and holds from each change until the next."""

    __slots__ = ("times", "values")

    def __init__(self, initial: V, start: int = -NEVER) -> None:
        self.times = [start]
        self.values = [initial]

    def set(self, t: int, value: V) -> None:
        """Append a change; times must not fall, the last value given for a millisecond holds.

        A value that is taken back within its millisecond was no change.
        """
        if self.times[-1] == t:
            self.values[-1] = value
            if len(self.values) > 1 and self.values[-2] == value:
                self.times.pop()
                self.values.pop()
        elif self.values[-1] != value:
            self.times.append(t)
            self.values.append(value)

    def at(self, t: int) -> V:
        """Give the value that holds at a millisecond."""
        return self.values[max(bisect_right(self.times, t) - 1, 0)]

    def before(self, t: int) -> V:
        """Give the value that held until just before a millisecond."""
        return self.values[max(bisect_left(self.times, t) - 1, 0)]

    def last_change(self, t: int) -> int:
        """Give the time of the last change at or before a millisecond."""
        return self.times[max(bisect_right(self.times, t) - 1, 0)]

    def next_change(self, t: int) -> int:
        """Give the first change strictly after a millisecond, or NEVER."""
        i = bisect_right(self.times, t)
        return self.times[i] if i < len(self.times) else NEVER

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int, V]]:
        """Give (from, to, value) pieces that cover [start, end) without gap or overlap."""
        if start >= end:
            return
        i = max(bisect_right(self.times, start) - 1, 0)
        while start < end:
            stop = self.times[i + 1] if i + 1 < len(self.times) else NEVER
            stop = min(stop, end)
            if stop > start:
                yield start, stop, self.values[i]
            start, i = stop, i + 1

    def time_where(self, holds: Callable[[V], bool], start: int, end: int) -> int:
        """Give the milliseconds of [start, end) during which a predicate holds."""
        return sum(b - a for a, b, value in self.spans(start, end) if holds(value))


def combine(f: Callable[..., V], *parts: Steps[Any]) -> Steps[V]:
    """Give the step function of f over the values of several step functions."""
    result = Steps(f(*(part.values[0] for part in parts)))
    for t in sorted({t for part in parts for t in part.times}):
        result.set(t, f(*(part.at(t) for part in parts)))
    return result
