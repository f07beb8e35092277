"""The population engine: agents who do not interact, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from simkit.base.identity_cache import Recent
from simkit.base.steps import NEVER
from simkit.engines.columns.activity import Activity
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.asked import Asked
from simkit.engines.columns.crowd import Crowd
from simkit.engines.columns.days import Days, draw_days, poll_origins
from simkit.engines.columns.decisions import Attempts, Submissions, attempts, submissions
from simkit.engines.columns.exact import (
    Events,
    lists_follow,
    tokens_may_die,
    tokens_overlap,
    why_nobody,
    why_not_limited,
    why_some,
    why_together,
)
from simkit.engines.columns.limited_lists import LimitedLists
from simkit.engines.columns.list_tables import ListTables
from simkit.engines.columns.lists import Lists
from simkit.engines.columns.recorded import Recorded
from simkit.engines.columns.renewals import Renewals
from simkit.engines.columns.sessions import with_sessions
from simkit.engines.columns.statuses import Writes, writes
from simkit.engines.columns.steps import StepTables
from simkit.engines.processes.build import simulate
from simkit.inputs.drawing import Frame
from simkit.inputs.resizing import Member, Roster
from simkit.rules.organisation import Person
from simkit.rules.reasons import Directory, Edit, codes_of, directory_of
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.history import History

PART = 4_096
"""Agents worked on at a time: their columns fit into the processor's cache."""
MOST_KEPT = 1 << 15
"""Of so many agents all columns are kept for a second question: some kilobytes each."""
_recent = Recent[Days](most=8)


class Part:
    """Some agents of a population and all that they do, as columns; each is made when asked for."""

    def __init__(
        self,
        population: Population,
        days: Days,
        places: Sequence[int],
        limited: LimitedLists | None = None,
    ) -> None:
        self.population = population
        self.limited = limited
        """Their lists, where they share a limit that may bind."""
        self.days = days
        self.places = places
        """Where each agent stands among all of the population."""

    @property
    def catalogue(self) -> ListTables:
        """What the platform answers to these agents."""
        return self.population.catalogue(self.days)

    @cached_property
    def lists(self) -> Lists:
        """Their pages, and what these show when."""
        if self.limited is not None:
            return self.limited
        about = self.population
        return Lists(about.settings, self.days, about.versions)

    @cached_property
    def attempts(self) -> Attempts:
        """Their openings of the dropdown."""
        return attempts(self.population.settings, self.days, self.lists, self.catalogue)

    @cached_property
    def submissions(self) -> Submissions:
        """Their submissions."""
        about = self.population
        return submissions(about.settings, self.days, self.lists, self.catalogue, self.attempts)

    @cached_property
    def writes(self) -> Writes:
        """Writes of their true statuses."""
        about = self.population
        return writes(about.settings, about.directory, self.days, self.submissions)


class Population:
    """Many agents, part by part: as columns, or else by processes.

    Of many agents nothing is kept once the next part is asked for, so that memory does not grow
    with their number; of those who share a limit that may bind, only what was admitted is.

    Replications of several seeds stand one behind the other: all agents with the first seed, then
    all of them with the next. So one place is that of an agent in a replication.
    """

    def __init__(
        self,
        settings: Settings,
        seeds: int | Sequence[int],
        people: Sequence[Member] | None = None,
        given: Mapping[str, AgentDay] | None = None,
        recorded: Workload | None = None,
    ) -> None:
        """Take the agents of the organisation, others of its divisions and shifts, or a workload's.

        ``recorded`` is a workload that takes the place of the drawn one; ``given`` are days that
        take the place of those of some agents: processes run these. Both go with one seed.
        """
        self.settings, self.given = settings, given or {}
        self.seeds = (seeds,) if isinstance(seeds, int) else tuple(seeds)
        self._frames: list[Frame] = []
        self._recorded: Recorded | None = None
        self.sources: Sequence[Frame | Recorded]
        """Where the days of each replication come from."""
        if recorded is None:
            org, codes = settings.organisation, codes_of(settings)
            self._frames = [Frame.of(settings, codes, seed) for seed in self.seeds]
            self.sources = self._frames
            self.people = Roster(org, len(org.agents)) if people is None else people
        else:
            (seed,) = self.seeds
            self._recorded = Recorded.of(settings, recorded, seed)
            self.sources = [self._recorded]
            self.people = self._recorded.people
        self.together = bool(why_together(settings, len(self.people), recorded))
        """Whether agents may interact: all of them are columns then, or none is."""
        self.events = Events.of(settings, recorded)
        provisioned = directory_of(settings)
        self.directories = [provisioned.edited(source.edits) for source in self.sources]
        """The codes, and who may use which when, in each replication."""
        self.versions = StepTables([directory.version for directory in self.directories])
        self.activity = Activity(self.directories)
        self._catalogue: ListTables | None = None
        self._kept: list[Part] | None = None
        self._left: dict[range | None, Ints] = {}
        """The places of those whose days are not exact, within what has been looked at."""

    def catalogue(self, days: Days) -> ListTables:
        """Give what the platform answers; made for the first days, as all know the same names."""
        if self._catalogue is None:
            made = ListTables(self.settings, self.directories, days.divisions, days.names)
            self._catalogue = made
        return self._catalogue

    @property
    def latest(self) -> int:
        """A time that no shift reaches beyond, in ms."""
        return self.sources[0].latest

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits of codes in the first replication."""
        return self.sources[0].edits

    @property
    def directory(self) -> Directory:
        """That of the first replication; its codes are those of all."""
        return self.directories[0]

    def replication(self, place: int) -> int:
        """Give the replication that a place among all agents belongs to."""
        return place // len(self.people)

    def parts(self, within: range | None = None) -> Iterator[Part]:
        """Give the agents whose days are exact as columns, part by part and in their order.

        ``within`` are the places of those who are wanted, where not all are.
        """
        if self._kept is not None and within is None:
            yield from self._kept
            return
        keep = within is None and self.size <= MOST_KEPT
        made: list[Part] = []
        if self.together:
            if self.crowd is not None:
                for part_of in self.crowd.parts():
                    made.append(Part(self, *part_of))
                    yield made[-1] if keep else made.pop()
            if keep:
                self._kept = made
            return
        left = [np.zeros(0, np.int64)]
        for first, days, exact in self._split(within):
            left.append(first + np.nonzero(~exact)[0])
            if exact.any():
                assert days is not None
                days = days if exact.all() else days.those(exact)
                part = Part(self, days, (first + np.nonzero(exact)[0]).tolist())
                yield part
                if keep:
                    made.append(part)
        self._left[within] = np.concatenate(left)
        if keep:
            self._kept = made

    def others(self, within: range | None = None) -> Iterator[tuple[Sequence[int], History]]:
        """Run all other agents by processes, part by part: give their places, and the history.

        No part holds agents of more than one replication.
        """
        if self.together and self.crowd is None:
            for replication in range(len(self.seeds)):
                yield self._by_processes(np.arange(len(self.people)), replication)
        if self.together or not self._others_may_be:
            return
        if within not in self._left:
            found = (first + np.nonzero(~exact)[0] for first, _, exact in self._split(within))
            self._left[within] = np.concatenate([np.zeros(0, np.int64), *found])
        left, each = self._left[within], len(self.people)
        for replication in np.unique(left // each).tolist():
            agents = left[left // each == replication] - replication * each
            for first in range(0, len(agents), PART):
                yield self._by_processes(agents[first : first + PART], replication)

    def _by_processes(self, agents: Ints, replication: int) -> tuple[Sequence[int], History]:
        drawn = tuple(self.day(self.people[agent], replication) for agent in agents.tolist())
        workload = Workload(drawn, self.sources[replication].edits)
        history = simulate(self.settings, self.seeds[replication], workload=workload)
        return (agents + replication * len(self.people)).tolist(), history

    @cached_property
    def crowd(self) -> Crowd | None:
        """All agents before the limit that they share; None where columns are not exact for all.

        Nor are they where more requests are admitted than can be known one by one.
        """
        if why_not_limited(self.settings, self.events):
            return None
        parts = []
        for _, days, exact in self._split(None):
            if days is None or not exact.all():
                return None
            parts.append(days)
        crowd = Crowd(self, parts)
        return crowd if crowd.exact else None

    @property
    def _others_may_be(self) -> bool:
        """Whether there may be agents whose days are not exact as columns."""
        words = why_nobody(self.settings, self.events), why_some(self.settings, self.events)
        return any(words) or bool(self.given)

    def _split(self, within: range | None) -> Iterator[tuple[int, Days | None, Flags]]:
        """Give the agents part by part: the place of the first, their days, and who is exact."""
        wanted = range(self.size) if within is None else within
        for first in wanted[::PART]:
            places = np.arange(first, min(first + PART, wanted.stop))
            if why_nobody(self.settings, self.events):
                yield first, None, np.zeros(len(places), bool)
            else:
                days, exact = self.days(places)
                if self.given:
                    exact &= [person.id not in self.given for person in days.people]
                assert exact.all() or self._others_may_be, "agents whom nobody would run"
                yield first, days, exact

    @property
    def size(self) -> int:
        """How many agents there are, in all replications together."""
        return len(self.people) * len(self.seeds)

    def _at(self, places: Ints) -> list[Member]:
        """Give the agents at some places, which follow each other."""
        found: list[Member] = []
        each, last = len(self.people), int(places[-1])
        for replication in range(int(places[0]) // each, last // each + 1):
            first, after = places[0] - replication * each, last + 1 - replication * each
            found += self.people[max(0, int(first)) : min(each, after)]
        return found

    def day(self, person: Person | Member, replication: int = 0) -> AgentDay:
        """Give the day of one agent."""
        known = self.given.get(person.id)
        return self.sources[replication].day(person) if known is None else known

    def _drawn(self, places: Ints) -> Days:
        """Draw days; a trap and its fixes share theirs, so the last few are kept."""

        def draw() -> Days:
            return draw_days(self._frames, self._at(places), places // len(self.people))

        org, people = self.settings.organisation, self.people
        own = isinstance(people, Roster) and people.org is org
        if not own or self.size > MOST_KEPT:
            return draw()
        codes, workload = self.directory.codes, self.settings.workload
        return _recent.get(org, (self.seeds, workload, codes, len(people), places.tobytes()), draw)

    def days(self, places: Ints) -> tuple[Days, Flags]:
        """Give the days of agents who follow each other, and say for whom columns are exact."""
        settings = self.settings
        if self._recorded:
            days, exact = self._recorded.columns(self._at(places))
        else:
            days, exact = self._drawn(places), np.ones(len(places), bool)
        if tokens_may_die(settings, self.events):
            days, certain = with_sessions(settings, days)
            exact &= certain
        if tokens_overlap(settings):
            renewals = Renewals(settings, days)
            exact &= ~renewals.met_by_polls()
            if settings.widget.on_error != "swallow":
                exact &= ~renewals.met_by_choices()
        if self.events.outages and settings.widget.version_parameter:
            exact &= ~self._asks_as_networks_fail(days)
        for edges in (days.hidden_from, days.hidden_until):
            # Which comes first in the same millisecond depends on what was planned first.
            met = (days.loads[:, :, None] == edges[:, None, :]) & (edges[:, None, :] < NEVER)
            exact &= ~met.any(axis=(1, 2))
        if self.events.transfers and lists_follow(settings):
            exact &= Asked(settings, days).certain()
        return days, exact

    def _asks_as_networks_fail(self, days: Days) -> Flags:
        """Say of which agents a network may fail after a poll has asked for the configuration."""
        rows, every = np.arange(len(days.people)), self.settings.interval_ms
        round_trip = 2 * self.settings.wire.delay_max_ms
        found = np.zeros(len(rows), bool)
        for fails in days.offline_from.T:
            page = np.maximum(0, np.count_nonzero(days.loads < fails[:, None], axis=1) - 1)
            origin = poll_origins(self.settings, days, rows, days.loads[rows, page])
            left = origin + (fails - 1 - origin) // every * every
            found |= (left >= origin) & (fails - left <= round_trip)
        return found
