"""Which requests a shared limit admits where refused widgets wait for the next window.

What a window refuses moves polls of the next one, so windows are gone through in order, all pages
of a window at once. How far one goes is found as if all were admitted: what comes before its last
admitted request follows from admitted ones alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from simkit.base.clock import SECOND
from simkit.base.steps import NEVER
from simkit.engines.columns.admissions import Found
from simkit.engines.columns.arrays import Delays, Flags, Ints, below, draws
from simkit.engines.columns.limit import Cutoffs, Line, arrivals, order_keys, sent_order
from simkit.engines.columns.limited_lists import Admitted, LimitedLists
from simkit.engines.columns.list_tables import ListTables
from simkit.rules.limits import WINDOW_MS
from simkit.rules.settings import Settings

_RECENT = 3
"""Polls of a page of which a list may be shown as a request leaves: two may still be on their way
back that arrived in the window before, as a poll never meets the one before it."""


class Tries(NamedTuple):
    """Submissions that are sent if the code is listed."""

    key: Ints
    sent: Ints
    t: Ints
    page: Ints
    home: Ints
    reason: Ints

    def rows(self, chosen: Flags | Ints | slice) -> Tries:
        """Give some of them."""
        return Tries(*(column[chosen] for column in self))


@dataclass(frozen=True)
class _Round:
    """One poll of each of some pages, as if all before it were admitted."""

    of: Ints
    """Places in the round before."""
    page: Ints
    left: Ints
    arrival: Ints
    down: Ints
    key: Ints
    """NEVER where it arrives after the window, or the page is gone before it leaves."""

    @property
    def reply(self) -> Ints:
        return self.arrival + self.down


class Waiting:
    """All pages, and when the next poll of each leaves."""

    def __init__(
        self,
        settings: Settings,
        parts: Sequence[LimitedLists],
        line: Line,
        windows: int,
        replications: int,
    ) -> None:
        """Take the pages of all agents, and how many windows each replication has."""
        self.agents = len(line.place)
        self.limit = settings.platform.rate_limit_per_min or 0
        self.every, self.longest = settings.interval_ms, settings.longest_poll_ms
        self.most_jitter = settings.widget.retry_jitter_ms
        self.windows = windows
        first = pages = 0
        found, self.page = [], []
        for number, part in enumerate(parts):
            who, stretch = np.nonzero(part.polls > 0)
            numbers = np.full(part.polls.shape, -1)
            numbers[who, stretch] = pages + np.arange(len(who))
            self.page.append(numbers)
            of = part.origin[who, stretch], part.polls_end[who, stretch]
            found.append((who + first, stretch, *of, np.full(len(who), number)))
            first, pages = first + len(numbers), pages + len(who)
        columns = map(np.concatenate, zip(*found, strict=True))
        self.who, self.stretch, self.origin, self.ends, self.part = columns
        self.jitter = np.concatenate([part.days.keys("jitter") for part in parts])[self.who]
        self.line, self.replications = line.rows(self.who), replications
        self.replication = self.line.since // (windows * WINDOW_MS)
        self._edges = order_keys(np.arange(replications + 1) * windows * WINDOW_MS, "config", 0)
        """Before all requests of each replication in their order, and after all."""
        self.delays = Delays.joined([part.polls_of.of_lists for part in parts])
        self.next, self.held = self.origin.copy(), np.zeros(pages, bool)
        """When the next poll leaves, NEVER for none; and whether it does so off the grid."""
        self.recent = [(np.full(pages, -1), np.full(pages, -1)) for _ in range(_RECENT)]
        """When the last admitted polls of each page arrived, and were answered; the last one last.
        """
        self.made = np.zeros(pages, np.int64)
        """How many polls each page sent."""
        seconds = (self.windows + 1) * (WINDOW_MS // SECOND)
        self.load = np.zeros((len(parts), replications, seconds), np.int64)
        """How many polls of each part leave in each second, by replication."""
        self.admitted: list[tuple[Ints, Ints, Ints, Ints]] = []
        """(page, left, arrival, reply) of admitted polls."""
        self.cutoffs = Cutoffs.open(self.windows * replications)

    def found(self, tries: Tries, catalogue: ListTables) -> Found:
        """Go through all windows: give what is admitted; ``tries`` are on pages that poll."""
        of = arrivals(tries.key) // WINDOW_MS % self.windows
        order = np.lexsort((tries.key, of))
        tries = tries.rows(order)
        first = np.searchsorted(of[order], np.arange(self.windows + 1))
        for window in range(self.windows):
            self._judge(window, tries.rows(slice(*first[window : window + 2])), catalogue)
        page, *times = map(np.concatenate, zip(*self.admitted, strict=True))
        order = np.lexsort((times[0], self.who[page]))
        page, *times = (each[order] for each in (page, *times))
        polls = Admitted(self.who[page], self.stretch[page], *times)
        made = np.bincount(self.who, self.made, minlength=self.agents).astype(np.int64)
        none = polls.rows(slice(0))
        return Found(self.cutoffs, polls, none, none, made, self.load)

    def _judge(self, window: int, tries: Tries, catalogue: ListTables) -> None:
        """Judge all requests of a window, and let pages wait that are refused."""
        end = (window + 1) * WINDOW_MS
        page = np.nonzero(self.next < end)[0]
        if not (len(page) or len(tries.key)):
            return
        rounds = [self._round(page, page, self.next[page], end)]
        last = self._nth([rounds[0].key])
        while True:
            early = np.nonzero(self._up_to(last, rounds[-1]))[0]
            rounds.append(self._following(rounds[-1], early, end, first=len(rounds) == 1))
            if not self._up_to(last, rounds[-1]).any():
                break
            last = self._nth([each.key for each in rounds])
        tries = tries.rows(tries.key <= last[self.replication[tries.page]])
        if len(tries.key):
            tries = tries.rows(self._listed(tries, rounds, last, catalogue))
            last = self._nth([*(each.key for each in rounds), tries.key])
        self._note(window, last, rounds, tries)
        self._go_on(window, rounds, end)

    def _nth(self, keys: Sequence[Ints]) -> Ints:
        """Give the last request that the limit has room for, by replication; NEVER for all."""
        key = np.sort(np.concatenate(keys))
        first, after = np.searchsorted(key, self._edges[:-1]), np.searchsorted(key, self._edges[1:])
        at = first + self.limit - 1
        return np.where(at < after, np.append(key, NEVER)[np.minimum(at, len(key))], NEVER)

    def _up_to(self, last: Ints, polls: _Round) -> Flags:
        """Say which polls are judged no later than the last request of their replication."""
        key = polls.key
        return np.asarray((key <= last[self.replication[polls.page]]) & (key < NEVER))

    def _round(self, of: Ints, page: Ints, left: Ints, end: int) -> _Round:
        up, down = self.delays.of(self.who[page], left)
        arrival = left + up
        key = self.line.keys("list", page, arrival)
        judged = (arrival < end) & (left < self.ends[page])
        return _Round(of, page, left, arrival, down, np.where(judged, key, NEVER))

    def _following(self, before: _Round, chosen: Ints, end: int, first: bool) -> _Round:
        """Give the polls that follow on some of a round, if these are admitted."""
        page, left = before.page[chosen], before.left[chosen]
        origin = self.origin[page]
        # A poll off the grid ends before the next one leaves.
        since = left + (np.where(self.held[page], self.longest, 1) if first else 1)
        left = origin - (origin - since) // self.every * self.every
        return self._round(chosen, page, left, end)

    def _listed(
        self, tries: Tries, rounds: Sequence[_Round], last: Ints, catalogue: ListTables
    ) -> Flags:
        """Say which codes are listed, where all requests up to one are admitted."""
        as_of, last = np.full(len(tries.key), -1), last[self.replication[tries.page]]
        for arrival, reply in self.recent:
            as_of = np.where(reply[tries.page] <= tries.t, arrival[tries.page], as_of)
        for each in rounds:
            if len(each.page):
                at = np.searchsorted(each.page, tries.page).clip(max=len(each.page) - 1)
                shown = (each.page[at] == tries.page) & (each.key[at] <= last)
                as_of = np.where(shown & (each.reply[at] <= tries.t), each.arrival[at], as_of)
        state = catalogue.state(tries.home, as_of)
        return np.asarray(catalogue.picks[state, tries.reason] >= 0)

    def _note(self, window: int, last: Ints, rounds: Sequence[_Round], tries: Tries) -> None:
        """Write down the last admitted request of each window that reaches its limit."""
        full = np.nonzero(last < NEVER)[0]
        keys = np.concatenate([*(each.key for each in rounds), tries.key])
        sent = np.concatenate([*(sent_order(each.left) for each in rounds), tries.sent])
        order = np.lexsort((sent, keys))
        keys, sent = keys[order], sent[order]
        first, of_last = np.searchsorted(keys, self._edges[full]), np.searchsorted(keys, last[full])
        at = full * self.windows + window
        self.cutoffs.key[at], self.cutoffs.sent[at] = last[full], sent[first + self.limit - 1]
        self.cutoffs.equals[at] = first + self.limit - of_last

    def _go_on(self, window: int, rounds: Sequence[_Round], end: int) -> None:
        """Take note of what is admitted, and of when the next poll of each page leaves."""
        there, admitted = np.ones(len(rounds[0].page), bool), np.zeros(0, bool)
        for number, each in enumerate(rounds):
            if number:
                there = admitted[each.of]
                self.held[each.page[there]] = False
            judged = there & (each.key < NEVER)
            admitted = judged & self._admitted(window, each)
            self._leave(each.page, each.left, there & ~judged)
            refused = judged & ~admitted
            page, reply = each.page[refused], each.reply[refused]
            wait = below(draws(self.jitter[page], reply), self.most_jitter + 1)
            self._leave(page, end + each.down[refused] + wait, slice(None))
            self.held[page] = True
            self._remember(each, admitted)
            self._count(each.page[judged], each.left[judged])

    def _admitted(self, window: int, polls: _Round) -> Flags:
        at = self.replication[polls.page] * self.windows + window
        last, key = self.cutoffs.key[at], polls.key
        same = (key == last) & (sent_order(polls.left) <= self.cutoffs.sent[at])
        return np.asarray((key < last) | same)

    def _leave(self, page: Ints, left: Ints, chosen: Flags | slice) -> None:
        """Let the next polls of some pages leave at some moments, if there is a page by then."""
        page, left = page[chosen], left[chosen]
        self.next[page] = np.where(left < self.ends[page], left, NEVER)

    def _remember(self, polls: _Round, admitted: Flags) -> None:
        page = polls.page[admitted]
        arrival, reply = polls.arrival[admitted], polls.reply[admitted]
        for older, newer in pairwise(self.recent):
            for kept, known in zip(older, newer, strict=True):
                kept[page] = known[page]
        for kept, known in zip(self.recent[-1], (arrival, reply), strict=True):
            kept[page] = known
        self.admitted.append((page, polls.left[admitted], arrival, reply))

    def _count(self, page: Ints, left: Ints) -> None:
        self.made[page] += 1
        np.add.at(self.load, (self.part[page], self.replication[page], left // SECOND), 1)
