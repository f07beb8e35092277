"""The population engine: agents who do not interact, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from simkit.base.steps import NEVER
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.asked import Asked
from simkit.engines.columns.days import Days, draw_days, poll_origins
from simkit.engines.columns.decisions import Attempts, Submissions, attempts, submissions
from simkit.engines.columns.exact import (
    Events,
    lists_follow,
    tokens_may_die,
    tokens_overlap,
    why_nobody,
    why_some,
)
from simkit.engines.columns.list_tables import ListTables
from simkit.engines.columns.lists import Lists
from simkit.engines.columns.recorded import Recorded
from simkit.engines.columns.renewals import Renewals
from simkit.engines.columns.sessions import with_sessions
from simkit.engines.columns.statuses import Writes, writes
from simkit.engines.processes.build import simulate
from simkit.inputs.drawing import Frame
from simkit.inputs.resizing import Member, Roster
from simkit.rules.organisation import Person
from simkit.rules.reasons import codes_of, directory_of
from simkit.rules.settings import Settings
from simkit.rules.workload import AgentDay, Workload
from simkit.runs.history import History

PART = 4_096
"""Agents worked on at a time: their columns fit into the processor's cache."""
MOST_KEPT = 1 << 15
"""Of so many agents all columns are kept for a second question: some kilobytes each."""


class Part:
    """Some agents of a population and all that they do, as columns; each is made when asked for."""

    def __init__(self, population: Population, days: Days, places: Sequence[int]) -> None:
        self.population = population
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
        about = self.population
        return Lists(about.settings, about.seed, self.days, about.directory.version)

    @cached_property
    def attempts(self) -> Attempts:
        """Their openings of the dropdown."""
        return attempts(self.population.settings, self.days, self.lists, self.catalogue)

    @cached_property
    def submissions(self) -> Submissions:
        """Their submissions."""
        about = self.population
        return submissions(
            about.settings, self.days, self.lists, self.catalogue, self.attempts, about.seed
        )

    @cached_property
    def writes(self) -> Writes:
        """Writes of their true statuses."""
        about = self.population
        return writes(about.settings, about.directory, self.days, self.submissions)


class Population:
    """Agents who do not interact, part by part: as columns, or else by processes.

    For settings that ``exact.why_together`` has nothing against. Of many agents nothing is kept
    once the next part is asked for, so that memory does not grow with their number.
    """

    def __init__(
        self,
        settings: Settings,
        seed: int,
        people: Sequence[Member] | None = None,
        given: Mapping[str, AgentDay] | None = None,
        recorded: Workload | None = None,
    ) -> None:
        """Take the agents of the organisation, others of its divisions and shifts, or a workload's.

        ``recorded`` is a workload that takes the place of the drawn one; ``given`` are days that
        take the place of those of some agents: processes run these.
        """
        self.settings, self.seed, self.given = settings, seed, given or {}
        self.source: Frame | Recorded
        """Where days come from."""
        if recorded is None:
            org = settings.organisation
            self.source = Frame.of(settings, codes_of(settings), seed)
            self.people = Roster(org, len(org.agents)) if people is None else people
        else:
            self.source = Recorded.of(settings, recorded)
            self.people = self.source.people
        self.events = Events.of(settings, recorded)
        self.edits = self.source.edits
        self.directory = directory_of(settings, self.edits)
        self._catalogue: ListTables | None = None
        self._kept: list[Part] | None = None
        self._left: Ints | None = None
        """The places of those whose days are not exact, once all have been looked at."""

    def catalogue(self, days: Days) -> ListTables:
        """Give what the platform answers; made for the first days, as all know the same names."""
        if self._catalogue is None:
            made = ListTables(self.settings, self.directory, days.divisions, days.names)
            self._catalogue = made
        return self._catalogue

    @property
    def latest(self) -> int:
        """A time that no shift reaches beyond, in ms."""
        return self.source.latest

    def parts(self) -> Iterator[Part]:
        """Give the agents whose days are exact as columns, part by part and in their order."""
        if self._kept is not None:
            yield from self._kept
            return
        made, left = [], [np.zeros(0, np.int64)]
        for first, days, exact in self._split():
            left.append(first + np.nonzero(~exact)[0])
            if exact.any():
                assert days is not None
                days = days if exact.all() else days.those(exact)
                part = Part(self, days, (first + np.nonzero(exact)[0]).tolist())
                yield part
                if len(self.people) <= MOST_KEPT:
                    made.append(part)
        self._left = np.concatenate(left)
        if len(self.people) <= MOST_KEPT:
            self._kept = made

    def others(self) -> Iterator[tuple[Sequence[int], History]]:
        """Run all other agents by processes, part by part: give their places, and the history."""
        if not self._others_may_be:
            return
        if self._left is None:
            found = (first + np.nonzero(~exact)[0] for first, _, exact in self._split())
            self._left = np.concatenate([np.zeros(0, np.int64), *found])
        for first in range(0, len(self._left), PART):
            places = self._left[first : first + PART].tolist()
            days = tuple(self.day(self.people[place]) for place in places)
            history = simulate(self.settings, self.seed, workload=Workload(days, self.edits))
            yield places, history

    @property
    def _others_may_be(self) -> bool:
        """Whether there may be agents whose days are not exact as columns."""
        words = why_nobody(self.settings, self.events), why_some(self.settings, self.events)
        return any(words) or bool(self.given)

    def _split(self) -> Iterator[tuple[int, Days | None, Flags]]:
        """Give the agents part by part: the place of the first, their days, and who is exact."""
        for first in range(0, len(self.people), PART):
            people = self.people[first : first + PART]
            if why_nobody(self.settings, self.events):
                yield first, None, np.zeros(len(people), bool)
            else:
                days, exact = self.days(people)
                if self.given:
                    exact &= [person.id not in self.given for person in people]
                assert exact.all() or self._others_may_be, "agents whom nobody would run"
                yield first, days, exact

    def day(self, person: Person | Member) -> AgentDay:
        """Give the day of one agent."""
        return self.given[person.id] if person.id in self.given else self.source.day(person)

    def days(self, people: Sequence[Member]) -> tuple[Days, Flags]:
        """Give the days of some agents as columns, and say for whom that is exact."""
        settings = self.settings
        if isinstance(self.source, Recorded):
            days, exact = self.source.columns(people)
        else:
            days, exact = draw_days(self.source, people), np.ones(len(people), bool)
        if tokens_may_die(settings, self.events):
            days, certain = with_sessions(settings, self.seed, days)
            exact &= certain
        if tokens_overlap(settings):
            renewals = Renewals(settings, self.seed, days)
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
            exact &= Asked(settings, self.seed, days).certain()
        return days, exact

    def _asks_as_networks_fail(self, days: Days) -> Flags:
        """Say of which agents a network may fail after a poll has asked for the configuration."""
        rows, every = np.arange(len(days.people)), self.settings.interval_ms
        round_trip = 2 * self.settings.wire.delay_max_ms
        found = np.zeros(len(rows), bool)
        for fails in days.offline_from.T:
            page = np.maximum(0, np.count_nonzero(days.loads < fails[:, None], axis=1) - 1)
            origin = poll_origins(self.settings, self.seed, days, rows, days.loads[rows, page])
            left = origin + (fails - 1 - origin) // every * every
            found |= (left >= origin) & (fails - left <= round_trip)
        return found
