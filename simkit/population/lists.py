"""What lists show: pages, the polls that replace a list, and when a change is first seen.

A page's polls lie on a grid, so nobody counts them one by one: which poll a moment falls on is a
division, and only polls on which something depends have their delays drawn. Rows of tables are
agents, columns their pages in order.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from simkit.base.steps import NEVER
from simkit.population.columns import Delays, Ints, count_before, first_arriving, keys
from simkit.population.days import Days, poll_origins
from simkit.rules.settings import Settings
from simkit.world.wire import Wire


class Shown(NamedTuple):
    """What a dropdown shows at some moments."""

    page: Ints
    """Which of the agent's pages it is."""
    as_of: Ints
    """When the platform answered with the list; -1 where no list has come yet."""


class Seen(NamedTuple):
    """When changes of a list are first seen."""

    at: Ints
    """When the first list that was taken after the change is shown; NEVER where none is."""
    gone: Ints
    """When the list from before the change goes: then, or with a page that begins without one."""


class Lists:
    """The lists in the dropdowns of some agents, of whom each asks for one division all day."""

    def __init__(self, settings: Settings, seed: int, days: Days) -> None:
        widget, wire = settings.widget, Wire(settings.wire)
        self.days = days
        self.every = settings.interval_ms
        self.longest_up = settings.wire.delay_max_ms
        self.life = widget.dataset_life_polls * self.every if widget.dataset_life_polls > 1 else 0
        self.fetch_every = max(self.life, self.every)
        self.delays = Delays(wire, keys(seed, "list", days.ids))
        self.loads = days.loads
        self.pages = self.loads.shape[1]
        self.until = np.column_stack((self.loads[:, 1:], np.full(len(days.people), NEVER)))
        """When the next page takes a page's place."""
        rows = np.arange(len(days.people))[:, None]
        self.origin = poll_origins(settings, seed, days, rows, self.loads)
        """When the first poll of each page leaves."""
        polls_end = np.minimum(self.until, days.end[:, None])
        self.polls = count_before(polls_end, self.origin, self.every)
        """How many polls leave each page."""
        self.answered_end, self.frozen_from = polls_end, np.full_like(polls_end, NEVER)
        """From when no poll leaves that brings a list, and from when the dropdown is frozen."""
        if days.dead_from is not None:
            self._follow_deaths(days.dead_from, widget.on_401 == "freeze")
        self.answered = count_before(self.answered_end, self.origin, self.every)
        """How many polls of each page bring a list."""
        self._follow_storage(widget.clear_cache_on_mount)

    def _follow_deaths(self, dead_from: Ints, freezes: bool) -> None:
        """Find the first poll of each page that meets a dead token, and when that is known."""
        who, page = np.nonzero((self.loads < NEVER) & (dead_from < self.answered_end))
        left, up, down = first_arriving(
            self.delays,
            who,
            self.origin[who, page],
            self.every,
            self.longest_up,
            dead_from[who, page],
        )
        told, until = left + up + down, self.until[who, page]
        known = (left < self.answered_end[who, page]) & (told <= until)
        if freezes:
            self.frozen_from[who[known], page[known]] = told[known]
        self.answered_end = self.answered_end.copy()
        self.answered_end[who, page] = np.minimum(self.answered_end[who, page], left)

    def _follow_storage(self, clears: bool) -> None:
        """Go through the pages in order: what each finds in browser storage, and fetches."""
        rows = np.arange(len(self.days.people))
        shape = self.loads.shape
        self.first_fetch, self.fetches = np.empty(shape, np.int64), np.empty(shape, np.int64)
        self.stored, self.alive = np.full(shape, -1), np.zeros(shape, bool)
        stamped, taken = np.full(shape[0], -NEVER), np.full(shape[0], -1)
        for page in range(self.pages):
            loaded, origin, until = (a[:, page] for a in (self.loads, self.origin, self.until))
            if clears:
                stamped, taken = np.full_like(stamped, -NEVER), np.full_like(taken, -1)
            stale = stamped + self.life
            self.alive[:, page] = (loaded < stale) & (loaded < NEVER)
            self.stored[:, page] = np.where(self.alive[:, page], taken, -1)
            late = -(-(np.maximum(stale, origin) - origin) // self.every)
            first = origin + late * self.every
            fetches = count_before(self.answered_end[:, page], first, self.fetch_every)
            self.first_fetch[:, page], self.fetches[:, page] = first, fetches
            if not self.life:
                continue
            last = first + (fetches - 1) * self.fetch_every
            up, down = self.delays.of(rows, last)
            in_time = last + up + down <= until
            before = last - self.fetch_every
            kept = (fetches > 1) | ((fetches == 1) & in_time)
            last = np.where(in_time, last, before)
            up, _ = self.delays.of(rows, last)
            stamped, taken = np.where(kept, last, stamped), np.where(kept, last + up, taken)

    def page_at(self, who: Ints, t: Ints) -> Ints:
        """Give the page that agents look at at some moments; a load counts at its millisecond."""
        if self.pages == 1:
            return np.zeros(len(who), np.int64)
        return np.asarray(np.count_nonzero(self.loads[who] <= t[:, None], axis=1)) - 1

    def shown(self, who: Ints, t: Ints) -> Shown:
        """Give what the dropdowns of agents show at some moments of their shifts."""
        page = self.page_at(who, t)
        first = self.first_fetch[who, page]
        n = np.minimum((t - first) // self.fetch_every, self.fetches[who, page] - 1)
        left = first + n * self.fetch_every
        up, down = self.delays.of(who, left)
        early = left + up + down > t
        n -= early
        again = np.nonzero(early & (n >= 0))[0]
        left[again] -= self.fetch_every
        up[again] = self.delays.of(who[again], left[again])[0]
        as_of = np.where(n >= 0, left + up, self.stored[who, page])
        return Shown(page, as_of)

    def seen(self, who: Ints, t: Ints) -> Seen:
        """Give when agents first see changes that the platform made at some moments."""
        page = self.page_at(who, t)
        first = self.first_fetch[who, page]
        left, up, down = first_arriving(
            self.delays, who, first, self.fetch_every, self.longest_up, t
        )
        at = left + up + down
        at[(left >= self.answered_end[who, page]) | (at > self.until[who, page])] = NEVER
        gone = at.copy()
        waiting = np.nonzero((at == NEVER) & (page + 1 < self.pages))[0]
        while len(waiting):
            page[waiting] += 1
            loaded = self.loads[who[waiting], page[waiting]]
            waiting, loaded = waiting[loaded < NEVER], loaded[loaded < NEVER]
            agents, pages = who[waiting], page[waiting]
            blank = ~self.alive[agents, pages]
            gone[waiting] = np.where(blank, np.minimum(gone[waiting], loaded), gone[waiting])
            at[waiting] = self.first_shown[agents, pages]
            gone[waiting] = np.minimum(gone[waiting], at[waiting])
            waiting = waiting[(at[waiting] == NEVER) & (page[waiting] + 1 < self.pages)]
        return Seen(at, gone)

    @cached_property
    def first_shown(self) -> Ints:
        """When the first list that a page fetches is shown; NEVER where none is."""
        rows = np.arange(len(self.days.people))[:, None]
        up, down = self.delays.of(rows, self.first_fetch)
        at = self.first_fetch + up + down
        there = (self.fetches > 0) & (at <= self.until)
        return np.where(there, at, NEVER)
