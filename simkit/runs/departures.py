"""When requests left and lists were taken: progressions, so that skipped polls cost nothing."""

from __future__ import annotations

from typing import NamedTuple

from simkit.rules.replies import OK, Reply


class Departures(NamedTuple):
    """Requests of one kind that left at regular times; those of a poll leave when it leaves."""

    kind: str
    first: int
    """When the first one left, in ms."""
    every: int
    """Time between two of them in ms; 0 for a single one."""
    n: int
    reply: Reply = Reply(OK)
    """What each was answered; when it was judged is that of one of them."""


class Polls(NamedTuple):
    """Polls that left at regular times."""

    first: int
    every: int
    n: int


class Snapshots(NamedTuple):
    """Polls that left at regular times and whose answer became the list in the browser."""

    first: int
    every: int
    n: int
    reads_config: bool
    """Whether each first read the configuration, which takes a round trip more."""

    @property
    def last(self) -> int:
        """When the last one left, in ms."""
        return self.first + (self.n - 1) * self.every
