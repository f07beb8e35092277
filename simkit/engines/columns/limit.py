"""A rate limit that binds, as columns: of each window it is enough to know how far it went.

Whatever arrives in a window up to its last admitted request is admitted, and all later is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.steps import firsts
from simkit.rules.limits import WINDOW_MS, Last
from simkit.runs.log import ARRIVAL

_PLACE = 24
"""Bits of a place among all agents, as many as ranks are spread by in the processes."""
_RANK = 2
_FIRST_RANK = ARRIVAL["config"]
_TWINS = 16
"""Bits that tell requests apart that one agent sends in one millisecond."""


def order_keys(arrival: Ints, kind: str, place: Ints | int) -> Ints:
    """Give numbers in the order in which requests are judged that arrive at some moments.

    Those of one agent, kind and millisecond have the same number: ``sent`` tells them apart.
    """
    rank = ARRIVAL[kind] - _FIRST_RANK
    return np.asarray((arrival << _RANK | rank) << _PLACE | place)


def moved(key: Ints, later: Ints) -> Ints:
    """Give the numbers of requests that arrive some ms later."""
    return np.asarray(key + (later << (_RANK + _PLACE)))


def sent_order(left: Ints, twin: Ints | int = 0) -> Ints:
    """Give numbers in the order in which an agent sends requests.

    ``twin`` is how many of that kind the agent has sent in the same millisecond before.
    """
    return np.asarray(left << _TWINS | twin)


def arrivals(key: Ints) -> Ints:
    """Give when requests arrive, from their place in the order."""
    return np.asarray(key >> (_RANK + _PLACE))


class Queue(NamedTuple):
    """Requests in the order in which they are judged."""

    key: Ints
    sent: Ints

    @classmethod
    def order(cls, key: Ints, sent: Ints) -> Ints:
        """Give the order of requests that stand in any."""
        # Most come window by window: of that, stable sorting takes advantage.
        order = np.argsort(key, kind="stable")
        told = key[order]
        return np.lexsort((sent, key)) if (told[1:] == told[:-1]).any() else order

    def rows(self, chosen: Flags) -> Queue:
        """Give some of them."""
        return Queue(self.key[chosen], self.sent[chosen])

    def joined(self, more: Queue) -> Queue:
        """Give them and more, one after the other."""
        return Queue(*map(np.concatenate, zip(self, more, strict=True)))

    def same(self, other: Queue) -> bool:
        """Say whether both are the same requests, in whatever order."""
        mine, theirs = (np.stack(each)[:, self.order(*each)] for each in (self, other))
        return bool(np.array_equal(mine, theirs))

    def merged(self, counts: Flags, more: Queue) -> tuple[Queue, Flags]:
        """Give them with more, which stand in any order, and which of all of them count.

        ``counts`` says it of these; of the others all do.
        """
        order = self.order(*more)
        key, sent = more.key[order], more.sent[order]
        at = np.searchsorted(self.key, key)
        merged = np.insert(self.key, at, key), np.insert(self.sent, at, sent)
        return Queue(*merged), np.insert(counts, at, True)


class Cutoffs(NamedTuple):
    """The last admitted request of each window, by its number; NEVER where none is refused."""

    key: Ints
    sent: Ints
    equals: Ints
    """How many admitted requests have the same key, itself included."""

    @classmethod
    def open(cls, windows: int) -> Cutoffs:
        """Give those of windows that never reach their limit."""
        never = np.full(windows, NEVER)
        return cls(never, never.copy(), np.zeros(windows, np.int64))

    @classmethod
    def of(cls, queue: Queue, counts: Flags, limit: int, windows: int) -> Cutoffs:
        """Find them among requests in order, of which only some count."""
        found, total = cls.open(windows), np.cumsum(counts)
        edges = np.arange(windows + 1) * WINDOW_MS << (_RANK + _PLACE)
        first = np.searchsorted(queue.key, edges)
        before = np.append(0, total)[first]
        full = np.nonzero(before[1:] - before[:-1] >= limit)[0]
        at = np.searchsorted(total, before[full] + limit)
        found.key[full], found.sent[full] = queue.key[at], queue.sent[at]
        same = np.searchsorted(queue.key, queue.key[at])
        found.equals[full] = total[at] - np.append(0, total)[same]
        return found

    def admits(self, key: Ints, sent: Ints) -> Flags:
        """Say which requests are admitted."""
        window = arrivals(key) // WINDOW_MS
        last = self.key[window]
        return np.asarray((key < last) | ((key == last) & (sent <= self.sent[window])))

    def same(self, other: Cutoffs) -> bool:
        """Say whether both admit the same requests."""
        return bool(np.array_equal(self.key, other.key) and np.array_equal(self.sent, other.sent))

    def lasts(self) -> dict[int, Last]:
        """Tell the last admitted requests to a window of the processes."""
        full = np.nonzero(self.key < NEVER)[0]
        key = self.key[full]
        rank = (key >> _PLACE & (1 << _RANK) - 1) + _FIRST_RANK
        columns = arrivals(key), rank, key & (1 << _PLACE) - 1, self.equals[full]
        rows = zip(*(each.tolist() for each in columns), strict=True)
        return dict(zip(full.tolist(), map(Last._make, rows), strict=True))


class Line(NamedTuple):
    """Where agents stand in the order in which their requests are judged.

    Those of several replications share no limit. Each replication has windows of its own, as if
    its time began where that of the one before is over.
    """

    place: Ints
    """Within a millisecond."""
    since: Ints
    """When each agent's replication begins, in whole windows."""

    @classmethod
    def joined(cls, parts: Sequence[Line]) -> Line:
        """Put those of several agents together, of whom the first part's come first."""
        return cls(*map(np.concatenate, zip(*parts, strict=True)))

    def rows(self, who: Ints) -> Line:
        """Give some of them."""
        return Line(self.place[who], self.since[who])

    def keys(self, kind: str, who: Ints, arrival: Ints) -> Ints:
        """Give numbers in the order of requests that agents' requests of a kind have."""
        return order_keys(arrival + self.since[who], kind, self.place[who])


class Seats(NamedTuple):
    """Some agents before a limit: where each stands in the order of all, and what is admitted."""

    cutoffs: Cutoffs
    line: Line

    def admits(self, kind: str, who: Ints, arrival: Ints, left: Ints, twin: Any = 0) -> Flags:
        """Say which requests of a kind are admitted, by when they arrive and when they left."""
        return self.cutoffs.admits(self.line.keys(kind, who, arrival), sent_order(left, twin))


def twins(who: Ints, left: Ints) -> Ints:
    """Give how many requests right before each one have the same sender and millisecond."""
    rows = np.arange(len(who))
    return np.asarray(rows - np.maximum.accumulate(np.where(firsts(who, left), rows, 0)))
