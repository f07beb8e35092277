"""What lists show: the polls that replace a list, and when a change is first seen.

Nobody counts polls one by one: which poll of a stretch a moment falls on is a division, and only
polls on which something depends have their delays drawn.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Delays, Flags, Ints, count_before, first_arriving
from simkit.engines.columns.days import Days
from simkit.engines.columns.poll_segments import PollSegments, Requests
from simkit.engines.columns.steps import StepTables
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire


class ListState(NamedTuple):
    """What a dropdown shows at some moments."""

    stretch: Ints
    """Which of the agent's stretches it is."""
    as_of: Ints
    """When the platform answered with the list; -1 where no list has come yet."""
    division: Ints
    """Place of the division that the list is of."""


class Seen(NamedTuple):
    """When changes of a list are first seen."""

    at: Ints
    """When the first list that was taken after the change is shown; NEVER where none is."""
    gone: Ints
    """When the list from before the change goes: then, or with a page that begins without one."""


class Lists(PollSegments):
    """The lists in the dropdowns of some agents."""

    def __init__(self, settings: Settings, days: Days, versions: StepTables) -> None:
        super().__init__(settings, days, versions)
        widget = settings.widget
        self.by_browser = widget.http_max_age_ms > 0
        """Whether polls within the life of a list never reach the wire."""
        self.fetch_every = max(1, -(-self.life // self.every)) * self.every
        self.dead_end = self.polls_end
        """From when no poll leaves whose token is alive."""
        self.frozen_from = np.full_like(self.polls_end, NEVER)
        self.frozen_until = self.until
        """When dropdowns freeze, by the stretch whose poll tells it, and until when."""
        if days.dead_from is not None:
            self._follow_deaths(days.dead_from, widget.on_401 == "freeze")
        nothing = np.full_like(self.lost, True) if self.refused else self.lost
        self.answered_end = np.where(nothing | self.dropped, self.origin, self.dead_end)
        """From when no poll leaves that brings a list."""
        self.may_stop = bool((self.answered_end < np.minimum(self.ends, days.end[:, None])).any())
        """Whether polls stop to bring lists before a stretch is over."""
        self._follow_storage(widget.clear_cache_on_mount)
        self._wire = Wire(settings.wire)

    @cached_property
    def of_submissions(self) -> Delays:
        """The delays of submissions."""
        return Delays(self._wire, self.days.keys("submit"))

    @cached_property
    def asked(self) -> Requests:
        """The questions for a list that the network does not lose, refused ones included."""
        if self.by_browser and not self.refused:
            last = self.first_fetch + (self.fetches - 1) * self.fetch_every
            cut = self.interrupted & (last == self.origin + (self.polls - 1) * self.every)
            return Requests(self.first_fetch, self.fetch_every, self.fetches - cut * 1)
        n = np.minimum(self.polls - self.interrupted, self.reading)
        return Requests(*self.grid, np.where(self.lost, 0, n))

    @cached_property
    def lost_requests(self) -> Requests:
        """Those for a list or the configuration that the network loses, one for each poll.

        The browser's cache answers polls before they get so far.
        """
        if not self.lost.any():
            return Requests(*self.grid, np.zeros_like(self.polls))
        first = self.origin
        if self.by_browser and not self.refused:
            first = np.where(self.unread, self.origin, self.first_fetch)
        n = count_before(self.polls_end, first, self.every)
        return Requests(first, self.every, np.where(self.lost, n, 0))

    @cached_property
    def alive_asked(self) -> Requests:
        """Those questions for a list whose token is alive."""
        before = count_before(self.dead_end, self.asked.first, self.asked.every)
        return self.asked._replace(n=np.minimum(self.asked.n, before))

    @cached_property
    def answered(self) -> Requests:
        """Those that the platform answers with a list."""
        asked = self.alive_asked
        return asked._replace(n=np.zeros_like(asked.n)) if self.refused else asked

    def _follow_deaths(self, dead_from: Ints, freezes: bool) -> None:
        """Find the first poll of each stretch that meets a dead token, and when that is known."""
        page = np.cumsum(self.fresh, axis=1) - 1
        dead_from = np.take_along_axis(dead_from, page, axis=1)
        # The last poll of a page may be under way when its token dies, and the page be gone.
        arrived = self.polls_end + self.polls_of.longest_up
        who, stretch = np.nonzero((self.polls > 0) & (dead_from < arrived) & ~self.lost)
        left, up, down = first_arriving(
            lambda rows, left: self.delays(who[rows], stretch[rows], left),
            self.origin[who, stretch],
            self.every,
            self.polls_of.longest_up,
            dead_from[who, stretch],
        )
        told, until = left + up + down, self.until[who, stretch]
        if self.polls_of.reads_config_each:
            asks, up, down = self.polls_of.first_config_from(
                who, self.origin[who, stretch], self.every, dead_from[who, stretch]
            )
            self.read_end = self.polls_end.copy()
            self.read_end[who, stretch] = np.minimum(self.read_end[who, stretch], asks)
            told = np.where(asks == left, asks + up + down, told)
        known = (left < self.polls_end[who, stretch]) & (told <= until)
        self.dead_end = self.polls_end.copy()
        self.dead_end[who, stretch] = np.minimum(self.dead_end[who, stretch], left)
        if freezes:
            self.frozen_from[who[known], stretch[known]] = told[known]
            if not self.fresh.all():
                self._thaw()

    def _thaw(self) -> None:
        """Find until when dropdowns are frozen: the page's end, or its next poll that is lost.

        Of polls that find a dropdown frozen already, nothing is told.
        """
        told, self.frozen_from = self.frozen_from, np.full_like(self.until, NEVER)
        self.frozen_until = self.until.copy()
        frozen, since = np.zeros(len(told), bool), np.zeros(len(told), np.int64)
        for stretch in range(self.count):
            frozen &= ~self.fresh[:, stretch]
            thaws = np.nonzero(frozen & self.lost[:, stretch])[0]
            at = np.minimum(self.told[thaws, stretch], self.until[thaws, stretch])
            self.frozen_until[thaws, since[thaws]] = at
            frozen[thaws] = False
            freezes = np.nonzero(~frozen & (told[:, stretch] < NEVER))[0]
            self.frozen_from[freezes, stretch] = told[freezes, stretch]
            frozen[freezes], since[freezes] = True, stretch

    def frozen(self, who: Ints, stretch: Ints, t: Ints) -> Flags:
        """Say whether the dropdowns of agents do not respond at some moments of stretches."""
        if self.fresh.all():
            return np.asarray(self.frozen_from[who, stretch] <= t)
        since, until, at = self.frozen_from[who], self.frozen_until[who], t[:, None]
        return np.asarray(((since <= at) & (at < until)).any(axis=1))

    def _follow_storage(self, clears: bool) -> None:
        """Go through the stretches in order: what each finds in browser storage, and fetches."""
        rows = np.arange(len(self.days.people))
        shape = self.starts.shape
        self.first_fetch, self.fetches = np.empty(shape, np.int64), np.empty(shape, np.int64)
        self.stored, self.alive = np.full(shape, -1), np.zeros(shape, bool)
        self.stored_of = self.division.copy()
        """Of which division the list is that a stretch begins with."""
        stamped, taken = np.full(shape[0], -NEVER), np.full(shape[0], -1)
        # The version that was read, that of the list in storage, and when the list shown was taken.
        version, held, shown = (np.full(shape[0], -1) for _ in range(3))
        # The division of the list in storage, and that of the list shown.
        held_of = shown_of = self.division[:, 0]
        asks_another = self.polls_of.reads_config or len(self.follows.rows) > 0
        for stretch in range(self.count):
            start, origin, until = (a[:, stretch] for a in (self.starts, self.origin, self.until))
            fresh = self.fresh[:, stretch]
            if clears:
                stamped = np.where(fresh, -NEVER, stamped)
            stale = stamped + self.life
            division = self.division[:, stretch]
            kept = np.where(fresh, np.where(start < stale, taken, -1), shown)
            if asks_another:
                kept[fresh & (division != held_of)] = -1
                self.stored_of[:, stretch] = np.where(fresh, division, shown_of)
            self.alive[:, stretch] = (kept >= 0) & (start < NEVER)
            self.stored[:, stretch] = np.where(self.alive[:, stretch], kept, -1)
            if self.polls_of.reads_config:
                version = self._version(rows, stretch, version)
            if asks_another:
                other = (version != held) | (division != held_of)
                stale = np.where(other, origin, stale)
            late = -(-(np.maximum(stale, origin) - origin) // self.every)
            first = origin + late * self.every
            fetches = count_before(self.answered_end[:, stretch], first, self.fetch_every)
            self.first_fetch[:, stretch], self.fetches[:, stretch] = first, fetches
            if not self.life and self.fresh.all():
                continue
            last = first + (fetches - 1) * self.fetch_every
            up, down = self.delays(rows, stretch, last)
            in_time = last + up + down <= until
            before = last - self.fetch_every
            brought = (fetches > 1) | ((fetches == 1) & in_time)
            last = np.where(in_time, last, before)
            up, _ = self.delays(rows, stretch, last)
            stamped, taken = np.where(brought, last, stamped), np.where(brought, last + up, taken)
            shown = np.where(brought, taken, self.stored[:, stretch])
            # A list of another version or division is dropped as soon as that is asked for.
            if asks_another:
                shown_of = np.where(brought, division, self.stored_of[:, stretch])
                opens = self.opens[:, stretch]
                read = origin + self.polls_of.asking_after(rows, origin, opens) <= until
                dropped = other & read & (self.reading[:, stretch] > 0) & ~self.unread[:, stretch]
                stamped = np.where(dropped & ~brought, -NEVER, stamped)
                held = np.where(dropped | brought, version, held)
                held_of = np.where(dropped | brought, division, held_of)

    def _version(self, rows: Ints, stretch: int, before: Ints) -> Ints:
        """Give the version that the polls of a stretch ask for, after that of the one before."""
        at = self.polls_of.read_at(rows, self.origin[:, stretch])
        read = self.versions.at(self.days.replication, at)
        reads = self.opens[:, stretch] | self.polls_of.reads_config_each
        reads &= ~self.lost[:, stretch] & (self.origin[:, stretch] < self.read_end[:, stretch])
        return np.where(reads, read, before)

    def shown(self, who: Ints, t: Ints) -> ListState:
        """Give what the dropdowns of agents show at some moments of their shifts."""
        stretch = self.stretch_at(who, t)
        first = self.first_fetch[who, stretch]
        n = (t - first) // self.fetch_every
        if self.may_stop:
            n = np.minimum(n, self.fetches[who, stretch] - 1)
        left = first + n * self.fetch_every
        up, down = self.delays(who, stretch, left)
        early = left + up + down > t
        n -= early
        again = np.nonzero(early & (n >= 0))[0]
        left[again] -= self.fetch_every
        up[again] = self.delays(who[again], stretch[again], left[again])[0]
        as_of = np.where(n >= 0, left + up, self.stored[who, stretch])
        division = self.division[who, stretch]
        if len(self.follows.rows):
            division = np.where(n >= 0, division, self.stored_of[who, stretch])
        return ListState(stretch, as_of, division)

    def seen(self, who: Ints, t: Ints) -> Seen:
        """Give when agents first see changes that the platform made at some moments."""
        stretch = self.stretch_at(who, t)
        left, up, down = first_arriving(
            lambda rows, left: self.delays(who[rows], stretch[rows], left),
            self.first_fetch[who, stretch],
            self.fetch_every,
            self.polls_of.longest_up,
            t,
        )
        at = left + up + down
        never = (left >= self.answered_end[who, stretch]) | (at > self.until[who, stretch])
        at[never] = NEVER
        gone = at.copy()
        waiting = np.nonzero((at == NEVER) & (stretch + 1 < self.count))[0]
        while len(waiting):
            stretch[waiting] += 1
            start = self.starts[who[waiting], stretch[waiting]]
            waiting, start = waiting[start < NEVER], start[start < NEVER]
            agents, stretches = who[waiting], stretch[waiting]
            blank = self.fresh[agents, stretches] & ~self.alive[agents, stretches]
            gone[waiting] = np.where(blank, np.minimum(gone[waiting], start), gone[waiting])
            at[waiting] = self.first_shown[agents, stretches]
            gone[waiting] = np.minimum(gone[waiting], at[waiting])
            more = (at[waiting] == NEVER) & (stretch[waiting] + 1 < self.count)
            waiting = waiting[more]
        return Seen(at, gone)

    def ready(self, who: Ints, t: Ints) -> Ints:
        """Give when agents can choose who want to at some moments; NEVER where no answer comes.

        A page that is replaced before its first answer leaves them to the next one.
        """
        stretch = self.stretch_at(who, t)
        at = np.maximum(t, self.first_answer[who, stretch])
        waiting = np.nonzero((at >= self.until[who, stretch]) & (self.until[who, stretch] < NEVER))[
            0
        ]
        while len(waiting):
            loaded = self.until[who[waiting], stretch[waiting]]
            stretch[waiting] = self.stretch_at(who[waiting], loaded)
            agents, stretches = who[waiting], stretch[waiting]
            at[waiting] = np.maximum(loaded, self.first_answer[agents, stretches])
            until = self.until[agents, stretches]
            waiting = waiting[(at[waiting] >= until) & (until < NEVER)]
        return at

    def admits_submissions(self, who: Ints, arrival: Ints, left: Ints) -> Flags:
        """Say which submissions a rate limit admits: here, where none binds, all of them."""
        return np.ones(len(who), bool)

    @cached_property
    def first_answer(self) -> Ints:
        """When the page of each stretch has something to show for the first time."""
        first = np.where(self.begins & (self.polls > 0), self.told, NEVER)
        first = np.where(self.fresh & self.alive, self.starts, first)
        for stretch in range(1, self.count):
            before = np.where(self.fresh[:, stretch], NEVER, first[:, stretch - 1])
            first[:, stretch] = np.minimum(first[:, stretch], before)
        for stretch in range(self.count - 1, 0, -1):
            after = np.where(self.fresh[:, stretch], NEVER, first[:, stretch])
            first[:, stretch - 1] = np.minimum(first[:, stretch - 1], after)
        return first

    @cached_property
    def first_shown(self) -> Ints:
        """When the first list that a stretch fetches is shown; NEVER where none is."""
        rows = np.arange(len(self.days.people))[:, None]
        up, down = self.delays(rows, np.arange(self.count), self.first_fetch)
        at = self.first_fetch + up + down
        there = (self.fetches > 0) & (at <= self.until)
        return np.where(there, at, NEVER)
