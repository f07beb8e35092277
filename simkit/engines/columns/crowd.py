"""Agents who share a limit that may bind: all of them are known before any is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simkit.engines.columns.admissions import Found, Grid
from simkit.engines.columns.arrays import Ints
from simkit.engines.columns.days import Days
from simkit.engines.columns.decisions import attempts
from simkit.engines.columns.exact import MOST_KNOWN
from simkit.engines.columns.guard import Guard
from simkit.engines.columns.limit import (
    Cutoffs,
    Line,
    Queue,
    Seats,
    arrivals,
    sent_order,
    twins,
)
from simkit.engines.columns.limited_lists import Admitted, Known, LimitedLists
from simkit.engines.columns.lists import Lists
from simkit.engines.columns.pressure import Pressure
from simkit.engines.columns.waiting import Tries, Waiting
from simkit.rules.limits import WINDOW_MS, KnownWindow

if TYPE_CHECKING:
    from simkit.engines.columns.population import Population


@dataclass(frozen=True)
class Members:
    """Some of the agents, one after the other, before it is known what is admitted of theirs."""

    days: Days
    pages: LimitedLists
    first: int
    """Where the first of them stands among all."""
    line: Line
    """Their places in the order of requests."""

    def sending(self, who: Ints, left: Ints) -> tuple[Ints, Ints]:
        """Give (key, sent) of submissions that leave at some moments, in their order."""
        up, _ = self.pages.of_submissions.of(who, left)
        key = self.line.keys("submit", who, left + up)
        return key, sent_order(left, twins(who, left))


class Crowd:
    """All agents of a population, and what the limit that they share admits."""

    def __init__(self, population: Population, days: Sequence[Days]) -> None:
        """Take the days of all agents, part by part and in their order."""
        self.population = population
        settings, replications = population.settings, len(population.seeds)
        last = max(int(part.end.max()) for part in days)
        windows = (last + 4 * settings.wire.delay_max_ms) // WINDOW_MS + 1
        ids = sorted({each for part in days for each in part.ids})
        self.place = {agent: place for place, agent in enumerate(ids)}
        """Each agent's place in the order within a millisecond."""
        self.members, first = [], 0
        for part in days:
            place = np.array([self.place[agent] for agent in part.ids], dtype=np.int64)
            line = Line(place, part.replication * windows * WINDOW_MS)
            pages = LimitedLists(settings, part, population.versions)
            self.members.append(Members(part, pages, first, line))
            first += len(part.people)
        line, total = Line.joined([each.line for each in self.members]), windows * replications
        self._wanted: list[Days] | None = None
        """The days of all parts, less the wants of which nothing comes in time."""
        lists = [each.pages for each in self.members]
        pressure = Pressure.of(settings, lists, line, total)
        known = pressure.known(settings.platform.rate_limit_per_min or 0)
        self.exact = known <= MOST_KNOWN * replications
        """Whether so few requests are admitted that all can be known."""
        self._known: list[Known] | None = None
        self.cutoffs = Cutoffs.open(total)
        if self._refuses_nobody(pressure):
            self.exact = True
        elif self.exact:
            if settings.widget.honour_retry_after:
                found = self._waited(lambda: Waiting(settings, lists, line, windows, replications))
            else:
                found = Grid(settings, lists, line, total).found(self._submitted)
            self.cutoffs = found.cutoffs
            self._known = [known for _, known in self._shared(found)]

    def parts(self) -> Iterator[tuple[Days, Sequence[int], LimitedLists | None]]:
        """Give the agents part by part: their days, where they stand among all, their lists.

        No lists where nobody is refused: they are as without a limit.
        """
        for number, each in enumerate(self.members):
            standing = range(each.first, each.first + len(each.days.people))
            lists = each.pages.knowing(self._known[number]) if self._known else None
            yield each.days, standing, lists

    def _refuses_nobody(self, pressure: Pressure) -> bool:
        """Say whether the limit binds nowhere: where it would refuse nobody, had it not yet.

        Only said where pages are enough to tell.
        """
        about = self.population
        limit = about.settings.platform.rate_limit_per_min or 0
        if (pressure.most > limit).any():
            return False
        most, longest = pressure.most.copy(), about.settings.wire.delay_max_ms
        for each in self.members:
            lists = Lists(about.settings, each.days, about.versions)
            made = attempts(about.settings, each.days, lists, about.catalogue(each.days))
            left = (made.t + each.line.since[made.who])[made.submitted]
            window, later = left // WINDOW_MS, (left + longest) // WINDOW_MS
            for arrives in (window, later[later > window]):
                most += np.bincount(arrives, minlength=len(most))
        return bool((most <= limit).all())

    def window(self, agent: str) -> KnownWindow:
        """Give what the limit answers one agent."""
        return KnownWindow(self.cutoffs.lasts(), self.place[agent])

    def _shared(self, found: Found) -> Iterator[tuple[Members, Known]]:
        """Share out what is admitted among the parts."""
        for number, each in enumerate(self.members):
            edges = each.first, each.first + len(each.days.people)

            def mine(polls: Admitted, edges: tuple[int, int] = edges) -> Admitted:
                rows = polls.rows(slice(*np.searchsorted(polls.who, edges)))
                return rows._replace(who=rows.who - edges[0])

            polls = mine(found.lists), mine(found.configs), mine(found.asked)
            made = found.made and {kind: n[slice(*edges)] for kind, n in found.made.items()}
            load = None if found.load is None else found.load[number]
            yield each, Known(Seats(found.cutoffs, each.line), *polls, made, load)

    def _submitted(self, found: Found) -> tuple[Ints, Ints]:
        """Give (key, sent) of submissions, as lists are when so much is admitted.

        Some of those that cannot be admitted are left out: no window goes further than it did when
        this was asked for the first time, with none of them counted.
        """
        about, rows = self.population, []
        if self._wanted is None:
            self._wanted = [self._early(*each, found) for each in self._shared(found)]
        for (each, known), days in zip(self._shared(found), self._wanted, strict=True):
            catalogue = about.catalogue(each.days)
            made = attempts(about.settings, days, each.pages.knowing(known), catalogue)
            rows.append(each.sending(*(column[made.submitted] for column in (made.who, made.t))))
        key, sent = map(np.concatenate, zip(*rows, strict=True))
        return key, sent

    def _early(self, each: Members, known: Known, found: Found) -> Days:
        """Give days without the wants of which no submission can be admitted.

        Where it is known beforehand when they are acted on.
        """
        widget, days = self.population.settings.widget, each.days
        if widget.override_guard != "none" or widget.version_parameter:
            return days
        t = each.pages.knowing(known).ready(days.who, days.t)
        there = np.nonzero(t < days.end[days.who])[0]
        key, _ = each.sending(days.who[there], t[there])
        early = there[key <= found.cutoffs.key[arrivals(key) // WINDOW_MS]]
        who, t, reason, length = (
            column[early] for column in (days.who, days.t, days.reason, days.length)
        )
        return replace(days, who=who, t=t, reason=reason, length=length)

    def _waited(self, fresh: Callable[[], Waiting]) -> Found:
        """Find what is admitted where refused widgets wait.

        When a dropdown is opened may hang on admissions, too: then submissions are taken as they
        follow from what was found last, until what counts of them stays.
        """
        widget, waiting = self.population.settings.widget, fresh()
        tries = self._tries(waiting)
        found = waiting.found(tries, self.population.catalogue(self.members[0].days))
        warns = widget.override_guard == "warn" and widget.retry_after_lock
        while warns or widget.version_parameter:
            sent = Queue(*self._submitted(found))
            if waiting.counted.same(sent.rows(found.cutoffs.admits(*sent))):
                break
            waiting = fresh()
            found = waiting.found(Tries.certain(sent), None)
        return found

    def _tries(self, waiting: Waiting) -> Tries:
        """Give what is submitted wherever the code is listed.

        As if no question for the configuration were refused, and nobody warned tried again.
        """
        about, rows = self.population, []
        for each, numbers in zip(self.members, waiting.page, strict=True):
            nothing = Admitted(*np.zeros((5, 0), np.int64))
            seats = Seats(Cutoffs.open(len(waiting.cutoffs.key)), each.line)
            known = Known(seats, nothing, nothing, nothing)
            catalogue = about.catalogue(each.days)
            made = attempts(about.settings, each.days, each.pages.knowing(known), catalogue)
            page = numbers[made.who, made.stretch]
            warned = Guard(about.settings, each.days).until(made.who, made.t) > 0
            chosen = np.nonzero(~made.locked & ~warned & (page >= 0))[0]
            who, t = made.who[chosen], made.t[chosen]
            asked = made.division[chosen], made.reason[chosen]
            rows.append((*each.sending(who, t), t, page[chosen], *asked))
        return Tries(*map(np.concatenate, zip(*rows, strict=True)))
