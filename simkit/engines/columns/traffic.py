"""The requests of a part of a population: how many, how large, how close together."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from math import gcd
from typing import NamedTuple

import numpy as np

from simkit.engines.columns.arrays import Ints, count_before
from simkit.engines.columns.poll_segments import Requests
from simkit.engines.columns.population import Part
from simkit.engines.columns.renewals import lost_renewal
from simkit.rules.judging import config_size
from simkit.rules.limits import WINDOW_MS

AT_A_TIME = 64
"""Agents whose single polls are spelled out at a time: some hundred thousand numbers."""


class Edits(NamedTuple):
    """Edits of the lists that an agent asks for, one row for each agent and edit.

    In the order of agents, lists and times: the new division's come after those of the one before.
    """

    who: Ints
    t: Ints
    code: Ints
    sign: Ints
    """1 for a code that joins the list, -1 for one that leaves it."""
    division: Ints
    """Place of the division whose list it is."""


class Traffic:
    """What leaves and comes back on the wire, for some agents."""

    def __init__(self, part: Part, edits: Edits) -> None:
        self.part, self.edits = part, edits
        self.settings = part.population.settings
        self.days, self.lists, self.catalogue = part.days, part.lists, part.catalogue
        self.end = part.days.end

    @property
    def requests(self) -> tuple[Requests, ...]:
        """The questions of all polls: for lists; for configurations, refused or not; those lost."""
        lists = self.lists
        return lists.asked, lists.configs, lists.refused_configs, lists.lost_requests

    @property
    def polls(self) -> Ints:
        """How many questions each agent's polls ask."""
        return np.asarray(sum(each.n.sum(axis=1) for each in self.requests))

    @property
    def unauthorized(self) -> Ints:
        """How many questions of each agent's polls meet a dead token."""
        lists = self.lists
        met = lists.asked.n - lists.alive_asked.n + lists.refused_configs.n
        return np.asarray(met.sum(axis=1))

    @property
    def refused(self) -> Ints:
        """How many questions of each agent's polls a rate limit refuses: where none binds, none."""
        return np.zeros(len(self.days.people), np.int64)

    @cached_property
    def renewals(self) -> Ints:
        """How many silent renewals leave each page: none after one that the network loses."""
        period = self.settings.platform.renewal_period_ms
        if not self.settings.silent_renewal:
            return np.zeros_like(self.days.loads)
        loads = self.days.loads
        until = np.column_stack((loads[:, 1:], self.end))
        until = np.minimum(until, self.end[:, None])
        until = np.minimum(until, self.lost_renewals + 1)
        return count_before(until, loads + period, period)

    @cached_property
    def lost_renewals(self) -> Ints:
        """When the first renewal of each page leaves that the network loses, if it comes so far."""
        rows = np.arange(len(self.end))[:, None]
        period = self.settings.platform.renewal_period_ms
        return lost_renewal(self.days, period, rows, self.days.loads)

    def poll_bytes(self) -> Ints:
        """Add up the bodies of all lists and configurations that the polls of each agent get."""
        lists, requests = self.lists, self.lists.answered
        first = self.catalogue.sizes[self.catalogue.first[lists.division]]
        total = (requests.n * first).sum(axis=1)
        who, t, code, sign, division = self.edits
        size = np.array([c.size for c in self.part.population.directory.codes], dtype=np.int64)
        for stretch in range(lists.count):
            origin, n = requests.first[who, stretch], requests.n[who, stretch]
            before = np.clip(-(-(t - lists.polls_of.longest_up - origin) // requests.every), 0, n)
            asked = np.nonzero((before < n) & (lists.division[who, stretch] == division))[0]
            n, before = n[asked], before[asked]
            left = origin[asked] + before * requests.every
            up, _ = lists.delays(who[asked], np.full(len(asked), stretch), left)
            before += left + up < t[asked]
            np.add.at(total, who[asked], (n - before) * sign[asked] * size[code[asked]])
        return np.asarray(total + lists.configs.n.sum(axis=1) * config_size(self.settings))

    def load(self, bucket: int, length: int) -> Ints:
        """Count polls and submissions by the stretch of time that they leave in.

        A row for each replication, whose agents are counted together.
        """
        replication, sent = self.days.replication, self.part.submissions.tries
        table = Counts(len(self.days.seeds), length, bucket)
        table.add(replication[sent.who], sent.left)
        for first, every, n in self.requests:
            there = n > 0
            of = replication[np.nonzero(there)[0]]
            table.add_regular(of, Requests(first[there], every, n[there]))
        return table.counts

    def renewal_load(self, bucket: int, length: int) -> Ints:
        """Count silent renewals by the stretch of time that they leave in, as ``load`` does."""
        period = self.settings.platform.renewal_period_ms
        table = Counts(len(self.days.seeds), length, bucket)
        for k in range(int(self.renewals.max(initial=0))):
            there = self.renewals > k
            of = self.days.replication[np.nonzero(there)[0]]
            table.add(of, (self.days.loads + (k + 1) * period)[there])
        return table.counts

    def busiest_window(self) -> Ints:
        """Give the most requests of one agent that leave in one window of the rate limit.

        A number for each replication.

        How many polls fall into the windows that a page fills repeats itself after a while, so that
        one round of it, each page's last window, and all windows with a submission are enough.
        """
        if self.lists.by_browser:
            return self._busiest_of_all_windows()
        lists, sent = self.lists, self.part.submissions.tries
        windows = self._windows
        repeats = min(lists.every // gcd(lists.every, WINDOW_MS), windows)
        polled = lists.polls > 0
        owner, origin = np.nonzero(polled)[0], lists.origin[polled]
        last = origin + (lists.polls[polled] - 1) * lists.every
        places = [np.minimum(origin + k * WINDOW_MS, last) for k in range(repeats + 1)]
        who = np.concatenate((sent.who, *(owner for _ in places), owner))
        window = np.concatenate((sent.left, *places, last)) // WINDOW_MS
        counts = np.zeros(len(who), np.int64)
        for stretch, requests in product(range(lists.count), self.requests):
            origin, n = requests.first[who, stretch], requests.n[who, stretch]
            before, after = (
                np.clip(-((origin - edge * WINDOW_MS) // requests.every), 0, n)
                for edge in (window, window + 1)
            )
            counts += after - before
        submitted = np.sort(sent.who * windows + sent.left // WINDOW_MS)
        key = who * windows + window
        counts += np.searchsorted(submitted, key, "right") - np.searchsorted(submitted, key)
        most = np.zeros(len(self.days.seeds), np.int64)
        np.maximum.at(most, self.days.replication[who], counts)
        return most

    @property
    def _windows(self) -> int:
        """How many windows there are, the last try of a submission included."""
        sent = self.part.submissions.tries
        return max(int(self.end.max()), int(sent.left.max(initial=0))) // WINDOW_MS + 1

    def _busiest_of_all_windows(self) -> Ints:
        """Give the same poll by poll: where the browser keeps lists, nothing repeats itself."""
        sent, windows = self.part.submissions.tries, self._windows
        submitted = sent.who * windows + sent.left // WINDOW_MS
        most = np.zeros(len(self.days.seeds), np.int64)
        counted = np.bincount(submitted, minlength=len(self.end) * windows)
        for rows in range(0, len(self.end), AT_A_TIME):
            counts = counted[rows * windows : (rows + AT_A_TIME) * windows]
            for requests in self.requests:
                each = requests.n[rows : rows + AT_A_TIME]
                who, stretch = np.nonzero(each)
                n = each[who, stretch]
                place = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
                left = np.repeat(requests.first[rows + who, stretch], n) + place * requests.every
                key = np.repeat(who, n) * windows + left // WINDOW_MS
                counts = counts + np.bincount(key, minlength=len(counts))
            of = self.days.replication[rows : rows + AT_A_TIME]
            np.maximum.at(most, of, counts.reshape(-1, windows).max(axis=1))
        return most


class Counts:
    """Requests by replication and by the stretch of time that they leave in."""

    def __init__(self, replications: int, length: int, bucket: int) -> None:
        self.bucket = bucket
        self.counts = np.zeros((replications, length), np.int64)

    def add(self, replication: Ints, leaves: Ints, times: Ints | None = None) -> None:
        """Count requests one by one, or each as so many."""
        length = self.counts.shape[1]
        self.counts += self._table(replication, leaves // self.bucket, length, times)

    def add_regular(self, replication: Ints, requests: Requests) -> None:
        """Count requests that leave at regular times; every row of them has some."""
        first, every, n = requests
        if every % self.bucket:
            for place in range(int(n.max(initial=0))):
                more = n > place
                self.add(replication[more], first[more] + place * every)
            return
        replications, length = self.counts.shape
        stride = every // self.bucket
        room = -(-(length + stride) // stride) * stride
        begin = first // self.bucket
        begun = self._table(replication, begin, room)
        over = self._table(replication, np.minimum(begin + n * stride, room - 1), room)
        over[:, room - 1] = 0
        running = (begun - over).reshape(replications, -1, stride).cumsum(axis=1)
        self.counts += running.reshape(replications, room)[:, :length]

    def _table(
        self, replication: Ints, place: Ints, length: int, times: Ints | None = None
    ) -> Ints:
        replications = len(self.counts)
        at = replication * length + place
        found = np.bincount(at, times, minlength=replications * length)
        return found.reshape(replications, length).astype(np.int64, copy=False)
