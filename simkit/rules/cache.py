"""The widget's one cache entry in browser storage: how long it answers, and for which question."""

from __future__ import annotations

from typing import Any, NamedTuple

from simkit.rules.replies import Reply


class Question(NamedTuple):
    """What a cached list is the answer to; an entry serves this question only."""

    division: str
    version: int


class Entry(NamedTuple):
    """A list in browser storage."""

    question: Question
    stamped: int
    """When the poll that fetched it left, in ms: lifetimes count from there."""
    reply: Reply


def holds(entry: Entry | None, question: Question, now: int, life_ms: int) -> bool:
    """Say whether an entry answers a question at a millisecond."""
    return entry is not None and entry.question == question and now < entry.stamped + life_ms


def on_grid(origin: int, step: int, t: int) -> int:
    """Give the first point of a grid at or after a millisecond; never before the origin.

    >>> on_grid(100, 30, 131), on_grid(100, 30, 130), on_grid(100, 30, 5)
    (160, 130, 100)
    """
    return origin + max(0, -(-(t - origin) // step)) * step


def polls_on_focus(now: Any, origin: Any, left: Any, longest_ms: int) -> Any:
    """Say whether a page polls at once that may do so when its tab is shown at a millisecond.

    It does not before its first poll, nor where the last one, which left then, may be under way.
    Times are whole numbers, or columns of them.
    """
    return (now >= origin) & (now - left >= longest_ms)
