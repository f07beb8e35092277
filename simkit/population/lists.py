"""What lists show: pages, the polls that replace a list, and when a change is first seen.

A page's polls lie on a grid, so nobody counts them one by one: which poll a moment falls on is a
division, and only polls on which something depends have their delays drawn. Rows of tables are
agents, columns their stretches in order: pages, each cut where a poll reads another version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from simkit.base.steps import NEVER, Steps
from simkit.population.columns import Flags, Ints, count_before, first_arriving
from simkit.population.days import Days, poll_origins
from simkit.population.polls import Polls
from simkit.rules.settings import Settings

Poll = Callable[[Ints, Ints], Ints]
"""Gives a poll of each agent's page, by when the first one leaves, and a moment."""


class Shown(NamedTuple):
    """What a dropdown shows at some moments."""

    stretch: Ints
    """Which of the agent's stretches it is."""
    as_of: Ints
    """When the platform answered with the list; -1 where no list has come yet."""


class Seen(NamedTuple):
    """When changes of a list are first seen."""

    at: Ints
    """When the first list that was taken after the change is shown; NEVER where none is."""
    gone: Ints
    """When the list from before the change goes: then, or with a page that begins without one."""


class Calls(NamedTuple):
    """Calls that leave at regular times, stretch by stretch."""

    first: Ints
    every: int
    n: Ints


class Lists:
    """The lists in the dropdowns of some agents, of whom each asks for one division all day."""

    def __init__(self, settings: Settings, seed: int, days: Days, version: Steps[int]) -> None:
        widget = settings.widget
        self.days, self.version = days, version
        self.every = settings.interval_ms
        dataset = widget.dataset_life_polls * self.every if widget.dataset_life_polls > 1 else 0
        self.by_browser = widget.http_max_age_ms > 0
        """Whether polls within the life of a list never reach the wire."""
        self.life = widget.http_max_age_ms or dataset
        self.fetch_every = max(1, -(-self.life // self.every)) * self.every
        self.polls_of = Polls(settings, seed, days)
        self._cut(settings, seed)
        rows = np.arange(len(days.people))[:, None]
        self.stretches = self.starts.shape[1]
        self.ends = np.column_stack((self.starts[:, 1:], np.full(len(days.people), NEVER)))
        """When the next stretch takes a stretch's place."""
        self.until = self.ends
        """When another page takes the place of the page of a stretch."""
        self.origin = poll_origins(settings, seed, days, rows, self.starts)
        """When the first poll of each stretch leaves."""
        if not self.fresh.all():
            later = np.where(self.fresh, self.starts, NEVER)
            later = np.minimum.accumulate(later[:, ::-1], axis=1)[:, ::-1]
            self.until = np.column_stack((later[:, 1:], self.ends[:, -1]))
            self.origin = np.where(self.fresh, self.origin, self.starts)
        polls_end = np.minimum(self.ends, days.end[:, None])
        if days.hidden_from.shape[1]:
            polls_end = self._suspended(polls_end)
        self.polls = count_before(polls_end, self.origin, self.every)
        """How many polls leave each stretch."""
        self.opens = self._opens()
        """Whether the first poll of a stretch is the first one that its page sends."""
        self.answered_end, self.frozen_from = polls_end, np.full_like(polls_end, NEVER)
        """From when no poll leaves that brings a list, and from when the dropdown is frozen."""
        if days.dead_from is not None:
            self._follow_deaths(days.dead_from, widget.on_401 == "freeze")
        self._follow_storage(widget.clear_cache_on_mount)

    def _cut(self, settings: Settings, seed: int) -> None:
        """Begin a stretch with each page, and where polls go on otherwise than they did."""
        loads = self.days.loads
        self.starts, self.fresh = loads, np.ones(loads.shape, bool)
        agents = np.arange(len(loads))
        grids = poll_origins(settings, seed, self.days, agents[:, None], loads)
        until = np.column_stack((loads[:, 1:], np.full(len(loads), NEVER)))
        until = np.minimum(until, self.days.end[:, None])
        who, at = [], []
        for t, poll in chain(self._other_versions(), self._shown_again()):
            page = np.count_nonzero(loads <= t[:, None], axis=1) - 1
            origin = grids[agents, page]
            left = poll(origin, t)
            there = (page >= 0) & (left > origin) & (left < until[agents, page])
            rows = agents[there & ~self._hidden(left)]
            who.append(rows)
            at.append(left[rows])
        if sum(map(len, who)):
            self._begin(np.concatenate(who), np.concatenate(at))

    def _other_versions(self) -> Iterator[tuple[Ints, Poll]]:
        """Give when versions change, and the first polls that read them.

        Where no list outlives its poll, it does not matter which version was read.
        """
        agents = np.arange(len(self.days.people))
        if self.life and self.polls_of.reads_config_each:
            for changed in self.version.times[1:]:
                yield (
                    np.full(len(agents), changed),
                    lambda origin, t: self.polls_of.first_config(agents, origin, self.every, t),
                )

    def _shown_again(self) -> Iterator[tuple[Ints, Poll]]:
        """Give when tabs are shown again, and the first polls from then on."""
        for t in self.days.hidden_until.T:
            yield t, lambda origin, t: origin - (origin - t) // self.every * self.every

    def _hidden(self, t: Ints) -> Flags:
        """Say of all agents whether the tab is hidden at some moments, one for each."""
        since, until = self.days.hidden_from, self.days.hidden_until
        return np.asarray(((since <= t[:, None]) & (t[:, None] < until)).any(axis=1))

    def _begin(self, who: Ints, at: Ints) -> None:
        """Begin further stretches, of agents at some moments."""
        pages = self.starts < NEVER
        of = np.concatenate((np.nonzero(pages)[0], who))
        fresh = np.arange(len(of)) < len(of) - len(who)
        at = np.concatenate((self.starts[pages], at))
        order = np.lexsort((~fresh, at, of))
        of, at, fresh = of[order], at[order], fresh[order]
        again = np.concatenate(([False], (of[1:] == of[:-1]) & (at[1:] == at[:-1])))
        of, at, fresh = of[~again], at[~again], fresh[~again]
        place = np.arange(len(of)) - np.searchsorted(of, of)
        shape = len(self.starts), int(place.max()) + 1
        self.starts, self.fresh = np.full(shape, NEVER), np.zeros(shape, bool)
        self.starts[of, place], self.fresh[of, place] = at, fresh

    def _suspended(self, polls_end: Ints) -> Ints:
        """Give when polls end, as no poll leaves a hidden tab but the first of a page loaded so."""
        hide = np.full(self.starts.shape, NEVER)
        spans = zip(self.days.hidden_from.T[::-1], self.days.hidden_until.T[::-1], strict=True)
        for since, until in spans:
            hide = np.where(until[:, None] > self.origin, since[:, None], hide)
        loaded_hidden = self.fresh & (hide <= self.starts)
        return np.minimum(polls_end, np.where(loaded_hidden, self.origin + 1, hide))

    def _opens(self) -> Flags:
        if self.fresh.all():
            return self.fresh
        polled, opens = np.zeros(len(self.polls), bool), np.zeros(self.polls.shape, bool)
        for stretch in range(self.stretches):
            polled &= ~self.fresh[:, stretch]
            opens[:, stretch] = ~polled
            polled |= self.polls[:, stretch] > 0
        return opens

    def delays(self, who: Ints, stretch: Ints | int, left: Ints) -> tuple[Ints, Ints]:
        """Give (up, down) of polls: until the platform takes the list, and until it is shown."""
        if not self.polls_of.reads_config:
            return self.polls_of.of_lists.of(who, left)
        first = self.opens[who, stretch] & (left == self.origin[who, stretch])
        return self.polls_of.delays(who, left, first)

    @cached_property
    def asked(self) -> Calls:
        """The questions for a list, refused ones included."""
        if self.by_browser:
            last = self.first_fetch + (self.fetches - 1) * self.fetch_every
            cut = self._interrupted & (last == self.origin + (self.polls - 1) * self.every)
            return Calls(self.first_fetch, self.fetch_every, self.fetches - cut * 1)
        return Calls(self.origin, self.every, self.polls - self._interrupted * 1)

    @cached_property
    def answered(self) -> Calls:
        """Those of them that the platform answers with a list."""
        before = count_before(self.answered_end, self.asked.first, self.asked.every)
        return self.asked._replace(n=np.minimum(self.asked.n, before))

    @cached_property
    def configs(self) -> Calls:
        """The questions for the configuration."""
        first = self.opens & (self.polls > 0) & self.polls_of.reads_config
        n = self.polls if self.polls_of.reads_config_each else first * 1
        return Calls(self.origin, self.every, n)

    @cached_property
    def _interrupted(self) -> Flags:
        """Of which stretches the last poll never asks for a list, as the page is gone by then."""
        if not self.polls_of.reads_config:
            return np.zeros(self.polls.shape, bool)
        who, stretch = np.nonzero((self.polls > 0) & (self.until < NEVER))
        last = self.origin[who, stretch] + (self.polls[who, stretch] - 1) * self.every
        first = self.opens[who, stretch] & (last == self.origin[who, stretch])
        asks = last + self.polls_of.asking(who, last, first)
        found = np.zeros(self.polls.shape, bool)
        found[who, stretch] = asks > self.until[who, stretch]
        return found

    def _follow_deaths(self, dead_from: Ints, freezes: bool) -> None:
        """Find the first poll of each page that meets a dead token, and when that is known."""
        who, page = np.nonzero((self.starts < NEVER) & (dead_from < self.answered_end))
        left, up, down = first_arriving(
            lambda rows, left: self.delays(who[rows], page[rows], left),
            self.origin[who, page],
            self.every,
            self.polls_of.longest_up,
            dead_from[who, page],
        )
        told, until = left + up + down, self.until[who, page]
        known = (left < self.answered_end[who, page]) & (told <= until)
        if freezes:
            self.frozen_from[who[known], page[known]] = told[known]
        self.answered_end = self.answered_end.copy()
        self.answered_end[who, page] = np.minimum(self.answered_end[who, page], left)

    def _follow_storage(self, clears: bool) -> None:
        """Go through the stretches in order: what each finds in browser storage, and fetches."""
        rows = np.arange(len(self.days.people))
        shape = self.starts.shape
        self.first_fetch, self.fetches = np.empty(shape, np.int64), np.empty(shape, np.int64)
        self.stored, self.alive = np.full(shape, -1), np.zeros(shape, bool)
        stamped, taken = np.full(shape[0], -NEVER), np.full(shape[0], -1)
        # The version that was read, that of the list in storage, and when the list shown was taken.
        version, held, shown = (np.full(shape[0], -1) for _ in range(3))
        for stretch in range(self.stretches):
            start, origin, until = (a[:, stretch] for a in (self.starts, self.origin, self.until))
            fresh = self.fresh[:, stretch]
            if clears:
                stamped = np.where(fresh, -NEVER, stamped)
            stale = stamped + self.life
            kept = np.where(fresh, np.where(start < stale, taken, -1), shown)
            self.alive[:, stretch] = (kept >= 0) & (start < NEVER)
            self.stored[:, stretch] = np.where(self.alive[:, stretch], kept, -1)
            if self.polls_of.reads_config:
                version = self._version(rows, stretch, version)
                stale = np.where(version != held, origin, stale)
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
            # A list of another version is dropped as soon as that is read.
            if self.polls_of.reads_config:
                opens = self.opens[:, stretch]
                read = origin + self.polls_of.asking(rows, origin, opens) <= until
                dropped = (version != held) & read & (self.polls[:, stretch] > 0)
                stamped = np.where(dropped & ~brought, -NEVER, stamped)
                held = np.where(dropped | brought, version, held)

    def _version(self, rows: Ints, stretch: int, before: Ints) -> Ints:
        """Give the version that the polls of a stretch ask for, after that of the one before."""
        at = self.polls_of.read_at(rows, self.origin[:, stretch])
        values = np.array(self.version.values, dtype=np.int64)
        read = values[np.searchsorted(self.version.times, at, side="right") - 1]
        reads = self.opens[:, stretch] | self.polls_of.reads_config_each
        return np.where(reads, read, before)

    def stretch_at(self, who: Ints, t: Ints) -> Ints:
        """Give the stretch that agents are in at some moments; it starts at its millisecond."""
        if self.stretches == 1:
            return np.zeros(len(who), np.int64)
        return np.asarray(np.count_nonzero(self.starts[who] <= t[:, None], axis=1)) - 1

    def shown(self, who: Ints, t: Ints) -> Shown:
        """Give what the dropdowns of agents show at some moments of their shifts."""
        stretch = self.stretch_at(who, t)
        first = self.first_fetch[who, stretch]
        n = (t - first) // self.fetch_every
        if self.days.dead_from is not None or self.days.hidden_from.shape[1]:
            n = np.minimum(n, self.fetches[who, stretch] - 1)
        left = first + n * self.fetch_every
        up, down = self.delays(who, stretch, left)
        early = left + up + down > t
        n -= early
        again = np.nonzero(early & (n >= 0))[0]
        left[again] -= self.fetch_every
        up[again] = self.delays(who[again], stretch[again], left[again])[0]
        as_of = np.where(n >= 0, left + up, self.stored[who, stretch])
        return Shown(stretch, as_of)

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
        waiting = np.nonzero((at == NEVER) & (stretch + 1 < self.stretches))[0]
        while len(waiting):
            stretch[waiting] += 1
            start = self.starts[who[waiting], stretch[waiting]]
            waiting, start = waiting[start < NEVER], start[start < NEVER]
            agents, stretches = who[waiting], stretch[waiting]
            blank = self.fresh[agents, stretches] & ~self.alive[agents, stretches]
            gone[waiting] = np.where(blank, np.minimum(gone[waiting], start), gone[waiting])
            at[waiting] = self.first_shown[agents, stretches]
            gone[waiting] = np.minimum(gone[waiting], at[waiting])
            more = (at[waiting] == NEVER) & (stretch[waiting] + 1 < self.stretches)
            waiting = waiting[more]
        return Seen(at, gone)

    @cached_property
    def first_shown(self) -> Ints:
        """When the first list that a stretch fetches is shown; NEVER where none is."""
        rows = np.arange(len(self.days.people))[:, None]
        up, down = self.delays(rows, np.arange(self.stretches), self.first_fetch)
        at = self.first_fetch + up + down
        there = (self.fetches > 0) & (at <= self.until)
        return np.where(there, at, NEVER)
