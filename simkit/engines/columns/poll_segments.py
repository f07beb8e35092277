"""Stretches of pages, on each of which polls leave at regular times and ask the same question.

Rows of tables are agents, columns their stretches in order. A stretch begins with each page, with
the first poll after the tab was hidden, with the first one that the network loses and the first one
that it loses no more, and with each poll that reads another version or division.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Flags, Ints, count_before
from simkit.engines.columns.asked import Asked
from simkit.engines.columns.days import Days, poll_origins
from simkit.engines.columns.focus import on_focus
from simkit.engines.columns.polls import Polls
from simkit.engines.columns.steps import StepTables
from simkit.rules.judging import refusal_of_lists
from simkit.rules.settings import Settings

Poll = Callable[[Ints, Ints], Ints]
"""Gives a poll of each agent's page, by when the first one leaves, and a moment."""


class Requests(NamedTuple):
    """Requests that leave at regular times, stretch by stretch."""

    first: Ints
    every: int
    n: Ints


class PollSegments:
    """The stretches of some agents' pages; places left over hold NEVER."""

    def __init__(self, settings: Settings, days: Days, versions: StepTables) -> None:
        """Cut the pages; ``versions`` are those of the replications, one after the other."""
        widget = settings.widget
        self.days, self.versions = days, versions
        self.every = settings.interval_ms
        dataset = widget.dataset_life_polls * self.every if widget.dataset_life_polls > 1 else 0
        self.refused = refusal_of_lists(settings)
        """How the platform refuses every list; None where it does not."""
        self.life = 0 if self.refused else widget.http_max_age_ms or dataset
        """How long a list in browser storage is not replaced, in ms; one that is refused is not."""
        self.polls_of = Polls(settings, days)
        self.follows = Asked(settings, days)
        self.on_focus = on_focus(settings, days)
        """When pages poll at once, as the tab is shown again after each time it was hidden."""
        self.longest = settings.longest_poll_ms
        self._cut(settings)
        rows = np.arange(len(days.people))[:, None]
        self.count = self.starts.shape[1]
        self.ends = np.column_stack((self.starts[:, 1:], np.full(len(days.people), NEVER)))
        """When the next stretch takes a stretch's place."""
        self.until = self.ends
        """When another page takes the place of the page of a stretch."""
        self.origin = poll_origins(settings, days, rows, self.starts)
        """When the first poll of each stretch leaves."""
        if not self.fresh.all():
            later = np.where(self.fresh, self.starts, NEVER)
            later = np.minimum.accumulate(later[:, ::-1], axis=1)[:, ::-1]
            self.until = np.column_stack((later[:, 1:], self.ends[:, -1]))
            self.origin = np.where(self.fresh, self.origin, self.starts)
        self.polls_end = np.minimum(self.ends, days.end[:, None])
        """From when no poll of a stretch leaves."""
        if days.hidden_from.shape[1]:
            self.polls_end = self._suspended(self.polls_end)
        for t in self.on_focus.T:
            alone = ~self.fresh & (self.starts == t[:, None]) & (self.starts < NEVER)
            self.polls_end = np.where(alone, self.origin + 1, self.polls_end)
        self.polls = count_before(self.polls_end, self.origin, self.every)
        """How many polls leave each stretch."""
        self.read_end = self.polls_end
        """From when no poll leaves that may read the configuration first, as its token is alive."""
        self.lost = days.offline(rows, self.origin) & (self.polls > 0)
        """Whether the network loses the polls of a stretch."""
        self.begins = self._first_of_page(self.polls > 0)
        """Whether the first poll of a stretch is the first one that its page sends."""
        self.opens = self.begins
        """Whether it is the first one of its page that is not lost."""
        if self.lost.any():
            self.opens = self._first_of_page((self.polls > 0) & ~self.lost) & ~self.lost

    def _cut(self, settings: Settings) -> None:
        """Begin a stretch with each page, and where polls go on otherwise than they did."""
        loads = self.days.loads
        self.starts, self.fresh = loads, np.ones(loads.shape, bool)
        agents = np.arange(len(loads))
        grids = poll_origins(settings, self.days, agents[:, None], loads)
        until = np.column_stack((loads[:, 1:], np.full(len(loads), NEVER)))
        until = np.minimum(until, self.days.end[:, None])
        who, at = [], []
        ways = self._other_versions(), self._other_divisions(), self._coming_and_going()
        for t, poll in chain(*ways):
            page = np.count_nonzero(loads <= t[:, None], axis=1) - 1
            origin = grids[agents, page]
            left = poll(origin, t)
            there = (page >= 0) & (left > origin) & (left < until[agents, page])
            rows = agents[there & ~self._hidden(left)]
            who.append(rows)
            at.append(left[rows])
        if sum(map(len, who)):
            self._begin(*self._made(np.concatenate(who), np.concatenate(at)))

    def _made(self, who: Ints, at: Ints) -> tuple[Ints, Ints]:
        """Leave out polls that are not made, as one on focus may be under way."""
        if not self.on_focus.shape[1]:
            return who, at
        loads = self.days.loads[who]
        page = np.count_nonzero(loads <= at[:, None], axis=1)
        made = np.ones(len(who), bool)
        for t in self.on_focus[who].T:
            same = np.count_nonzero(loads <= t[:, None], axis=1) == page
            made &= ~(same & (t < at) & (at < t + self.longest))
        return who[made], at[made]

    def _other_versions(self) -> Iterator[tuple[Ints, Poll]]:
        """Give when versions change, and the first polls that read them.

        Where no list outlives its poll, it does not matter which version was read.
        """
        agents = np.arange(len(self.days.people))
        if self.life and self.polls_of.reads_config_each:
            for changed in self.versions.changes.T:
                yield (
                    changed[self.days.replication],
                    lambda origin, t: self.polls_of.first_config(agents, origin, self.every, t),
                )

    def _other_divisions(self) -> Iterator[tuple[Ints, Poll]]:
        """Give when pages read another division, and the first polls that ask for its list.

        And the polls before, if their lists are dropped as they come after that.
        """
        t = self.follows.read_at
        if not (t < NEVER).any():
            return

        def first(origin: Ints, t: Ints) -> Ints:
            return self.polls_of.first_asking(origin, self.every, t)

        yield t, first
        if self.follows.drops:
            rows = np.arange(len(t))

            def before(origin: Ints, t: Ints) -> Ints:
                left = first(origin, t) - self.every
                return np.where(left + self.polls_of.takes(rows, left) >= t, left, origin)

            yield t, before

    def _coming_and_going(self) -> Iterator[tuple[Ints, Poll]]:
        """Give when tabs are shown again, networks fail and are back, and the first polls then."""
        days = self.days

        def next_one(origin: Ints, t: Ints) -> Ints:
            return origin - (origin - t) // self.every * self.every

        for t in chain(days.hidden_until.T, days.offline_from.T, days.offline_until.T):
            yield t, next_one
        for t in self.on_focus.T:
            yield t, lambda _, t: t
            yield t, lambda origin, t: next_one(origin, t + self.longest)

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

    @cached_property
    def division(self) -> Ints:
        """Place of the division that the polls of each stretch ask for."""
        days, moved = self.days, self.follows.rows
        division = np.repeat(days.home[:, None], self.count, axis=1)
        if len(moved):
            page = np.cumsum(self.fresh[moved], axis=1) - 1
            new = np.take_along_axis(self.follows.begins_new[moved], page, axis=1)
            origin, read_at = self.origin[moved], self.follows.read_at[moved, None]
            first = self.fresh[moved]
            asks = origin + self.polls_of.asking_after(moved[:, None], origin, first)
            new |= ~first & (asks >= read_at)
            division[moved] = np.where(new, days.moved_to[moved, None], division[moved])
        return division

    @cached_property
    def dropped(self) -> Flags:
        """Of which stretches the one list is dropped, as another division is read meanwhile."""
        dropped, rows = np.zeros(self.polls.shape, bool), self.follows.rows
        if self.follows.drops and len(rows):
            left, read_at = self.origin[rows], self.follows.read_at[rows, None]
            asks = left + self.polls_of.asking_after(rows[:, None], left, left < 0)
            comes = left + self.polls_of.takes(rows[:, None], left)
            dropped[rows] = ~self.fresh[rows] & (asks < read_at) & (read_at <= comes)
        return dropped

    def _first_of_page(self, polls: Flags) -> Flags:
        """Say of each stretch whether none before it on its page has such polls."""
        if self.fresh.all():
            return self.fresh
        polled, first = np.zeros(len(polls), bool), np.zeros(polls.shape, bool)
        for stretch in range(self.count):
            polled &= ~self.fresh[:, stretch]
            first[:, stretch] = ~polled
            polled |= polls[:, stretch]
        return first

    def stretch_at(self, who: Ints, t: Ints) -> Ints:
        """Give the stretch that agents are in at some moments; it starts at its millisecond."""
        if self.count == 1:
            return np.zeros(len(who), np.int64)
        return np.asarray(np.count_nonzero(self.starts[who] <= t[:, None], axis=1)) - 1

    def delays(self, who: Ints, stretch: Ints | int, left: Ints) -> tuple[Ints, Ints]:
        """Give (up, down) of polls: until the platform takes the list, and until it is shown."""
        if not self.polls_of.reads_config:
            return self.polls_of.of_lists.of(who, left)
        first = self.opens[who, stretch] & (left == self.origin[who, stretch])
        return self.polls_of.delays(who, left, first)

    @cached_property
    def told(self) -> Ints:
        """When the page knows what became of the first poll of each stretch."""
        rows, stretches = np.arange(len(self.days.people))[:, None], np.arange(self.count)
        up, down = self.delays(rows, stretches, self.origin)
        told = self.origin + up + down
        if self.lost.any():
            who, stretch = np.nonzero(self.lost)
            left = self.origin[who, stretch]
            waits = self.polls_of.until_lost(who, left, self.unread[who, stretch])
            told[who, stretch] = left + waits
        return told

    @cached_property
    def configs(self) -> Requests:
        """The questions for the configuration that are answered."""
        first = self.opens & (self.polls > 0) & self.polls_of.reads_config
        if not self.polls_of.reads_config_each:
            return Requests(*self.grid, first * 1)
        return Requests(*self.grid, np.where(self.lost, 0, self.reading))

    @cached_property
    def reading(self) -> Ints:
        """How many polls of each stretch may read the configuration, where they do."""
        return count_before(self.read_end, *self.grid) if self.refusing else self.polls

    @property
    def refusing(self) -> bool:
        """Whether a dead token keeps polls from reading the configuration."""
        return self.read_end is not self.polls_end

    @property
    def grid(self) -> tuple[Ints, int]:
        """When the first poll of each stretch leaves, and the time between two of them."""
        return self.origin, self.every

    @cached_property
    def refused_configs(self) -> Requests:
        """The questions for the configuration that a dead token is refused, and ask no further."""
        if not self.refusing:
            return Requests(*self.grid, np.zeros_like(self.polls))
        first = np.maximum(self.origin, self.read_end)
        n = count_before(self.polls_end, first, self.every)
        return Requests(first, self.every, np.where(self.lost, 0, n))

    @cached_property
    def unread(self) -> Flags:
        """Of which stretches the polls that the network loses ask for the configuration."""
        if not self.polls_of.reads_config:
            return np.zeros(self.polls.shape, bool)
        unread = self.polls_of.reads_config_each | self._first_of_page(
            (self.polls > 0) & ~self.lost
        )
        return np.asarray(self.lost & unread)

    @cached_property
    def interrupted(self) -> Flags:
        """Of which stretches the last poll never asks for a list, as the page is gone by then."""
        if not self.polls_of.reads_config:
            return np.zeros(self.polls.shape, bool)
        who, stretch = np.nonzero((self.polls > 0) & (self.until < NEVER) & ~self.lost)
        last = self.origin[who, stretch] + (self.polls[who, stretch] - 1) * self.every
        first = self.opens[who, stretch] & (last == self.origin[who, stretch])
        asks = last + self.polls_of.asking(who, last, first)
        found = np.zeros(self.polls.shape, bool)
        found[who, stretch] = asks > self.until[who, stretch]
        return found
