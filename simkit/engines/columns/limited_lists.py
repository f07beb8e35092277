"""What lists show where the platform refuses some polls: those that admitted polls brought.

So few polls are admitted that all of them are known one by one, in tables to look up.
"""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import NamedTuple

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.limit import Seats, twins
from simkit.engines.columns.lists import Lists, ListState, Seen
from simkit.engines.columns.poll_segments import Requests
from simkit.engines.columns.steps import firsts

_APART = 1 << 40
"""Puts the times of one agent apart from those of the next, so that one search serves them all."""


class Admitted(NamedTuple):
    """Admitted polls, in the order of agents and of their departures."""

    who: Ints
    stretch: Ints
    left: Ints
    """When the poll left."""
    arrival: Ints
    """When the platform took its last question."""
    reply: Ints

    def rows(self, chosen: Flags | slice) -> Admitted:
        """Give some of them."""
        return Admitted(*(column[chosen] for column in self))


class Known(NamedTuple):
    """What is known of the requests of some agents before a limit."""

    seats: Seats
    lists: Admitted
    """Polls that were given a list."""
    configs: Admitted
    """Those that were told the configuration; none where it is not read."""
    asked: Admitted
    """Those of ``configs`` that then asked for the list."""
    made: dict[str, Ints] | None = None
    """How many questions each agent's polls ask, by kind; None where all leave on their grids."""
    load: Ints | None = None
    """How many questions are of polls that leave in each second."""


class LimitedLists(Lists):
    """The lists in the dropdowns of agents some of whose polls are refused.

    A list has no life of its own: each poll that brings one replaces what is shown.
    """

    known: Known

    def _follow_storage(self, clears: bool) -> None:
        """Leave it: a list without a life does not stay in browser storage."""

    def knowing(self, known: Known) -> LimitedLists:
        """Give them with what is known of requests; of what had none, nothing was looked up yet."""
        found = copy(self)
        found.known = known
        return found

    @cached_property
    def shows(self) -> Admitted:
        """The polls whose list was shown."""
        rows = self.known.lists
        return rows.rows(rows.reply <= self.until[rows.who, rows.stretch])

    @cached_property
    def page_start(self) -> Ints:
        """When the page of each stretch was loaded."""
        loaded = np.where(self.fresh, self.starts, -1)
        return np.asarray(np.maximum.accumulate(loaded, axis=1))

    @cached_property
    def _by_reply(self) -> Ints:
        return self.shows.who * _APART + self.shows.reply

    @cached_property
    def _by_arrival(self) -> Ints:
        return self.shows.who * _APART + self.shows.arrival

    def shown(self, who: Ints, t: Ints) -> ListState:
        """Give what the dropdowns of agents show at some moments of their shifts."""
        stretch, rows = self.stretch_at(who, t), self.shows
        place = np.searchsorted(self._by_reply, who * _APART + t, side="right") - 1
        division = self.division[who, stretch]
        if not len(rows.who):
            return ListState(stretch, np.full(len(who), -1), division)
        there = (place >= 0) & (rows.who[place] == who)
        there &= rows.left[place] >= self.page_start[who, stretch]
        return ListState(stretch, np.where(there, rows.arrival[place], -1), division)

    def seen(self, who: Ints, t: Ints) -> Seen:
        """Give when agents first see changes that the platform made at some moments."""
        rows = self.shows
        place = np.searchsorted(self._by_arrival, who * _APART + t)
        at = np.append(rows.reply, NEVER)[place]
        at[np.append(rows.who, -1)[place] != who] = NEVER
        loaded = np.where(
            self.fresh[who] & (self.starts[who] > t[:, None]), self.starts[who], NEVER
        )
        return Seen(at, np.minimum(at, loaded.min(axis=1, initial=NEVER)))

    def admits_submissions(self, who: Ints, arrival: Ints, left: Ints) -> Flags:
        """Say which submissions the limit admits; they stand in the order in which they leave."""
        return self.known.seats.admits("submit", who, arrival, left, twins(who, left))

    @cached_property
    def told(self) -> Ints:
        """When the first poll of each stretch is answered, be it that it is refused."""
        told = super().told
        if self.polls_of.reads_config:
            who, stretch = np.nonzero(self.opens & (self.polls > 0))
            left = self.origin[who, stretch]
            up, down = self.polls_of.of_configs.of(who, left)
            refused = ~self.known.seats.admits("config", who, left + up, left)
            who, stretch = who[refused], stretch[refused]
            told[who, stretch] = (left + up + down)[refused]
        return told

    @cached_property
    def first_shown(self) -> Ints:
        """When the first list that a stretch fetches is shown; NEVER where none is."""
        found, rows = np.full(self.starts.shape, NEVER), self.shows
        first = rows.rows(firsts(rows.who, rows.stretch))
        found[first.who, first.stretch] = first.reply
        return found

    @cached_property
    def alive(self) -> Flags:  # type: ignore[override]
        """Whether a list is shown as a stretch begins: that of the stretch before."""
        found = np.zeros(self.starts.shape, bool)
        if self.fresh.all():
            return found
        who, stretch = np.nonzero(~self.fresh & (self.starts < NEVER))
        found[who, stretch] = self.shown(who, self.starts[who, stretch]).as_of >= 0
        return found

    @cached_property
    def asked(self) -> Requests:
        """The questions for a list, refused ones included."""
        if not self.polls_of.reads_config:
            return super().asked
        left = self.known.asked.left
        return Requests(left, self.every, np.ones_like(left))

    @cached_property
    def questions(self) -> dict[str, Ints]:
        """How many questions each agent's polls ask, by kind, refused ones included."""
        if self.known.made is not None:
            return self.known.made
        asked, agents = self.polls.sum(axis=1), len(self.polls)
        if not self.polls_of.reads_config:
            return {"config": np.zeros_like(asked), "list": asked}
        return {"config": asked, "list": np.bincount(self.known.asked.who, minlength=agents)}
