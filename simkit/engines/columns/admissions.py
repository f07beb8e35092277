"""Which requests a limit admits that agents share, where refusals move no poll.

Polls then leave at times that are known beforehand. Of a window only those polls are drawn that
may arrive before it reaches its limit. What hangs on an admission itself, the question for a list
after that for the configuration and a choice of a code that has to be listed, is taken as it
follows from the windows found last, until they stay: what comes before a window decides it, so
each time one more is right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.limit import Cutoffs, Line, Queue, arrivals, sent_order
from simkit.engines.columns.limited_lists import Admitted, LimitedLists
from simkit.engines.columns.polls import Polls
from simkit.rules.limits import WINDOW_MS
from simkit.rules.settings import Settings

_APART = 1 << 40
"""Puts the times of one agent apart from those of the next."""
Submitted = Callable[["Found"], tuple[Ints, Ints]]
"""Gives (key, sent) of the submissions that follow from what was admitted so far."""


class Found(NamedTuple):
    """What is admitted; the agents of polls are numbered through all parts."""

    cutoffs: Cutoffs
    lists: Admitted
    configs: Admitted
    asked: Admitted
    made: dict[str, Ints] | None = None
    """How many questions each agent's polls ask, by kind; None where all leave on their grids."""
    load: Ints | None = None
    """How many questions are of polls that leave in each second, a row for each part."""


@dataclass(frozen=True)
class _Asked:
    """Questions of polls. Columns about the configuration are empty where it is not read."""

    key: Ints
    sent: Ints
    row: Ints
    """The stretch of the poll, among all stretches."""
    left: Ints
    """When the poll left."""
    reply: Ints
    is_config: Flags
    goes_on: Flags
    """Whether a poll that is told the configuration then asks for the list."""
    parent_key: Ints
    parent_sent: Ints
    """Those of the question for the configuration that came before."""

    def rows(self, chosen: Flags | Ints) -> _Asked:
        columns = (getattr(self, column.name) for column in fields(self))
        return _Asked(*(column[chosen] if len(column) else column for column in columns))

    def joined(self, other: _Asked) -> _Asked:
        both = ((getattr(self, each.name), getattr(other, each.name)) for each in fields(self))
        return _Asked(*map(np.concatenate, both))


class Grid:
    """The polls of everybody, sorted by their phase, so that those of a span are slices."""

    def __init__(
        self, settings: Settings, parts: Sequence[LimitedLists], line: Line, windows: int
    ) -> None:
        """Take the pages of all agents, and the windows of all replications.

        Times of the polls are those of ``line``, in which one replication follows the other.
        """
        wire = settings.wire
        self.limit = settings.platform.rate_limit_per_min or 0
        self.every, self.line = settings.interval_ms, line
        self.polls_of = Polls.joined([part.polls_of for part in parts])
        self.shortest, self.longest_up = wire.delay_min_ms, self.polls_of.longest_up
        self.windows = windows
        first, found = 0, []
        for part in parts:
            who, stretch = np.nonzero(part.polls > 0)
            of = (part.origin, part.polls, part.until)
            found.append((who + first, stretch, *(each[who, stretch] for each in of)))
            first += len(part.polls)
        who, stretch, origin, n, until = map(np.concatenate, zip(*found, strict=True))
        since = line.since[who]
        order = np.argsort((origin + since) % self.every, kind="stable")
        self.who, self.stretch, self.until = who[order], stretch[order], until[order]
        self.since, self.n = since[order], n[order]
        self.origin = origin[order] + self.since
        self.phase = self.origin % self.every

    def found(self, submitted: Submitted) -> Found:
        """Find what is admitted of all requests, submissions included."""
        asked = self._drawn()
        order = Queue.order(asked.key, asked.sent)
        queue = Queue(asked.key[order], asked.sent[order])
        certain = self._certain(asked)[order]
        cutoffs = most = Cutoffs.of(queue, certain, self.limit, self.windows)
        early = asked.key <= most.key[arrivals(asked.key) // WINDOW_MS]
        queue, order = queue.rows(early[order]), order[early[order]]
        # From here on questions stand by agents and times, and ``order`` is that of the queue.
        kept = np.nonzero(early)[0]
        kept = kept[np.argsort(self.who[asked.row[kept]] * _APART + asked.left[kept])]
        place = np.empty(len(early), np.int64)
        place[kept] = np.arange(len(kept))
        asked, order = asked.rows(kept), place[order]
        while True:
            more = Queue(*submitted(self._found(asked, cutoffs)))
            early = more.key <= most.key[arrivals(more.key) // WINDOW_MS]
            counts = (self._certain(asked) | self._followed(asked, cutoffs))[order]
            merged, counts = queue.merged(counts, Queue(*(column[early] for column in more)))
            again = Cutoffs.of(merged, counts, self.limit, self.windows)
            if again.same(cutoffs):
                return self._found(asked, again)
            cutoffs = again

    def _certain(self, asked: _Asked) -> Flags:
        """Say which questions come if they are early enough in their window to be admitted."""
        if not self.polls_of.reads_config:
            return np.ones(len(asked.key), bool)
        came = arrivals(asked.parent_key) // WINDOW_MS == arrivals(asked.key) // WINDOW_MS
        return np.asarray(asked.is_config | came)

    def _followed(self, asked: _Asked, cutoffs: Cutoffs) -> Flags:
        """Say which questions follow on one that was admitted, or on none."""
        if not self.polls_of.reads_config:
            return np.ones(len(asked.key), bool)
        before = np.where(asked.is_config, 0, asked.parent_key)
        return asked.is_config | cutoffs.admits(before, asked.parent_sent)

    def _found(self, asked: _Asked, cutoffs: Cutoffs) -> Found:
        there = cutoffs.admits(asked.key, asked.sent)
        there &= self._followed(asked, cutoffs)

        def polls(chosen: Flags) -> Admitted:
            rows = asked.row[chosen]
            arrival = arrivals(asked.key[chosen]) - self.since[rows]
            times = asked.left[chosen], arrival, asked.reply[chosen]
            return Admitted(self.who[rows], self.stretch[rows], *times)

        if not self.polls_of.reads_config:
            lists = polls(there)
            return Found(cutoffs, lists, lists.rows(slice(0)), lists.rows(slice(0)))
        config = there & asked.is_config
        return Found(cutoffs, polls(there & ~config), polls(config), polls(config & asked.goes_on))

    def _drawn(self) -> _Asked:
        """Draw polls window by window until each is known to be full, or to its end.

        The last polls of a window that may arrive in the next one are drawn there.
        """
        start = np.arange(self.windows) * WINDOW_MS
        end = start + WINDOW_MS - self.longest_up
        since, until = start - self.longest_up, np.minimum(start + self._guessed(start), end)
        idle = self._pages(start) == 0
        until[idle] = end[idle] = since[idle]
        asked = self._asked(*self._leaving(since, until))
        while True:
            arrival = arrivals(asked.key)
            window = arrival // WINDOW_MS
            known = self._certain(asked) & (arrival < until[window] + self.shortest)
            count = np.bincount(window[known], minlength=self.windows)
            short = np.nonzero((count < self.limit) & (until < end))[0]
            if not len(short):
                return asked
            more = np.minimum(2 * until[short] - start[short], end[short])
            asked = asked.joined(self._asked(*self._leaving(until[short], more)))
            until[short] = more

    def _pages(self, start: Ints) -> Ints:
        """Give how many pages may send polls that arrive in windows."""
        last = np.sort(self.origin + (self.n - 1) * self.every)
        begun = np.searchsorted(np.sort(self.origin), start + WINDOW_MS)
        return np.asarray(begun - np.searchsorted(last, start - self.longest_up))

    def _guessed(self, start: Ints) -> Ints:
        """Guess how far into windows polls have to be drawn, from how many pages there are."""
        enough = self.limit * self.every // np.maximum(1, self._pages(start))
        return np.asarray(self.longest_up + enough + enough // 8)

    def _leaving(self, since: Ints, until: Ints) -> tuple[Ints, Ints]:
        """Give the polls that leave in some spans: their stretches, and when they leave."""
        chunks = -((since - until) // self.every)
        start = np.repeat(since, chunks)
        start += (
            np.arange(len(start)) - np.repeat(np.cumsum(chunks) - chunks, chunks)
        ) * self.every
        length = np.minimum(self.every, np.repeat(until, chunks) - start)
        low = start % self.every
        over = low + length - self.every
        first = np.concatenate((np.searchsorted(self.phase, low), np.zeros_like(low)))
        last = np.searchsorted(self.phase, np.concatenate((low + length, np.maximum(over, 0))))
        base = np.concatenate((start - low, start - low + self.every))
        count = last - first
        row = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
        left = np.repeat(base, count) + self.phase[row]
        n = (left - self.origin[row]) // self.every
        there = (n >= 0) & (n < self.n[row])
        return row[there], left[there]

    def _asked(self, row: Ints, left: Ints) -> _Asked:
        """Give the questions of polls, each as if those before it were admitted."""
        of, left, none = self.polls_of, left - self.since[row], np.zeros(0, np.int64)
        asks, before = left, (none, none)
        first: _Asked | None = None
        if of.reads_config:
            up, down = of.of_configs.of(self.who[row], left)
            key = self.line.keys("config", self.who[row], left + up)
            sent, asks = sent_order(left), left + up + down
            goes_on, yes = asks <= self.until[row], np.ones(len(row), bool)
            first = _Asked(key, sent, row, left, asks, yes, goes_on, key, sent)
            row, left, asks = row[goes_on], left[goes_on], asks[goes_on]
            before = key[goes_on], sent[goes_on]
        up, down = of.of_lists.of(self.who[row], asks)
        key = self.line.keys("list", self.who[row], asks + up)
        no = np.zeros(len(before[0]), bool)
        lists = _Asked(key, sent_order(asks), row, left, asks + up + down, no, no, *before)
        return first.joined(lists) if first else lists
