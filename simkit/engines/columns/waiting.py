"""Which requests a shared limit admits where refused widgets wait for the next window.

What a window refuses moves polls of the next one, so windows are gone through in order, all pages
of a window at once. How far one goes is found as if all were admitted: what comes before its last
admitted request follows from admitted ones alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from simkit.base.clock import SECOND
from simkit.base.steps import NEVER
from simkit.engines.columns.admissions import Found
from simkit.engines.columns.arrays import Delays, Flags, Ints, below, draws
from simkit.engines.columns.limit import Cutoffs, Line, Queue, arrivals, order_keys, sent_order
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
    division: Ints
    reason: Ints

    def rows(self, chosen: Flags | Ints | slice) -> Tries:
        """Give some of them."""
        return Tries(*(column[chosen] for column in self))

    @classmethod
    def certain(cls, sent: Queue) -> Tries:
        """Give submissions that are sent whatever is listed."""
        return cls(*sent, *np.zeros((4, len(sent.key)), np.int64))


@dataclass(frozen=True)
class _Round:
    """One request of each of some pages, as if all before it were admitted."""

    of: Ints
    """Places in the round before."""
    page: Ints
    polled: Ints
    """When the poll left that the request belongs to."""
    held: Flags
    """Whether that was off the grid."""
    lists: Flags
    """Whether it asks for the list, and not for the configuration."""
    left: Ints
    """NEVER where there is no request, as the page is gone."""
    arrival: Ints
    down: Ints
    key: Ints
    """NEVER where it arrives after the window."""

    @property
    def reply(self) -> Ints:
        return self.arrival + self.down


class Waiting:
    """All pages, and when the next request of each leaves."""

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
        columns = map(np.concatenate, zip(*found, strict=True))
        self.who, self.stretch, self.origin, self.ends, self.until, self.part = columns
        self.jitter = np.concatenate([part.days.keys("jitter") for part in parts])[self.who]
        self.line = line.rows(self.who)
        self.replication = self.line.since // (windows * WINDOW_MS)
        edges = np.arange(replications + 1) * windows * WINDOW_MS
        self.edges = order_keys(edges, "config", 0)
        """Before the requests of each replication in their order, and after them all."""
        self.reads_config = parts[0].polls_of.reads_config
        self.of_lists = Delays.joined([part.polls_of.of_lists for part in parts])
        self.of_configs = Delays.joined([part.polls_of.of_configs for part in parts])
        self.next, self.polled = self.origin.copy(), self.origin.copy()
        """When the next request leaves, NEVER for none; and the poll that it belongs to, where it
        may be another."""
        self.held, self.lists = np.zeros((2, pages), bool)
        """Whether that poll is off the grid; whether the request asks for the list."""
        self.lists |= not self.reads_config
        self.recent = [(np.full(pages, -1), np.full(pages, -1)) for _ in range(_RECENT)]
        """When the last admitted polls of each page arrived, and were answered; the last one last.
        """
        self.refused = {kind: np.zeros(pages, np.int64) for kind in ("config", "list")}
        """How many requests of each page were refused."""
        seconds = (self.windows + 1) * (WINDOW_MS // SECOND)
        self.row = (self.part * replications + self.replication) * seconds
        """Where the seconds of each page's part and replication begin."""
        self.load = np.zeros((len(parts), replications, seconds), np.int64)
        """How many requests are of polls that leave in each second, by part and replication."""
        none = np.zeros(0, np.int64)
        self.admitted = {kind: [(none, none, none, none)] for kind in ("config", "list")}
        """(page, when the poll left, arrival, reply) of admitted requests."""
        self.cutoffs = Cutoffs.open(self.windows * replications)
        self.counted = [Queue(none, none)]
        """Submissions that count."""

    def found(self, tries: Tries, catalogue: ListTables | None) -> Found:
        """Go through all windows: give what is admitted; ``tries`` are on pages that poll.

        Without a catalogue all codes are taken to be listed.
        """
        of = arrivals(tries.key) // WINDOW_MS % self.windows
        order = np.lexsort((tries.sent, tries.key, of))
        tries = tries.rows(order)
        first = np.searchsorted(of[order], np.arange(self.windows + 1))
        for window in range(self.windows):
            self._judge(window, tries.rows(slice(*first[window : window + 2])), catalogue)
        (lists, _), (configs, page) = self._polls("list"), self._polls("config")
        asked = configs.rows(configs.reply <= self.until[page])
        made = {"config": configs, "list": lists}
        counts = {kind: self._counted(kind, polls) for kind, polls in made.items()}
        return Found(self.cutoffs, lists, configs, asked, counts, self.load)

    def _counted(self, kind: str, admitted: Admitted) -> Ints:
        """Count all requests of a kind by agent."""
        refused = np.bincount(self.who, self.refused[kind], minlength=self.agents)
        return refused.astype(np.int64) + np.bincount(admitted.who, minlength=self.agents)

    def _polls(self, kind: str) -> tuple[Admitted, Ints]:
        """Give the admitted requests of a kind, and their pages; count when their polls left."""
        page, *times = map(np.concatenate, zip(*self.admitted[kind], strict=True))
        np.add.at(self.load.reshape(-1), self.row[page] + times[0] // SECOND, 1)
        order = np.lexsort((times[0], self.who[page]))
        page, *times = (each[order] for each in (page, *times))
        return Admitted(self.who[page], self.stretch[page], *times), page

    def _judge(self, window: int, tries: Tries, catalogue: ListTables | None) -> None:
        """Judge all requests of a window, and let pages wait that are refused."""
        end = (window + 1) * WINDOW_MS
        page = np.nonzero(self.next < end)[0]
        if not (len(page) or len(tries.key)):
            return
        left = self.next[page]
        polled = self.polled[page] if self.reads_config else left
        held, lists = self.held[page], self.lists[page]
        rounds = [self._round(page, page, polled, held, lists, left, end)]
        last = self._nth([rounds[0].key])
        while True:
            early = np.nonzero(self._up_to(last, rounds[-1]))[0]
            rounds.append(self._following(rounds[-1], early, end))
            if not self._up_to(last, rounds[-1]).any():
                break
            last = self._nth([each.key for each in rounds])
        tries = tries.rows(tries.key <= last[arrivals(tries.key) // (self.windows * WINDOW_MS)])
        if len(tries.key):
            if catalogue is not None:
                tries = tries.rows(self._listed(tries, rounds, last, catalogue))
            last = self._nth([*(each.key for each in rounds), tries.key])
        self._note(window, last, rounds, tries)
        sent = Queue(tries.key, tries.sent)
        self.counted.append(sent.rows(self.cutoffs.admits(*sent)))
        self._go_on(window, rounds, end)

    def _nth(self, keys: Sequence[Ints]) -> Ints:
        """Give the last request that the limit has room for, by replication; NEVER for all."""
        key = np.concatenate(keys)
        if len(self.edges) == 2:  # one replication, all of whose requests need not be put in order
            there = len(key) >= self.limit
            return np.array([np.partition(key, self.limit - 1)[self.limit - 1] if there else NEVER])
        key.sort()
        first, after = np.searchsorted(key, self.edges[:-1]), np.searchsorted(key, self.edges[1:])
        at = first + self.limit - 1
        return np.where(at < after, np.append(key, NEVER)[np.minimum(at, len(key))], NEVER)

    def _of_each(self, values: Ints, page: Ints) -> Any:
        """Give what pages have of their replications; one value where there is one replication."""
        return values[0] if len(values) == 1 else values[self.replication[page]]

    def _up_to(self, last: Ints, requests: _Round) -> Flags:
        """Say which requests are judged no later than the last one of their replication."""
        key = requests.key
        return np.asarray((key <= self._of_each(last, requests.page)) & (key < NEVER))

    def _admitted(self, window: int, requests: _Round) -> Flags:
        """Say which requests of a window are admitted; no agent sends two of a kind at once."""
        key, of_window = requests.key, slice(window, None, self.windows)
        last = self._of_each(self.cutoffs.key[of_window], requests.page)
        found, tied = key < last, np.nonzero(key == last)[0]
        sent = self._of_each(self.cutoffs.sent[of_window], requests.page[tied])
        found[tied] = sent_order(requests.left[tied]) <= sent
        return np.asarray(found)

    def _round(
        self,
        of: Ints,
        page: Ints,
        polled: Ints,
        held: Flags,
        lists: Flags,
        left: Ints,
        end: int,
    ) -> _Round:
        who = self.who[page]
        up, down = self.of_lists.of(who, left)
        key = self.line.keys("list", page, left + up)
        if self.reads_config:
            first_up, first_down = self.of_configs.of(who, left)
            first_key = self.line.keys("config", page, left + first_up)
            up, down = np.where(lists, up, first_up), np.where(lists, down, first_down)
            key = np.where(lists, key, first_key)
        arrival = left + up
        key = np.where(arrival < end, key, NEVER)
        return _Round(of, page, polled, held, lists, left, arrival, down, key)

    def _following(self, before: _Round, chosen: Ints, end: int) -> _Round:
        """Give the requests that follow on some of a round, if these are admitted."""
        page, polled, reply = (each[chosen] for each in (before.page, before.polled, before.reply))
        held, lists = before.held[chosen], before.lists[chosen]
        origin = self.origin[page]
        # A poll off the grid ends before the next one leaves.
        since = polled + np.where(held, self.longest, 1)
        left = origin - (origin - since) // self.every * self.every
        left = np.where(left < self.ends[page], left, NEVER)
        if self.reads_config:
            left = np.where(lists, left, np.where(reply <= self.until[page], reply, NEVER))
            polled, held = np.where(lists, left, polled), held & ~lists
            return self._round(chosen, page, polled, held, ~lists, left, end)
        return self._round(chosen, page, left, np.zeros_like(held), lists, left, end)

    def _listed(
        self, tries: Tries, rounds: Sequence[_Round], last: Ints, catalogue: ListTables
    ) -> Flags:
        """Say which codes are listed, where all requests up to one are admitted."""
        as_of, last = np.full(len(tries.key), -1), self._of_each(last, tries.page)
        for arrival, reply in self.recent:
            as_of = np.where(reply[tries.page] <= tries.t, arrival[tries.page], as_of)
        for each in rounds:
            if len(each.page):
                at = np.searchsorted(each.page, tries.page).clip(max=len(each.page) - 1)
                shown = (each.page[at] == tries.page) & each.lists[at] & (each.key[at] <= last)
                as_of = np.where(shown & (each.reply[at] <= tries.t), each.arrival[at], as_of)
        state = catalogue.state(tries.division, as_of)
        return np.asarray(catalogue.picks[state, tries.reason] >= 0)

    def _note(self, window: int, last: Ints, rounds: Sequence[_Round], tries: Tries) -> None:
        """Write down the last admitted request of each window that reaches its limit."""
        full = np.nonzero(last < NEVER)[0]
        counted = [(each, self._up_to(last, each)) for each in rounds]
        keys = np.concatenate([*(each.key[rows] for each, rows in counted), tries.key])
        sent = np.concatenate(
            [*(sent_order(each.left[rows]) for each, rows in counted), tries.sent]
        )
        order = np.lexsort((sent, keys))
        keys, sent = keys[order], sent[order]
        first, of_last = np.searchsorted(keys, self.edges[full]), np.searchsorted(keys, last[full])
        at = full * self.windows + window
        self.cutoffs.key[at], self.cutoffs.sent[at] = last[full], sent[first + self.limit - 1]
        self.cutoffs.equals[at] = first + self.limit - of_last

    def _go_on(self, window: int, rounds: Sequence[_Round], end: int) -> None:
        """Take note of what is admitted, and of when the next request of each page leaves."""
        there, admitted = np.ones(len(rounds[0].page), bool), np.zeros(0, bool)
        for number, each in enumerate(rounds):
            if number:
                there = admitted[each.of]
            judged = there & (each.key < NEVER)
            admitted = judged & self._admitted(window, each)
            later = np.nonzero(there & ~judged)[0]
            page = each.page[later]
            self.next[page], self.polled[page] = each.left[later], each.polled[later]
            self.held[page], self.lists[page] = each.held[later], each.lists[later]
            self._wait(each, np.nonzero(judged & ~admitted)[0], end)
            self._remember(each, admitted)

    def _wait(self, refused: _Round, rows: Ints, end: int) -> None:
        """Let pages wait whose request was refused, until the next window and some time at random.

        They are told how long the window lasts from when they were refused.
        """
        page, reply = refused.page[rows], refused.reply[rows]
        jitter = below(draws(self.jitter[page], reply), self.most_jitter + 1)
        left = end + refused.down[rows] + jitter
        self.next[page] = np.where(left < self.ends[page], left, NEVER)
        self.held[page] = True
        lists: Flags | slice = slice(None)
        if self.reads_config:
            self.polled[page], lists = left, refused.lists[rows]
            self.lists[page] = False
            self.refused["config"][page[~lists]] += 1
        self.refused["list"][page[lists]] += 1
        np.add.at(self.load.reshape(-1), self.row[page] + refused.polled[rows] // SECOND, 1)

    def _remember(self, requests: _Round, admitted: Flags) -> None:
        lists = admitted & requests.lists
        page, arrival, reply = self._keep("list", requests, lists)
        if self.reads_config:
            self._keep("config", requests, admitted & ~lists)
        for older, newer in pairwise(self.recent):
            for kept, known in zip(older, newer, strict=True):
                kept[page] = known[page]
        for kept, now in zip(self.recent[-1], (arrival, reply), strict=True):
            kept[page] = now

    def _keep(self, kind: str, requests: _Round, chosen: Flags) -> tuple[Ints, Ints, Ints]:
        page, arrival, reply = (
            each[chosen] for each in (requests.page, requests.arrival, requests.reply)
        )
        self.admitted[kind].append((page, requests.polled[chosen], arrival, reply))
        return page, arrival, reply
