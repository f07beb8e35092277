"""Agents who share a limit that may bind: all of them are known before any is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.engines.columns.admissions import Found, Grid
from simkit.engines.columns.arrays import Delays, Ints, keys
from simkit.engines.columns.days import Days
from simkit.engines.columns.decisions import attempts
from simkit.engines.columns.limit import Seats, order_keys, sent_order, twins
from simkit.engines.columns.limited_lists import Admitted, Known, LimitedLists
from simkit.rules.limits import KnownWindow
from simkit.rules.wire import Wire

if TYPE_CHECKING:
    from simkit.engines.columns.population import Population


@dataclass(frozen=True)
class Members:
    """Some of the agents, one after the other, before it is known what is admitted of theirs."""

    days: Days
    pages: LimitedLists
    submitting: Delays
    first: int
    """Where the first of them stands among all."""
    place: Ints
    """Their places in the order within a millisecond."""


class Crowd:
    """All agents of a population, and what the limit that they share admits."""

    def __init__(self, population: Population, days: Sequence[Days]) -> None:
        """Take the days of all agents, part by part and in their order."""
        self.population = population
        settings, seed = population.settings, population.seed
        ids = [each for part in days for each in part.ids]
        place = np.empty(len(ids), np.int64)
        place[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
        self.place = dict(zip(ids, place.tolist(), strict=True))
        """Each agent's place in the order within a millisecond."""
        self.members, first = [], 0
        for part in days:
            until = first + len(part.people)
            pages = LimitedLists(settings, seed, part, population.directory.version)
            submitting = Delays(Wire(settings.wire), keys(seed, "submit", part.ids))
            self.members.append(Members(part, pages, submitting, first, place[first:until]))
            first = until
        grid = Grid(settings, [each.pages for each in self.members], place, population.latest)
        found = grid.admitted(self._submitted)
        self.cutoffs = found.cutoffs
        self._known = [known for _, known in self._shared(found)]

    def parts(self) -> Iterator[tuple[Days, Sequence[int], LimitedLists]]:
        """Give the agents part by part: their days, where they stand among all, their lists."""
        for each, known in zip(self.members, self._known, strict=True):
            standing = range(each.first, each.first + len(each.days.people))
            yield each.days, standing, each.pages.knowing(known)

    def window(self, agent: str) -> KnownWindow:
        """Give what the limit answers one agent."""
        return KnownWindow(self.cutoffs.lasts(), self.place[agent])

    def _shared(self, found: Found) -> Iterator[tuple[Members, Known]]:
        """Share out what is admitted among the parts."""
        for each in self.members:
            edges = each.first, each.first + len(each.days.people)

            def mine(polls: Admitted, edges: tuple[int, int] = edges) -> Admitted:
                rows = polls.rows(slice(*np.searchsorted(polls.who, edges)))
                return rows._replace(who=rows.who - edges[0])

            polls = map(mine, (found.lists, found.configs, found.asked))
            yield each, Known(Seats(found.cutoffs, each.place), *polls)

    def _submitted(self, found: Found) -> tuple[Ints, Ints]:
        """Give (key, sent) of all submissions, as lists are when so much is admitted."""
        about, rows = self.population, []
        for each, known in self._shared(found):
            catalogue = about.catalogue(each.days)
            made = attempts(about.settings, each.days, each.pages.knowing(known), catalogue)
            who, left = (column[made.submitted] for column in (made.who, made.t))
            up, _ = each.submitting.of(who, left)
            key = order_keys(left + up, "submit", each.place[who])
            rows.append((key, sent_order(left, twins(who, left))))
        key, sent = map(np.concatenate, zip(*rows, strict=True))
        return key, sent
