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
        """Count polls and submissions of all agents by the stretch of time that they leave in."""
        counts = np.bincount(self.part.submissions.tries.left // bucket, minlength=length)
        for first, every, n in self.requests:
            there = n > 0
            counts += _per_bucket(Requests(first[there], every, n[there]), bucket, length)
        return np.asarray(counts)

    def renewal_load(self, bucket: int, length: int) -> Ints:
        """Count silent renewals of all agents by the stretch of time that they leave in."""
        period = self.settings.platform.renewal_period_ms
        counts = np.zeros(length, np.int64)
        for k in range(int(self.renewals.max(initial=0))):
            leaves = (self.days.loads + (k + 1) * period)[self.renewals > k]
            counts += np.bincount(leaves // bucket, minlength=length)
        return counts

    def busiest_window(self) -> int:
        """Give the most requests of one agent that leave in one window of the rate limit.

        How many polls fall into the windows that a page fills repeats itself after a while, so that
        one round of it, each page's last window, and all windows with a submission are enough.
        """
        lists, sent = self.lists, self.part.submissions.tries
        windows = max(int(self.end.max()), int(sent.left.max(initial=0))) // WINDOW_MS + 1
        repeats = windows
        if not lists.by_browser:
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
        return int(counts.max(initial=0))


def _per_bucket(requests: Requests, bucket: int, length: int) -> Ints:
    """Count requests by the stretch of time that they leave in; every row of them has some."""
    first, every, n = requests
    if every % bucket:
        counts = np.zeros(length, np.int64)
        for place in range(int(n.max(initial=0))):
            leaves = first[n > place] + place * every
            counts += np.bincount(leaves // bucket, minlength=length)
        return counts
    stride = every // bucket
    room = -(-(length + stride) // stride) * stride
    begun = np.bincount(first // bucket, minlength=room)
    over = np.bincount(np.minimum(first // bucket + n * stride, room - 1), minlength=room)
    over[room - 1] = 0
    running = (begun - over).reshape(-1, stride).cumsum(axis=0).reshape(-1)
    return np.asarray(running[:length])
