"""Which requests a shared limit admits where refused widgets wait for the next window.

What a window refuses moves polls of the next one, so windows are gone through in order, all pages
of a window at once. How far one goes is found as if all were admitted: what comes before its last
admitted request follows from admitted ones alone. The first requests of pages alone tell how far it
goes at most, so that only of those up to there it is asked what follows on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.base.clock import SECOND
from simkit.base.steps import NEVER
from simkit.engines.columns.admissions import Found
from simkit.engines.columns.arrays import Delays, Flags, Ints, below, draws, in_order
from simkit.engines.columns.limit import (
    Cutoffs,
    Line,
    Queue,
    arrivals,
    moved,
    order_keys,
    sent_order,
)
from simkit.engines.columns.limited_lists import Admitted, LimitedLists
from simkit.engines.columns.list_tables import ListTables
from simkit.rules.limits import WINDOW_MS
from simkit.rules.settings import Settings

_APART = 1 << 40
"""Puts the times of one page apart from those of the next."""
_ALL = NEVER - 1
"""The place in the order up to which all are judged that arrive in a window."""


class Tries(NamedTuple):
    """Submissions that are sent if the code is listed."""

    key: Ints
    sent: Ints
    t: Ints
    page: Ints
    division: Ints
    reason: Ints

    def rows(self, chosen: Flags | Ints | slice) -> Tries:
        """Give some of them."""
        return Tries(*(column[chosen] for column in self))

    @classmethod
    def certain(cls, sent: Queue) -> Tries:
        """Give submissions that are sent whatever is listed."""
        return cls(*sent, *np.zeros((4, len(sent.key)), np.int64))


class _Requests(NamedTuple):
    """Requests of a window, each as if all of its page before it were admitted."""

    row: Ints
    polled: Ints
    """When the poll left that the request belongs to."""
    left: Ints
    """NEVER where there is no request, as the page is gone."""
    arrival: Ints
    down: Ints
    key: Ints
    """NEVER where it arrives after the window."""

    @property
    def reply(self) -> Ints:
        return self.arrival + self.down

    def joined(self, more: _Requests) -> _Requests:
        return _Requests(*map(np.concatenate, zip(self, more, strict=True)))


class _Lists(NamedTuple):
    """Admitted questions for a list; those of a page stand in their order."""

    page: Ints
    arrival: Ints
    reply: Ints

    def joined(self, more: _Lists) -> _Lists:
        return _Lists(*map(np.concatenate, zip(self, more, strict=True)))


class Waiting:
    """All pages, and when the next request of each leaves.

    Rows are pages by what they ask next. Where polls read the configuration, each page has two: the
    rows of all pages that ask for it come first, those that have been told it follow.
    """

    def __init__(
        self,
        settings: Settings,
        parts: Sequence[LimitedLists],
        line: Line,
        windows: int,
        replications: int,
    ) -> None:
        """Take the pages of all agents, and how many windows each replication has."""
        self.agents, self.windows = len(line.place), windows
        self.limit = settings.platform.rate_limit_per_min or 0
        self.every, self.longest = settings.interval_ms, settings.longest_poll_ms
        self.most_jitter = settings.widget.retry_jitter_ms
        first = pages = 0
        found, self.page = [], []
        for number, part in enumerate(parts):
            who, stretch = np.nonzero(part.polls > 0)
            numbers = np.full(part.polls.shape, -1)
            numbers[who, stretch] = pages + np.arange(len(who))
            self.page.append(numbers)
            of = (part.origin, part.polls_end, part.until)
            times = (each[who, stretch] for each in of)
            found.append((who + first, stretch, *times, np.full(len(who), number)))
            first, pages = first + len(numbers), pages + len(who)
        columns = list(map(np.concatenate, zip(*found, strict=True)))
        who = columns[0]
        kinds, delays = ["list"], [Delays.joined([part.polls_of.of_lists for part in parts])]
        if parts[0].polls_of.reads_config:
            kinds.insert(0, "config")
            delays.insert(0, Delays.joined([part.polls_of.of_configs for part in parts]))
        self.pages, self.kinds = pages, kinds
        self.delays = Delays.joined([each.rows(who) for each in delays])
        of_pages = line.rows(who)
        self.begins = np.concatenate(
            [order_keys(of_pages.since, kind, of_pages.place) for kind in kinds]
        )
        """The place in the order of a request that arrives as its replication begins."""
        self.next = np.full(len(kinds) * pages, NEVER)
        """When the next request leaves, NEVER for none."""
        self.next[:pages] = columns[2]
        columns = [np.tile(each, len(kinds)) for each in columns]
        self.who, self.stretch, self.origin, self.ends, self.until, part_of = columns
        self.jitter = np.concatenate([part.days.keys("jitter") for part in parts])[self.who]
        self.replication = line.since[self.who] // (windows * WINDOW_MS)
        self.starts = np.arange(replications) * windows * WINDOW_MS
        """When each replication begins."""
        edges = np.append(self.starts, replications * windows * WINDOW_MS)
        self.edges = order_keys(edges, "config", 0)
        """Before the requests of each replication in their order, and after them all."""
        self.polled = np.zeros(len(self.next), np.int64)
        """When the poll left of which one question was answered and the next one leaves."""
        seconds = (self.windows + 1) * (WINDOW_MS // SECOND)
        self.second = (part_of * replications + self.replication) * seconds
        """Where the seconds of each row's part and replication begin."""
        self.load = np.zeros((len(parts), replications, seconds), np.int64)
        """How many requests are of polls that leave in each second, by part and replication."""
        self.refused = np.zeros(len(self.next), np.int64)
        """How many requests of each row were refused."""
        none = np.zeros(0, np.int64)
        self.admitted = [(none, none, none, none)]
        """(row, when the poll left, arrival, reply) of admitted requests."""
        self.as_of = np.full(pages, -1)
        """Of when the last list of each page is that came before ``lately``."""
        self.lately = _Lists(none, none, none)
        """The lists of the window before: they may still be on their way as one submits in this."""
        self.cutoffs = Cutoffs.open(self.windows * replications)
        self.sent = [Queue(none, none)]
        """Submissions that are sent."""

    def found(self, tries: Tries, catalogue: ListTables | None) -> Found:
        """Go through all windows: give what is admitted; ``tries`` are on pages that poll.

        Without a catalogue all codes are taken to be listed.
        """
        of = arrivals(tries.key) // WINDOW_MS % self.windows
        order = np.lexsort((tries.sent, tries.key, of))
        tries = tries.rows(order)
        first = np.searchsorted(of[order], np.arange(self.windows + 1)).tolist()
        for window in range(self.windows):
            self._judge(window, tries.rows(slice(*first[window : window + 2])), catalogue)
        return self._told()

    def _told(self) -> Found:
        """Give what was admitted in all windows; count when the polls of it left."""
        row, *times = map(np.concatenate, zip(*self.admitted, strict=True))
        np.add.at(self.load.reshape(-1), self.second[row] + times[0] // SECOND, 1)
        order = in_order(self.who[row], times[0])
        row, *times = (each[order] for each in (row, *times))
        admitted, is_list = Admitted(self.who[row], self.stretch[row], *times), self._lists(row)
        lists, configs = admitted.rows(is_list), admitted.rows(~is_list)
        asked = configs.rows(configs.reply <= self.until[row[~is_list]])
        refused = dict(zip(self.kinds, self.refused.reshape(-1, self.pages), strict=True))
        none = np.zeros(self.pages, np.int64)
        counts = {
            "config": self._counted(refused.get("config", none), configs.who),
            "list": self._counted(refused["list"], lists.who),
        }
        return Found(self.cutoffs, lists, configs, asked, counts, self.load)

    @property
    def counted(self) -> Queue:
        """The submissions that count."""
        sent = Queue(*map(np.concatenate, zip(*self.sent, strict=True)))
        return sent.rows(self.cutoffs.admits(*sent))

    def _counted(self, refused: Ints, admitted: Ints) -> Ints:
        """Count all requests of a kind by agent; refused ones are told by page."""
        of_pages = np.bincount(self.who[: self.pages], refused, minlength=self.agents)
        return of_pages.astype(np.int64) + np.bincount(admitted, minlength=self.agents)

    def _lists(self, row: Ints) -> Flags:
        """Say which rows ask for the list."""
        return row >= len(self.next) - self.pages

    def _judge(self, window: int, tries: Tries, catalogue: ListTables | None) -> None:
        """Judge all requests of a window, and let pages wait that are refused."""
        end = (window + 1) * WINDOW_MS
        row = np.nonzero(self.next < end)[0]
        if not (len(row) or len(tries.key)):
            return
        first = self._next(row, end)
        most = self._most(first.key)
        requests, before = self._followed(first, most, end)
        early = np.nonzero(requests.key <= self._of_each(most, requests.row))[0]
        queue = Queue(requests.key[early], sent_order(requests.left[early]))
        if len(tries.key):
            if catalogue is not None:
                tries = tries.rows(self._listed(tries, requests, early, catalogue))
            self.sent.append(Queue(tries.key, tries.sent))
            self._note(window, queue.joined(self.sent[-1]))
        else:
            self._note(window, queue)
        early = early[self.cutoffs.admits(*queue)]
        self._go_on(requests, before, early, end)
        if catalogue is not None:
            self._show(requests, early)

    def _of_each(self, values: Ints, row: Ints) -> Ints:
        """Give what rows have of their replications; one value where there is one replication."""
        return values if len(values) == 1 else values[self.replication[row]]

    def _most(self, key: Ints) -> Ints:
        """Say, by replication, up to where requests are admitted if there are no others."""
        if len(self.starts) == 1:  # whose requests need not be put in order
            there = len(key) >= self.limit
            last = np.partition(key, self.limit - 1)[self.limit - 1] if there else _ALL
            return np.minimum([last], _ALL)
        return self._last(np.sort(key))[0]

    def _last(self, key: Ints) -> tuple[Ints, Ints]:
        """Give the last requests that the limit has room for, and their places, by replication.

        The requests stand in their order.
        """
        at = np.searchsorted(key, self.edges)
        last, after = at[:-1] + (self.limit - 1), at[1:]
        return np.where(last < after, np.append(key, _ALL)[np.minimum(last, len(key))], _ALL), last

    def _next(self, row: Ints, end: int) -> _Requests:
        """Give the next requests of pages."""
        polled = left = self.next.take(row)
        if len(self.kinds) > 1:
            polled = np.where(row < self.pages, left, self.polled[row])
        return self._asked(row, polled, left, end)

    def _asked(self, row: Ints, polled: Ints, left: Ints, end: int) -> _Requests:
        up, down = self.delays.of(row, left)
        arrival = left + up
        key = moved(self.begins.take(row), arrival)
        key[arrival >= end] = NEVER
        return _Requests(row, polled, left, arrival, down, key)

    def _followed(self, first: _Requests, most: Ints, end: int) -> tuple[_Requests, Ints]:
        """Give first requests and all that follow on those which may be admitted, as if they were.

        At least up to the first that is not admitted. And the places of those that they follow on.
        """
        early, n = np.nonzero(first.key <= self._of_each(most, first.row))[0], len(first.row)
        row, left, begin = self._polls_after(first.row[early], first.polled[early], most, end)
        before = np.arange(n - 1, n - 1 + len(row))
        before[begin] = early
        requests = first.joined(self._asked(row, left, left, end))
        if len(self.kinds) == 1:
            return requests, before
        told = np.append(early[first.row[early] < self.pages], np.arange(n, n + len(row)))
        row, reply = requests.row[told] + self.pages, requests.reply[told]
        left = np.where(reply <= self.until[row], reply, NEVER)
        # A poll follows on the last question of the one before.
        last = np.arange(len(requests.row))
        last[told] = len(last) + np.arange(len(told))
        more = self._asked(row, requests.polled[told], left, end)
        return requests.joined(more), np.append(last[before], told)

    def _polls_after(
        self, row: Ints, polled: Ints, most: Ints, end: int
    ) -> tuple[Ints, Ints, Ints]:
        """Give polls that follow on others: their rows, when they leave, and each one's first.

        Of each the last is one that leaves too late to be admitted in the window.
        """
        origin, stop = self.origin[row], min(end, int((arrivals(most) - self.starts).max()))
        # The first point of the grid that the poll does not run into: of one that is on the grid
        # that is the next, as polls are shorter than the time between them.
        start = origin - (origin - polled - self.longest) // self.every * self.every
        polls = np.maximum((stop - 1 - start) // self.every + 2, 1)
        begin = np.cumsum(polls) - polls
        left = np.repeat(start - begin * self.every, polls)
        left += np.arange(len(left)) * self.every
        row = np.repeat(row % self.pages, polls)
        left[left >= self.ends[row]] = NEVER
        return row, left, begin

    def _listed(
        self, tries: Tries, requests: _Requests, early: Ints, catalogue: ListTables
    ) -> Flags:
        """Say which codes are listed, where all early requests are admitted.

        All are that come before a submission which is admitted, and only they may be shown by then.
        """
        page, arrival, reply = self.lately.joined(self._brought(requests, early))
        as_of = self.as_of[tries.page]
        if len(page):
            replied = page * _APART + reply
            order = np.argsort(replied, kind="stable")
            asked = tries.page * _APART
            at = np.searchsorted(replied, asked + tries.t, side="right", sorter=order) - 1
            last = order[at]
            as_of = np.where((at >= 0) & (page[last] == tries.page), arrival[last], as_of)
        state = catalogue.state(tries.division, as_of)
        return np.asarray(catalogue.picks[state, tries.reason] >= 0)

    def _brought(self, requests: _Requests, rows: Ints) -> _Lists:
        """Give the lists that some requests bring."""
        if len(self.kinds) > 1:
            rows = rows[self._lists(requests.row[rows])]
        arrival = requests.arrival[rows]
        return _Lists(requests.row[rows] % self.pages, arrival, arrival + requests.down[rows])

    def _show(self, requests: _Requests, admitted: Ints) -> None:
        """Take note of the lists of a window: those of the one before have come by the next."""
        self.as_of[self.lately.page] = self.lately.arrival
        self.lately = self._brought(requests, admitted)

    def _note(self, window: int, queue: Queue) -> None:
        """Write down the last admitted request of each window that reaches its limit."""
        key = np.sort(queue.key)
        last, at = self._last(key)
        full = np.nonzero(last < _ALL)[0]
        last, of = last[full], full * self.windows + window
        equals = at[full] + 1 - np.searchsorted(key, last)
        self.cutoffs.key[of], self.cutoffs.equals[of] = last, equals
        for number, this, n in zip(of, last, equals, strict=True):
            self.cutoffs.sent[number] = np.sort(queue.sent[queue.key == this])[n - 1]

    def _go_on(self, requests: _Requests, before: Ints, admitted: Ints, end: int) -> None:
        """Take note of what is admitted, and of when the next request of each page leaves."""
        row, polled, left, arrival, down, key = requests
        taken = arrival[admitted]
        self.admitted.append((row[admitted], polled[admitted], taken, taken + down[admitted]))
        is_admitted = np.zeros(len(row), bool)
        is_admitted[admitted] = True
        # One request of each page decides how it goes on: the first that is not admitted.
        decides, first = ~is_admitted, len(row) - len(before)
        decides[first:] &= is_admitted[before]
        arrives = key < NEVER
        if len(self.kinds) > 1:
            self.next[row[:first]] = NEVER
        later = np.nonzero(decides & ~arrives)[0]
        of = row[later]
        self.next[of], self.polled[of] = left[later], polled[later]
        self._wait(requests, np.nonzero(decides & arrives)[0], end)

    def _wait(self, requests: _Requests, refused: Ints, end: int) -> None:
        """Let pages wait whose request was refused, until the next window and some time at random.

        They are told how long the window lasts from when they were refused.
        """
        columns = requests.row, requests.polled, requests.arrival, requests.down
        row, polled, arrival, down = (each.take(refused) for each in columns)
        np.add.at(self.refused, row, 1)
        np.add.at(self.load.reshape(-1), self.second.take(row) + polled // SECOND, 1)
        jitter = below(draws(self.jitter.take(row), arrival + down), self.most_jitter + 1)
        left = end + down + jitter
        left[left >= self.ends.take(row)] = NEVER
        self.next[row if len(self.kinds) == 1 else row % self.pages] = left
