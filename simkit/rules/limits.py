"""The shared rate limit: a fixed window per token."""

from __future__ import annotations

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

    def refused_for(self, now: int) -> int:
        """Give 0 and count the request, or the ms until the window ends: the limit is reached."""
        window = now // WINDOW_MS
        if window != self._window:
            self._window, self._count = window, 0
        if self._count >= self.limit:
            return (window + 1) * WINDOW_MS - now
        self._count += 1
        return 0


def requests_per_window_at_most(per_poll: int, interval_ms: int, longest_round_trip_ms: int) -> int:
    """Give a bound on one widget's regular requests that can arrive in one window.

    Polls leave on a grid, but their delays differ: those of a window and one round trip count.
    """
    return per_poll * ((WINDOW_MS + longest_round_trip_ms) // interval_ms + 2)
