"""The population engine: agents who do not interact, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from simkit.population.catalogue import Catalogue
from simkit.population.days import Days, draw_days
from simkit.population.decisions import Attempts, Submissions, attempts, submissions
from simkit.population.lists import Lists
from simkit.population.statuses import Writes, writes
from simkit.rules.reasons import Directory, provision
from simkit.rules.resizing import Crowd, Member
from simkit.rules.settings import Settings
from simkit.world.workload import Frame

PART = 4_096
"""Agents worked on at a time: their columns fit into the processor's cache."""
MOST_KEPT = 1 << 15
"""Of so many agents all columns are kept for a second question: some kilobytes each."""


class Part:
    """Some agents of a population and all that they do, as columns; each is made when asked for."""

    def __init__(self, population: Population, people: Sequence[Member]) -> None:
        self.population = population
        self.days: Days = draw_days(population.frame, people)

    @property
    def catalogue(self) -> Catalogue:
        """What the platform answers to these agents."""
        return self.population.catalogue(self.days)

    @cached_property
    def lists(self) -> Lists:
        """Their pages, and what these show when."""
        return Lists(self.population.settings, self.population.seed, self.days)

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
    """Agents who do not interact, as columns.

    For settings that ``exact.why_not`` has nothing against. Of many agents nothing is kept once the
    next part is asked for, so that memory does not grow with their number.
    """

    def __init__(
        self, settings: Settings, seed: int, people: Sequence[Member] | None = None
    ) -> None:
        """Take the agents of the organisation, or others of its divisions and shifts."""
        self.settings, self.seed = settings, seed
        org = settings.organisation
        self.people = Crowd(org, len(org.agents)) if people is None else people
        codes = provision(settings.organisation, settings.provisioning)
        self.frame = Frame.of(settings, codes, seed)
        self.directory = Directory(settings.organisation, codes, self.frame.edits)
        self._catalogue: Catalogue | None = None
        self._kept: list[Part] = []

    def catalogue(self, days: Days) -> Catalogue:
        """Give what the platform answers; made for the first days, as all know the same names."""
        if self._catalogue is None:
            made = Catalogue(self.settings, self.directory, days.divisions, days.names)
            self._catalogue = made
        return self._catalogue

    @property
    def latest(self) -> int:
        """A time that no shift reaches beyond, in ms."""
        spread = self.settings.workload.start_spread_ms
        return max(end for _, end, _ in self.frame.shifts.values()) + spread

    def parts(self) -> Iterator[Part]:
        """Give the agents part by part, in their order."""
        if self._kept:
            yield from self._kept
            return
        made = []
        for first in range(0, len(self.people), PART):
            part = Part(self, self.people[first : first + PART])
            yield part
            if len(self.people) <= MOST_KEPT:
                made.append(part)
        self._kept = made
