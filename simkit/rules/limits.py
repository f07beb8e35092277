"""The shared rate limit: a fixed window per token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

WINDOW_MS = 60_000


class FixedWindow:
    """Counts requests per window of 60 s and says how long a refused caller must wait."""

    __slots__ = ("_count", "_window", "limit")

    def __init__(self, limit_per_min: int) -> None:
        self.limit = limit_per_min
        self._window = -1
        self._count = 0

    def exhausted_for(self, now: int) -> int:
        """Give for how many ms every request that arrives is refused; 0 when the next is not."""
        window = now // WINDOW_MS
        full = window == self._window and self._count >= self.limit
        return (window + 1) * WINDOW_MS - now if full else 0

    def refused_for(self, now: int, rank: int = 0) -> int:
        """Give 0 and count the request, or the ms until the window ends: the limit is reached.

        Requests come in their order, so that their ``rank`` within a millisecond is not looked at.
        """
        window = now // WINDOW_MS
        if window != self._window:
            self._window, self._count = window, 0
        if self._count >= self.limit:
            return (window + 1) * WINDOW_MS - now
        self._count += 1
        return 0


class Last(NamedTuple):
    """The request with which a window reached its limit, and by which all others are judged."""

    arrival: int
    rank: int
    """The place of its kind within a millisecond."""
    place: int
    """The place of its caller within a rank."""
    equals: int
    """How many admitted requests, itself included, are the same in all of that."""


class KnownWindow:
    """What one caller is answered by a limit shared with others, of whom all is known.

    It tells what ``FixedWindow`` would if they were all there.
    """

    __slots__ = ("_equals", "_lasts", "_place")

    def __init__(self, lasts: Mapping[int, Last], place: int) -> None:
        """Take the last admitted request of each window that reached its limit, by its number."""
        self._lasts = lasts
        self._place = place
        self._equals: Counter[int] = Counter()

    def exhausted_for(self, now: int) -> int:
        """Give for how many ms every request that arrives is refused; 0 when the next may not be.

        >>> KnownWindow({0: Last(500, 31, 0, 1)}, place=3).exhausted_for(501)
        59499
        """
        last = self._lasts.get(now // WINDOW_MS)
        return WINDOW_MS - now % WINDOW_MS if last and now > last.arrival else 0

    def refused_for(self, now: int, rank: int = 0) -> int:
        """Give 0, or the ms until the window ends: the limit was reached before.

        >>> window = KnownWindow({0: Last(500, 32, 3, 1)}, place=3)
        >>> [window.refused_for(500, rank) for rank in (31, 32, 32)]
        [0, 0, 59500]
        """
        window = now // WINDOW_MS
        last = self._lasts.get(window)
        if last is None or (now, rank, self._place) < last[:3]:
            return 0
        if (now, rank, self._place) == last[:3]:
            self._equals[window] += 1
            if self._equals[window] <= last.equals:
                return 0
        return (window + 1) * WINDOW_MS - now


def requests_per_window_at_most(per_poll: int, interval_ms: int, longest_round_trip_ms: int) -> int:
    """Give a bound on one widget's regular requests that can arrive in one window.

    Polls leave on a grid, but their delays differ: those of a window and one round trip count.
    """
    return per_poll * ((WINDOW_MS + longest_round_trip_ms) // interval_ms + 2)
